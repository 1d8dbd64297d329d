// @ts-check
/**
 * What is handed over the counter besides words: a coupon to copy, and a form to leave a message for the people of the shop.
 */
import { icon, make, readableDate, say } from "./page.js";
import { bars, squares } from "./scan.js";

/** @typedef {{ turn: string, coupon: string, code: string, title: string, terms: string, expires_at: string, bars?: string, squares?: string[] }} Offer */

const COPIED_MS = 2500;

/**
 * A coupon: what it gives, its code, a button that copies it, the terms, until when, and the code to be scanned.
 * @param {Offer} offer
 * @param {() => void} onClaimed called once the shopper has the code
 * @returns {HTMLElement}
 */
export function couponCard(offer, onClaimed) {
  const code = make("code", { tabIndex: 0 }, offer.code), label = make("span", {}, say("copy"));
  const copy = make("button", { type: "button", className: "copy" }, icon("copy"), label);
  copy.onclick = async () => {
    const isCopied = await copyText(offer.code, code);
    label.textContent = say(isCopied ? "copied" : "copy_failed");
    copy.classList.toggle("done", isCopied);
    setTimeout(() => { label.textContent = say("copy"); copy.classList.remove("done"); }, COPIED_MS);
    onClaimed();
  };
  const isOver = Date.parse(offer.expires_at) < Date.now();
  const until = offer.expires_at ? make("p", { className: "until" }, say(isOver ? "expired" : "expires", { date: readableDate(offer.expires_at) })) : "";
  return make("section", { className: "coupon", data: { code: offer.code }, aria: { label: `${say("coupon")}: ${offer.title}` } },
    make("p", { className: "coupon-kind" }, say("coupon")), make("p", { className: "coupon-title" }, offer.title),
    make("div", { className: "coupon-code" }, code, copy), make("p", { className: "terms" }, offer.terms), until, toScan(offer));
}

/** Show on its card that a code was used at the till. @param {string} code */
export function stampCoupon(code) {
  for (const card of document.querySelectorAll(".coupon")) {
    if (/** @type {HTMLElement} */ (card).dataset.code !== code || card.classList.contains("used")) continue;
    card.classList.add("used");
    card.append(make("p", { className: "stamp" }, icon("done"), say("redeemed")));
  }
}

/** @param {Offer} offer @returns {Node | string} the code as a till scans it, folded away; nothing for coupons from before there were pictures */
function toScan(offer) {
  if (!offer.squares?.length) return "";
  const label = say("scan_label", { code: offer.code });
  const pictures = make("div", { className: "scan-paper" }, squares(offer.squares, label), offer.bars ? bars(offer.bars, label) : "");
  return make("details", { className: "scan" }, make("summary", {}, say("scan")), pictures);
}

/**
 * Copy a text; where the browser forbids it, select it for the shopper to copy.
 * @param {string} text @param {HTMLElement} place
 * @returns {Promise<boolean>} whether it is on the clipboard
 */
export async function copyText(text, place) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (reason) {
    if (!(reason instanceof DOMException || reason instanceof TypeError)) throw reason;
    getSelection()?.selectAllChildren(place);
    return false;
  }
}

/** @param {string} label @param {HTMLElement} field @param {boolean} isOptional */
function labelled(label, field, isOptional) {
  return make("label", {}, make("span", {}, label, isOptional ? make("small", {}, ` ${say("note_optional")}`) : ""), field);
}

/**
 * The form for a message to the shop's people.
 * @param {string} prompt what is asked for
 * @param {(note: { text: string, name: string, reply_to: string }) => Promise<boolean>} onSend false when it did not arrive
 * @returns {HTMLElement}
 */
export function noteForm(prompt, onSend) {
  const text = /** @type {HTMLTextAreaElement} */ (make("textarea", { name: "text", rows: 3, maxLength: 2000, required: true }));
  const name = /** @type {HTMLInputElement} */ (make("input", { name: "name", maxLength: 120, autocomplete: "name" }));
  const replyTo = /** @type {HTMLInputElement} */ (make("input", { name: "reply_to", maxLength: 200, autocomplete: "email" }));
  const send = /** @type {HTMLButtonElement} */ (make("button", { type: "submit", className: "primary" }, say("note_send")));
  const outcome = make("p", { className: "aside", role: "status" });
  const form = make("form", { className: "note", noValidate: true }, make("h3", {}, say("note_title")), prompt ? make("p", { className: "aside" }, prompt) : "",
    labelled(say("note_text"), text, false), labelled(say("note_name"), name, true), labelled(say("note_reply_to"), replyTo, true), send, outcome);
  form.onsubmit = async (event) => {
    event.preventDefault();
    text.setAttribute("aria-invalid", String(!text.value.trim()));
    if (!text.value.trim()) { outcome.textContent = say("note_missing"); text.focus(); return; }
    send.disabled = true;
    const isSent = await onSend({ text: text.value.trim(), name: name.value.trim(), reply_to: replyTo.value.trim() });
    if (isSent) form.replaceChildren(make("p", { className: "note-done", role: "status" }, icon("done"), say("note_sent")));
    else { send.disabled = false; outcome.textContent = say("note_failed"); }
  };
  return form;
}
