// @ts-check
/**
 * The conversation as it stands on the page: the shopper's lines, the answers sentence by sentence with the passage each one
 * rests on, and what went wrong. Screen readers are told once per finished answer, not per sentence.
 */
import { icon, make, part, say } from "./page.js";

/** @typedef {import("./timeline.js").Sentence} Sentence */

export const ENTRIES_MAX = 400; // older lines leave the page, not the shop's records
const NEAR_END_PX = 80;
const BREAKS_OFF = /[,;:–—،、，；：]$/; // a long sentence is spoken in pieces; its passage waits until it is whole

export function createLog() {
  const place = part("log"), announcer = part("announcer");
  /** @type {Map<string, HTMLElement>} */ const questions = new Map();
  /** @type {Map<string, { bubble: HTMLElement, line: HTMLElement | null, sources: Set<string>, waiting: HTMLElement[] }>} */ const answers = new Map();

  let followsEnd = true; // until the shopper scrolls back to read

  place.addEventListener("scroll", () => { followsEnd = place.scrollHeight - place.scrollTop - place.clientHeight < NEAR_END_PX; });
  new ResizeObserver(settle).observe(place);

  /** @param {HTMLElement} entry */
  function append(entry) {
    part("empty")?.remove();
    place.append(entry);
    if (place.children.length > ENTRIES_MAX) place.firstElementChild?.remove();
    const before = entry.previousElementSibling; // a form that fills the log leaves the words it belongs to in sight
    const first = before instanceof HTMLElement && before.matches(".hers") && before.offsetHeight < place.clientHeight / 2 ? before : entry;
    if (entry.offsetHeight > place.clientHeight) first.scrollIntoView({ block: "start" });
    else settle();
  }

  function settle() {
    if (!followsEnd) return;
    if (place.scrollHeight > place.clientHeight) place.closest(".room")?.classList.add("full"); // the picture makes room
    place.scrollTop = place.scrollHeight;
  }

  /** @param {string} turn */
  function answerOf(turn) {
    const known = answers.get(turn);
    if (known) return known;
    const bubble = make("article", { className: "bubble hers" }), fresh = { bubble, line: null, sources: new Set(), waiting: [] };
    answers.set(turn, fresh);
    append(bubble);
    return fresh;
  }

  /** Put the passages under the line they belong to. @param {{ bubble: HTMLElement, line: HTMLElement | null, waiting: HTMLElement[] }} answer */
  function placeSources(answer) {
    if (!answer.waiting.length) return;
    answer.bubble.append(...answer.waiting.splice(0));
    answer.line = null;
  }

  /** Draw a shopper's line, or its new state. @param {{ key: string, text: string, state: string, why?: string }} letter @param {() => void} onRetry */
  function showQuestion(letter, onRetry) {
    const bubble = questions.get(letter.key) || make("article", { className: "bubble mine" });
    const state = letter.state === "refused" ? refusal(letter.why || "", onRetry) : "";
    bubble.classList.toggle("on-its-way", letter.state === "waiting");
    bubble.replaceChildren(make("span", { className: "quiet" }, `${say("you_said")}: `), letter.text, state);
    if (questions.has(letter.key)) return;
    questions.set(letter.key, bubble);
    followsEnd = true;
    append(bubble);
  }

  return {
    append,
    showQuestion,
    hasQuestion: (/** @type {string} */ key) => questions.has(key),

    /** @param {string} turn */
    showThinking(turn) {
      answerOf(turn).bubble.classList.add("thinking");
      settle();
    },

    /** @param {Sentence} sentence */
    addSentence({ turn, text, citations, lang }) {
      const answer = answerOf(turn);
      answer.bubble.classList.remove("thinking");
      if (!answer.line) answer.bubble.append(answer.line = make("p", { lang: lang || "" }));
      answer.line.append(answer.line.childNodes.length && !/^(zh|ja)/.test(lang || "") ? " " : "", text);
      const fresh = (citations || []).filter(({ document, quote }) => !answer.sources.has(document + quote));
      for (const citation of fresh) {
        answer.sources.add(citation.document + citation.quote);
        answer.waiting.push(sourceChip(citation));
      }
      if (!BREAKS_OFF.test(text.trim())) placeSources(answer);
      settle();
    },

    /** Take back the words of a sentence that were written but not heard. @param {string} turn @param {string} text @param {number} length characters heard */
    cutLine(turn, text, length) {
      const lines = answers.get(turn)?.bubble.querySelectorAll("p") || [], written = [...lines].flatMap((line) => [...line.childNodes]);
      const last = written.findLast((one) => one.textContent === text);
      if (last && length < text.length) last.textContent = length ? `${text.slice(0, length)} …` : "";
    },

    /** Close an answer: say it once to screen readers. @param {string} turn @param {string} cutWords why it broke off, or "" @returns {boolean} whether anything was said */
    finish(turn, cutWords) {
      const answer = answers.get(turn);
      if (!answer) return false;
      answer.bubble.classList.remove("thinking");
      placeSources(answer);
      const spoken = [...answer.bubble.querySelectorAll("p")].map((line) => line.textContent).join(" ");
      if (cutWords && spoken) answer.bubble.append(make("p", { className: "aside" }, cutWords));
      if (!spoken) answer.bubble.remove();
      if (spoken) announcer.textContent = spoken;
      settle();
      return Boolean(spoken);
    },

    /** @param {string} turn @param {{ title?: string, detail?: string }} problem */
    addProblem(turn, problem) {
      const { bubble } = answerOf(turn);
      bubble.classList.remove("thinking");
      bubble.classList.add("trouble");
      bubble.append(make("p", {}, problem.title || say("answer_failed")), make("p", { className: "aside" }, problem.detail || say("answer_failed_advice")));
      settle();
    },
  };
}

/** @param {string} why @param {() => void} onRetry */
function refusal(why, onRetry) {
  const again = make("button", { type: "button", className: "link", onclick: onRetry }, say("retry"));
  return make("span", { className: "refusal", role: "alert" }, `${say("not_sent")} ${why} `, again);
}

/** A source on one line; opening it shows the passage word for word. @param {{ document: string, quote: string }} citation */
function sourceChip({ document: name, quote }) {
  const label = make("span", { className: "source-name" }, say("source", { document: name }));
  const summary = make("summary", {}, icon("quote"), label, make("span", { className: "source-taste" }, quote));
  const source = make("details", { className: "source" }, summary, make("blockquote", {}, quote));
  source.addEventListener("toggle", () => source.scrollIntoView({ block: "nearest" }));
  return source;
}
