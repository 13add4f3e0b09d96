// Imports: dropping files with a bar that shows how much was sent, and following work. Forms and links do without it.
for (const form of document.querySelectorAll("[data-drop]")) {
  const field = form.querySelector("input[type=file]");
  const place = form.querySelector(".sending");
  const words = place.querySelector("[data-words]");
  const bar = place.querySelector("progress");
  const say = (text) => { place.hidden = false; words.textContent = text; };

  ["dragover", "dragenter"].forEach((kind) => form.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); }));
  ["dragleave", "drop"].forEach((kind) => form.addEventListener(kind, () => form.classList.remove("over")));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    const most = Number(form.dataset.limitMb) * 1048576;
    const large = [...field.files].find((file) => file.size > most);
    event.preventDefault();
    if (large) { bar.hidden = true; say(`${large.name} ${form.dataset.tooLarge}`); return; }
    const request = new XMLHttpRequest();
    bar.hidden = false;
    say(form.dataset.sending);
    request.upload.addEventListener("progress", (sent) => { if (sent.lengthComputable) bar.value = (100 * sent.loaded) / sent.total; });
    request.addEventListener("error", () => { bar.hidden = true; say(form.dataset.failed); });
    request.addEventListener("load", () => {
      if (request.status < 400 && request.responseURL) { location.assign(request.responseURL); return; }
      const answer = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main .empty p");
      bar.hidden = true;
      say(answer ? answer.textContent : form.dataset.failed);
    });
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
}

for (const part of document.querySelectorAll("[data-poll]")) {
  const words = part.querySelector("[data-words]");
  const bar = part.querySelector("progress");
  const look = async () => {
    try {
      const answer = await fetch(part.dataset.poll, { headers: { Accept: "application/json" } });
      if (!answer.ok) { location.reload(); return; }
      const told = await answer.json();
      if (!told.working) { location.reload(); return; }
      words.textContent = told.words;
      if (told.percent === null) bar.removeAttribute("value"); else bar.value = told.percent;
    } catch { /* the server is away for a moment: the next look tells */ }
    setTimeout(look, 800);
  };
  setTimeout(look, 600);
}

document.addEventListener("input", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && event.target.matches(".cell *")) row.classList.add("changed");
});
