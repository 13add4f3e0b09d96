// What the frame needs of Alpine, and the few things a page can't do by itself. Every page works without it.
function theme() {
  return {
    openModal: false,
    adminTheme: Alpine.$persist("auto").as("adminTheme"),
    switchTheme(chosen) { this.adminTheme = chosen; },
    themeBindings: {
      ["x-bind:class"]() {
        const system = matchMedia("(prefers-color-scheme: dark)").matches;
        const dark = this.adminTheme === "dark" || (this.adminTheme === "auto" && system);
        return { dark: dark, light: !dark };
      },
    },
  };
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector("main [data-shortcut='/']") || document.querySelector("[data-shortcut='/']");
  if (field) { event.preventDefault(); field.focus(); field.select(); }
});

document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-check-all]");
  if (all) {
    const table = all.closest("form, section, main");
    table.querySelectorAll(`input[name='${all.dataset.checkAll}']`).forEach((box) => { box.checked = all.checked; });
  }
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  if (event.target.matches("[data-check-all], input[type='checkbox'][name='chosen']")) counted();
});

function counted() {
  const chosen = document.querySelectorAll("input[name='chosen']:checked").length;
  document.querySelectorAll("[data-chosen-count]").forEach((place) => { place.textContent = chosen; });
  document.querySelectorAll("[data-when-chosen]").forEach((part) => { part.hidden = chosen === 0; });
}

document.addEventListener("htmx:afterSwap", counted);
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// In a long navigation the page's own entry may lie below what can be seen.
document.querySelector('nav [aria-current="page"], aside [aria-current="page"], #nav-sidebar-inner [aria-current="page"]')
  ?.scrollIntoView({ block: "nearest" });
