// @ts-check
/**
 * Questions on their way to the server. Each has a key of its own that stays the same through every try, so a question the
 * server already has is never asked twice; one at a time, in the order they were written.
 */
import { ServerRefused } from "./desk.js";
import { isLostConnection, waitBeforeRetry } from "./stream.js";

/** @typedef {{ key: string, text: string, state: "waiting" | "sent" | "refused", turn?: string, why?: string }} Letter */

export const LETTERS_MAX = 20;
const TRIES_MAX = 8; // about a minute and a half; then the shopper decides with "Try again"

/**
 * @param {{ send: (text: string, key: string) => Promise<{ turn: string }>, onChange: (letter: Letter) => void }} ways
 */
export function createOutbox({ send, onChange }) {
  /** @type {Letter[]} */ let letters = [];
  let isSending = false, wake = () => {};

  /** @param {Letter} letter @param {Partial<Letter>} change */
  function mark(letter, change) {
    Object.assign(letter, change);
    onChange(letter);
  }

  /** @param {Letter} letter */
  async function deliver(letter) {
    for (let failures = 1; failures <= TRIES_MAX; failures += 1) {
      try {
        const { turn } = await send(letter.text, letter.key);
        return mark(letter, { state: "sent", turn });
      } catch (reason) {
        const isPassing = reason instanceof ServerRefused ? reason.isPassing : isLostConnection(reason);
        if (!isPassing) return mark(letter, { state: "refused", why: /** @type {Error} */ (reason).message });
        await pause(Math.max(waitBeforeRetry(failures, Math.random()), reason instanceof ServerRefused ? reason.retryAfterS * 1000 : 0));
      }
    }
    return mark(letter, { state: "refused", why: "" });
  }

  /** @param {number} ms */
  function pause(ms) {
    return new Promise((resolve) => { wake = () => resolve(undefined); setTimeout(resolve, ms); });
  }

  async function work() {
    if (isSending) return;
    isSending = true;
    for (let next = letters.find(isWaiting); next; next = letters.find(isWaiting)) await deliver(next);
    letters = letters.filter((letter) => letter.state === "refused");
    isSending = false;
  }

  return {
    /** @param {string} text @returns {Letter} */
    add(text) {
      if (letters.length >= LETTERS_MAX) letters.shift();
      /** @type {Letter} */ const letter = { key: crypto.randomUUID(), text, state: "waiting" };
      letters.push(letter);
      onChange(letter);
      work();
      return letter;
    },
    /** @param {string} key */
    retry(key) {
      const letter = letters.find((one) => one.key === key);
      if (letter) { mark(letter, { state: "waiting", why: undefined }); work(); }
    },
    hurry: () => wake(),
  };
}

/** @param {Letter} letter */
function isWaiting(letter) {
  return letter.state === "waiting";
}
