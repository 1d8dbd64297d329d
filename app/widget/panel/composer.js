// @ts-check
/**
 * The line the shopper writes on, the first questions offered, and the button that stops the answer. Enter sends, shift-enter breaks
 * the line; an Enter that only ends a Chinese or Japanese word sends nothing.
 */
import { make, part } from "./page.js";

const HEIGHT_PX_MAX = 108;

/**
 * @param {{ onAsk: (text: string) => void, onTyping: (isWriting: boolean) => void, onStop: () => void }} acts
 */
export function createComposer({ onAsk, onTyping, onStop }) {
  const form = /** @type {HTMLFormElement} */ (part("composer")), suggestions = part("suggestions");
  const field = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
  const stop = /** @type {HTMLButtonElement} */ (form.querySelector('[data-act="stop"]'));
  const send = /** @type {HTMLButtonElement} */ (form.querySelector('[type="submit"]'));
  suggestions.hidden = suggestions.children.length === 0;

  /** @param {string} text */
  function ask(text) {
    const question = text.trim();
    if (!question) return;
    suggestions.hidden = true;
    onAsk(question);
  }

  function fit() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, HEIGHT_PX_MAX)}px`;
    send.disabled = !field.value.trim();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value;
    field.value = "";
    fit();
    ask(text);
    field.focus();
  });
  field.addEventListener("input", () => { fit(); onTyping(field.value.trim() !== ""); });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  suggestions.addEventListener("click", (event) => {
    const chip = /** @type {HTMLElement} */ (event.target).closest("button");
    if (chip) { ask(chip.textContent || ""); field.focus(); }
  });
  stop.addEventListener("click", () => { onStop(); field.focus(); });
  fit();

  return {
    ask,
    /** @param {string[]} replies what would answer the question just asked, to be pressed; none hides them */
    offer(replies) {
      suggestions.replaceChildren(...replies.map((text) => make("button", { type: "button", className: "chip" }, text)));
      suggestions.hidden = replies.length === 0;
    },
    focus: () => field.focus({ preventScroll: true }),
    /** @param {boolean} isBusy they are speaking or thinking, so they can be stopped */
    setBusy(isBusy) { stop.hidden = !isBusy; },
  };
}
