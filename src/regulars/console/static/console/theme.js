// Before anything is painted: the look that was chosen last, so that nothing flashes.
(function () {
  var chosen = "auto";
  try { chosen = JSON.parse(localStorage.getItem("adminTheme")) || "auto"; } catch (error) { /* nothing was chosen */ }
  var dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.className = dark ? "dark" : "light";
})();
