// @ts-check
/**
 * Talking by microphone: the button beside the line to write on. A tap opens the microphone until the next tap; holding it down talks as with a
 * walkie-talkie. The first time, the panel says in plain words what will happen before the browser asks; a refusal says how to undo it.
 * Without the packages for listening on the server, or a microphone in the browser, there is no button.
 */
import { language, make, part, say } from "./page.js";

const HOLD_MS = 350;
const LEVEL_FULL = 0.12; // the loudness of a clear voice near the microphone

/** @typedef {Awaited<ReturnType<typeof import("./microphone.js").openMicrophone>>} Microphone */

/**
 * @param {{ line: () => Promise<{ path: string, token: string }>, isTalking: () => boolean, onBegan: () => void, onHeard: () => void,
 *   onState: (state: "" | "listening" | "hearing" | "thinking") => void }} acts
 */
export function createListening({ line, isTalking, onBegan, onHeard, onState }) {
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector('[data-act="microphone"]'));
  if (!button) return { close() {}, talking() {} };
  const note = part("hearing"), words = part("heard");
  /** @type {Record<string, string>} */
  const reasons = {
    denied: say("microphone_denied"), missing: say("microphone_missing"), quiet_for_long: say("microphone_quiet"), replaced: say("microphone_replaced"),
  };
  let hasAgreed = false, isHeld = false, isAfterHold = false, hold = 0, wanted = 0;
  /** @type {Microphone | null} */ let microphone = null;

  /** @param {"" | "listening" | "hearing" | "thinking"} state */
  function show(state) {
    button.setAttribute("aria-pressed", String(state !== ""));
    if (!state) { words.textContent = ""; button.style.removeProperty("--level"); }
    onState(state);
  }

  /** @param {string} text @param {...HTMLElement} buttons none hides nothing: a sentence alone stays until the next press */
  function tell(text, ...buttons) {
    note.replaceChildren(make("p", {}, text), ...buttons);
    note.hidden = !text;
  }

  function ask() {
    const yes = make("button", { type: "button", className: "chip", onclick: () => { hasAgreed = true; void open(false); } }, say("microphone_allow"));
    const no = make("button", { type: "button", className: "link", onclick: () => { tell(""); button.focus(); } }, say("microphone_not_now"));
    tell(say("microphone_why"), yes, no);
    yes.focus();
  }

  /** @type {Record<string, (message: any) => void>} */
  const hears = {
    ready: () => { tell(""); show("listening"); if (isTalking()) microphone?.tell("talking"); },
    "speech:began": () => { show("hearing"); onBegan(); },
    partial: ({ text }) => { words.textContent = text; },
    "speech:ended": () => show("thinking"),
    "speech:dropped": () => { words.textContent = ""; show("listening"); if (isAfterHold) microphone?.close(); },
    heard: () => { words.textContent = ""; onHeard(); show("listening"); if (isAfterHold) microphone?.close(); },
    ended: ({ code }) => tell(reasons[code] || say("microphone_failed")),
    refused: ({ detail }) => tell(detail || say("microphone_failed")),
  };

  /** @param {boolean} isPushed */
  async function open(isPushed) {
    const mine = wanted += 1;
    isAfterHold = false;
    tell(say("microphone_asking"));
    const { openMicrophone, MicrophoneClosed } = await import("./microphone.js");
    try {
      const opened = await openMicrophone({
        ...await line(), language, onLevel: (level) => button.style.setProperty("--level", String(Math.min(1, level / LEVEL_FULL))),
        onMessage: (message) => { if (Object.hasOwn(hears, message.type)) hears[message.type](message); },
        onClosed: (why) => { microphone = null; show(""); if (why) tell(reasons[why] || say("microphone_failed")); },
      });
      if (mine !== wanted) { opened.close(); return; }
      microphone = opened;
      if (isPushed) opened.tell("press");
      if (isPushed && !isHeld) release();
    } catch (reason) {
      if (!(reason instanceof MicrophoneClosed)) throw reason;
      tell(reasons[reason.code] || say("microphone_failed"));
      show("");
    }
  }

  function release() {
    isAfterHold = true;
    microphone?.tell("release");
  }

  function close() {
    wanted += 1;
    microphone?.close();
    tell("");
  }

  button.addEventListener("pointerdown", () => {
    isHeld = false;
    if (hasAgreed && !microphone) hold = window.setTimeout(() => { isHeld = true; void open(true); }, HOLD_MS);
  });
  for (const lift of ["pointerup", "pointercancel", "pointerleave"]) {
    button.addEventListener(lift, () => {
      clearTimeout(hold);
      if (!isHeld) return;
      setTimeout(() => { isHeld = false; }); // after the click that belongs to this press
      release();
    });
  }
  button.addEventListener("click", () => {
    if (isHeld) return;
    if (microphone) close();
    else if (hasAgreed) void open(false);
    else ask();
  });
  button.hidden = !(navigator.mediaDevices && "AudioWorkletNode" in window);

  return {
    close,
    /** @param {boolean} isNow they talk: over their voice, more is needed to interrupt */
    talking(isNow) { microphone?.tell(isNow ? "talking" : "silent"); },
  };
}
