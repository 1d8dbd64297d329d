// @ts-check
/**
 * What to do with each event of the stream. A sentence is written down when they begin to say it (or at once when nothing can
 * be heard), and what they hand over appears after the sentence that announces it. A turn the shopper has cut off stays cut:
 * whatever still arrives for it is not said. While the panel is closed they say nothing and write everything down.
 */
import { say } from "./page.js";
import { lengthHeard } from "./timeline.js";

/** @typedef {import("./timeline.js").Sentence} Sentence */
/** @typedef {{ type: string, turn: string, [field: string]: any }} Happening */
/** @typedef {{ id: string, waiting: Happening[], toSay: number, isEnded: boolean, isCut: boolean, isDone: boolean, heard: number, heardMs: number, cutWords: string }} Turn */

/** A coupon that was issued, a card and a film that were made are the shopper's to keep, so they are always shown. @param {Happening} happening */
const isTheirs = ({ type }) => type === "offer" || type === "card" || type === "film";

/**
 * @param {{ voice: ReturnType<import("./voice.js").createVoice>, log: ReturnType<import("./log.js").createLog>,
 *   show: (happening: Happening) => void, onRedeemed: (code: string, isHistory: boolean) => void, onState: (state: "ready" | "thinking" | "speaking") => void,
 *   onFinished: (turn: string) => void }} house
 */
export function createAnswers({ voice, log, show, onRedeemed, onState, onFinished }) {
  /** @type {Map<string, Turn>} */ const turns = new Map();
  let /** @type {Turn | null} */ latest = null, isQuiet = false;

  /** @param {string} id @returns {Turn} */
  function turnOf(id) {
    const known = turns.get(id);
    if (known) return known;
    const fresh = { id, waiting: [], toSay: 0, isEnded: false, isCut: false, isDone: false, heard: -1, heardMs: 0, cutWords: say("interrupted") };
    turns.set(id, fresh);
    latest = fresh;
    return fresh;
  }

  /** Put on the page everything that is due up to and including this sentence. @param {Turn} turn @param {number} n */
  function release(turn, n) {
    while (turn.waiting.length && (turn.waiting[0].type !== "sentence" || turn.waiting[0].n <= n)) {
      const happening = /** @type {Happening} */ (turn.waiting.shift());
      if (happening.type === "sentence") log.addSentence(/** @type {any} */ (happening));
      else show(happening);
    }
  }

  /** @param {Turn} turn */
  function finishIfOver(turn) {
    if (turn.isDone || !turn.isEnded || turn.toSay > 0) return;
    turn.isDone = true;
    release(turn, Infinity);
    if (log.finish(turn.id, turn.isCut ? turn.cutWords : "")) onFinished(turn.id);
    if (turn === latest) onState("ready");
  }

  /** @type {Record<string, (happening: Happening, isHistory: boolean) => void>} */
  const acts = {
    "turn:start": ({ turn, question, key }, isHistory) => {
      const started = turnOf(turn);
      if (question && !(key && log.hasQuestion(key))) log.showQuestion({ key: key || turn, text: question, state: "sent" }, () => {});
      if (isHistory) return;
      log.showThinking(started.id);
      onState("thinking");
    },
    sentence: (happening, isHistory) => {
      const turn = turnOf(happening.turn);
      if (turn.isCut) return;
      turn.waiting.push(happening);
      if (isHistory || isQuiet) { release(turn, Infinity); return; }
      turn.toSay += 1;
      voice.speak(/** @type {any} */ (happening));
      if (!voice.isAudible()) release(turn, happening.n);
    },
    offer: handOver,
    card: handOver,
    film: handOver,
    "offer:redeemed": ({ code }, isHistory) => onRedeemed(code, isHistory),
    "message:wanted": handOver,
    replies: handOver,
    "turn:end": ({ turn: id, interrupted }) => {
      const turn = turnOf(id);
      turn.isEnded = true;
      if (interrupted && !turn.isCut && turn.toSay > 0) { turn.isCut = true; turn.toSay = 0; turn.waiting = []; voice.stop(); }
      finishIfOver(turn);
    },
    error: ({ turn: id, problem }) => {
      log.addProblem(id, problem || {});
      if (turnOf(id) === latest) onState("ready");
    },
  };

  /** @param {Happening} happening @param {boolean} isHistory */
  function handOver(happening, isHistory) {
    const turn = turnOf(happening.turn);
    if (turn.isCut && !isTheirs(happening)) return;
    turn.waiting.push(happening);
    if (isHistory || turn.waiting.length === 1) release(turn, -1);
  }

  return {
    /** @param {Happening} happening @param {boolean} isHistory already said before this page was opened */
    take(happening, isHistory) {
      if (Object.hasOwn(acts, happening.type)) acts[happening.type](happening, isHistory);
    },
    /** @param {Sentence} sentence */
    began(sentence) {
      release(turnOf(sentence.turn), sentence.n);
      onState("speaking");
    },
    /** @param {Sentence} sentence @param {number} ms */
    ended(sentence, ms) {
      const turn = turnOf(sentence.turn);
      Object.assign(turn, { toSay: turn.toSay - 1, heard: sentence.n, heardMs: ms });
      if (!turn.isEnded && turn.toSay === 0) onState("thinking");
      finishIfOver(turn);
    },
    /** Closed: what they were saying, and what comes from now on, is only written. @param {boolean} quiet */
    setQuiet(quiet) {
      isQuiet = quiet;
      if (!quiet || !latest || latest.isDone) return;
      voice.stop();
      latest.toSay = 0;
      release(latest, Infinity);
      finishIfOver(latest);
    },
    /**
     * The shopper does not want to hear more of this, or a person of the shop took over.
     * @param {string} [words] what the conversation says of it
     * @returns {{ turn: string, sentence: number, ms: number, length?: number } | null} what was heard, for the server; null if nothing was going on
     */
    cut(words) {
      const stopped = voice.stop(), turn = latest;
      if (!turn || turn.isDone || turn.isCut) return null;
      const length = stopped ? lengthHeard(stopped.spoken.sentence, stopped.heardMs) : undefined;
      if (stopped && length !== undefined) log.cutLine(turn.id, stopped.spoken.sentence.text, length);
      if (stopped) Object.assign(turn, { heard: stopped.spoken.sentence.n, heardMs: stopped.heardMs });
      Object.assign(turn, { isCut: true, cutWords: words || turn.cutWords, isEnded: true, toSay: 0, waiting: turn.waiting.filter(isTheirs) });
      finishIfOver(turn);
      return { turn: turn.id, sentence: Math.max(0, turn.heard), ms: turn.heardMs, length };
    },
  };
}
