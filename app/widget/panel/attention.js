// @ts-check
/**
 * Whether they listen, think or wait, from what happens in the panel: they listen while the shopper writes or speaks, and think from the question to
 * the first sound of its answer. A greeting is no answer, and between two sentences nobody looks away.
 */

const PEN_RESTS_MS = 6000; // who wrote nothing for so long has wandered off

/** @typedef {import("./waiting.js").State} State */

/** @param {(state: State) => void} show */
export function createAttention(show) {
  let isAsked = false, ear = "", pen = 0;

  function decide() {
    show(isAsked || ear === "thinking" ? "thinking" : ear || pen ? "listening" : "idle");
  }

  function liftPen() {
    clearTimeout(pen);
    pen = 0;
  }

  return {
    /** The shopper writes, or has wiped it out again. @param {boolean} isWriting */
    writing(isWriting) {
      liftPen();
      if (isWriting) pen = window.setTimeout(() => { pen = 0; decide(); }, PEN_RESTS_MS);
      decide();
    },
    /** What the open microphone is at; "" when there is none. @param {string} state */
    hearing(state) { ear = state; decide(); },
    /** The shopper's question is on its way. */
    asked() { liftPen(); isAsked = true; decide(); },
    /** They speak, or there is nothing to answer any more. */
    answered() { isAsked = false; decide(); },
  };
}
