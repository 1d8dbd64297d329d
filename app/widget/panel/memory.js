// @ts-check
/**
 * What is remembered of the shopper, on a card of their own: to read in their own words, to copy, to erase. The button is there
 * only where the shop lets visitors be remembered.
 */
import { copyText } from "./cards.js";
import { icon, make, say } from "./page.js";

/** @typedef {{ facts: { sentence: string }[] }} Told */

/**
 * @param {Told} told as the server gives it
 * @param {() => Promise<boolean>} erase false when it did not work
 * @returns {HTMLElement}
 */
export function memoryCard(told, erase) {
  const title = make("h3", {}, say("memory"));
  if (!told.facts.length) return make("section", { className: "note memory" }, title, make("p", { className: "aside" }, say("memory_none")));
  const forget = /** @type {HTMLButtonElement} */ (make("button", { type: "button", className: "primary" }, say("memory_erase")));
  const outcome = make("p", { className: "aside", role: "status" });
  const said = told.facts.map(({ sentence }) => make("li", {}, `“${sentence}”`));
  const list = make("ul", {}, ...said), copy = make("button", { type: "button", className: "link" }, say("memory_copy"));
  copy.onclick = async () => { outcome.textContent = say((await copyText(JSON.stringify(told, null, 2), list)) ? "copied" : "copy_failed"); };
  const card = make("section", { className: "note memory" }, title, list, copy, forget, outcome);
  forget.onclick = async () => {
    forget.disabled = true;
    const isGone = await erase();
    if (isGone) card.replaceChildren(make("p", { className: "note-done", role: "status" }, icon("done"), say("memory_erased")));
    else { forget.disabled = false; outcome.textContent = say("memory_failed"); }
  };
  return card;
}
