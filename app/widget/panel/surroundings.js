// @ts-check
/**
 * Around the conversation: the buttons on the picture, the line that says what the employee is doing, the banner for trouble, and what
 * is kept between two pages of the shop (only the conversation's own pass, and only after the shopper agreed).
 */
import { key, make, part, say } from "./page.js";

const STORED_NAME = `tillhand.conversation.${key}`;

/** @param {boolean} consent @returns {string | null} the pass of the conversation to take up again */
export function remembered(consent) {
  return consent ? withStorage((storage) => storage.getItem(STORED_NAME)) : null;
}

/** @param {boolean} consent @param {string} pass empty forgets */
export function remember(consent, pass) {
  if (!consent) return;
  withStorage((storage) => (pass ? storage.setItem(STORED_NAME, pass) : storage.removeItem(STORED_NAME)));
}

/**
 * Browsers that block third parties refuse storage in a frame; then every page of the shop is a new conversation.
 * @template T
 * @param {(storage: Storage) => T} act
 * @returns {T | null}
 */
function withStorage(act) {
  try {
    return act(sessionStorage);
  } catch (reason) {
    if (reason instanceof DOMException) return null;
    throw reason;
  }
}

export function createStatus() {
  const room = /** @type {HTMLElement} */ (document.querySelector(".room")), text = part("status-text"), place = part("banner");
  let holder = "", latest = "connecting", ear = "";

  function draw() {
    room.dataset.state = latest;
    const state = ear && latest === "ready" ? ear : latest; // listening, hearing
    text.textContent = holder ? say("status_person", { person: holder }) : say(`status_${state}`);
    room.dataset.ear = ear;
  }

  return {
    /** @param {"connecting" | "ready" | "thinking" | "speaking" | "ended"} state */
    show(state) { latest = state; draw(); },
    /** What the open microphone is at. @param {string} state */
    hear(state) { ear = state; draw(); },
    /** @param {string} name the person of the shop who answers now; empty when the employee does */
    showHolder(name) { holder = name; draw(); },
    /** @param {string} words empty hides it @param {string} [label] @param {() => void} [onPress] */
    banner(words, label, onPress) {
      place.replaceChildren(words, label ? make("button", { type: "button", className: "link", onclick: onPress }, label) : "");
      place.hidden = !words;
    },
  };
}

/**
 * @param {{ onClose: () => void, onMute: (isMuted: boolean) => void, onCaptions: (isOn: boolean) => void, onHear: () => void, onPerson: () => void, onMemory: () => void }} acts
 */
export function connectTools({ onClose, onMute, onCaptions, onHear, onPerson, onMemory }) {
  const find = (/** @type {string} */ act) => /** @type {HTMLButtonElement} */ (document.querySelector(`[data-act="${act}"]`));
  const mute = find("mute"), captions = find("captions"), hear = find("hear");

  /** @param {HTMLButtonElement} button @returns {boolean} the new state */
  function press(button) {
    const isPressed = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isPressed));
    return isPressed;
  }

  find("close").onclick = onClose;
  find("person").onclick = onPerson;
  if (find("memory")) find("memory").onclick = onMemory;
  hear.onclick = onHear;
  mute.onclick = () => onMute(press(mute));
  captions.onclick = () => onCaptions(press(captions));
  return {
    /** @param {boolean} isWanted */
    offerSound(isWanted) { hear.hidden = !isWanted; },
    /** The page turns their voice off or on; the button shows it. @param {boolean} isMuted */
    setMuted(isMuted) { mute.setAttribute("aria-pressed", String(isMuted)); onMute(isMuted); },
  };
}
