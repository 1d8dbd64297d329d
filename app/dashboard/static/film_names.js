// Completes the names of things while a scene is written: after an @ a short list comes, arrows choose, Enter takes, Escape leaves it.
// Without this script the names stand above the scenes and are typed.
// @ts-check
const SHOWN_MAX = 6;

document.addEventListener("DOMContentLoaded", () => {
  const names = [...document.querySelectorAll("#film-names option")].map((one) => /** @type {HTMLOptionElement} */ (one).value);
  if (!names.length) return;
  for (const field of /** @type {NodeListOf<HTMLTextAreaElement>} */ (document.querySelectorAll("textarea[data-names]"))) complete(field, names);
});

/** @param {HTMLTextAreaElement} field @param {string[]} names */
function complete(field, names) {
  const list = document.createElement("ul");
  list.className = "film-completion";
  list.id = `${field.id}-names`;
  list.setAttribute("role", "listbox");
  list.hidden = true;
  field.after(list);
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  let chosen = 0;

  const called = () => field.value.slice(0, field.selectionStart).match(/(?:^|[^\p{L}\p{N}_.])(@[\p{L}\p{N}_-]*)$/u)?.[1] ?? "";
  const found = () => (called() ? names.filter((name) => name.toLowerCase().startsWith(called().toLowerCase()) && name !== called()).slice(0, SHOWN_MAX) : []);
  const leave = () => { list.hidden = true; field.removeAttribute("aria-activedescendant"); };

  function draw() {
    const fitting = found();
    chosen = Math.min(chosen, Math.max(0, fitting.length - 1));
    list.hidden = !fitting.length;
    list.replaceChildren(...fitting.map((name, place) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${place}`;
      item.textContent = name;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(place === chosen));
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(name); });
      return item;
    }));
    if (list.hidden) leave();
    else field.setAttribute("aria-activedescendant", `${list.id}-${chosen}`);
  }

  /** @param {string} name */
  function take(name) {
    field.setRangeText(name, field.selectionStart - called().length, field.selectionStart, "end");
    leave();
    field.focus();
  }

  field.addEventListener("input", () => { chosen = 0; draw(); });
  field.addEventListener("blur", leave);
  field.addEventListener("keydown", (event) => {
    const fitting = list.hidden ? [] : found();
    if (!fitting.length) return;
    if (event.key === "Escape") leave();
    else if (event.key === "Enter" || event.key === "Tab") take(fitting[chosen]);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") { chosen = (chosen + (event.key === "ArrowDown" ? 1 : fitting.length - 1)) % fitting.length; draw(); }
    else return;
    event.preventDefault();
  });
}
