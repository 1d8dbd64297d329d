// The form that brings a film: says before anything is sent whether it is too large, and how much of it has gone up.
// Without a script the same is said afterwards. And small films of finished faces, which play while somebody points at them.
// @ts-check
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || field.name !== "film") return;
  const film = field.files?.[0], words = film && film.size > Number(field.dataset.bytesMax) ? field.dataset.tooLarge ?? "" : "";
  field.setCustomValidity(words);
  const told = document.getElementById("film-seen");
  if (told) told.textContent = words;
});

document.addEventListener("submit", (event) => {
  const form = event.target, bar = document.getElementById("film-sent");
  if (!(form instanceof HTMLFormElement) || form.dataset.castingFilm === undefined || !(bar instanceof HTMLProgressElement)) return;
  event.preventDefault();
  const call = new XMLHttpRequest(), button = form.querySelector("button");
  if (button) button.disabled = true;
  bar.hidden = false;
  call.upload.onprogress = ({ loaded, total }) => { bar.value = (100 * loaded) / total; };
  call.onerror = () => form.submit(); // the browser says in its own way that there is no line
  call.onload = () => {
    if (call.status === 200 && call.responseURL !== form.action) return location.assign(call.responseURL);
    document.open();
    document.write(call.responseText); // the same form with its faults, as without a script
    document.close();
  };
  call.open("POST", form.action);
  call.send(new FormData(form));
});

for (const [name, plays] of /** @type {[string, boolean][]} */ ([["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]])) {
  document.addEventListener(name, (event) => {
    const card = event.target instanceof Element ? event.target.closest("[data-face]") : null, film = card?.querySelector("[data-plays-under-pointer]");
    if (!(film instanceof HTMLVideoElement) || still) return;
    const goesOn = event instanceof MouseEvent && event.relatedTarget instanceof Node && card?.contains(event.relatedTarget);
    if (plays) film.play().catch(() => {});
    else if (!goesOn) film.pause();
  });
}
