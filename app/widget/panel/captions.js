// @ts-check
/**
 * Captions under their face: one short line at a time, as television does it, with the word lit that is being said. They show
 * with and without sound. The conversation below holds the same words for readers and screen readers, so these are hidden
 * from the latter.
 */
import { make, part } from "./page.js";
import { wordAt } from "./timeline.js";

/** @typedef {import("./timeline.js").Spoken} Spoken */

export const LINE_CHARACTERS_MAX = 36;

/** How much of a line a word takes with the space behind it; a Chinese or Japanese sign is two wide and has none. @param {string} text */
function widthOf(text) {
  const wide = (text.match(/[\u2e80-\uffef]/g) || []).length;
  return text.length + wide + (wide ? 0 : 1);
}

/**
 * Break words into lines that fit, none left alone on the last line when that can be avoided.
 * @param {{ text: string }[]} words
 * @param {number} [charactersMax]
 * @returns {[number, number][]} [first word, one past the last] per line
 */
export function breakLines(words, charactersMax = LINE_CHARACTERS_MAX) {
  const total = words.reduce((sum, word) => sum + widthOf(word.text), 0);
  const goal = Math.min(charactersMax, Math.ceil(total / Math.ceil(total / charactersMax)) + 4);
  /** @type {[number, number][]} */ const lines = [];
  let first = 0, length = 0;
  words.forEach((word, index) => {
    const isFull = length + widthOf(word.text) > goal + 1, isPause = length > goal / 2 && /[,;:.!?，。；：！？]$/.test(words[index - 1].text);
    if (length && (isFull || isPause)) { lines.push([first, index]); first = index; length = 0; }
    length += widthOf(word.text);
  });
  if (first < words.length) lines.push([first, words.length]);
  return lines;
}

/** @param {import("./timeline.js").Sentence} sentence a sentence without word times is shown whole */
function wordsOf(sentence) {
  return sentence.words?.length ? sentence.words : [{ text: sentence.text, start_ms: 0, end_ms: 0 }];
}

export function createCaptions() {
  const place = part("captions");
  let /** @type {Spoken | undefined} */ shown, /** @type {[number, number][]} */ lines = [], line = -1, lit = -1, isOn = true;

  /** @param {Spoken} spoken @param {number} index */
  function draw(spoken, index) {
    const words = wordsOf(spoken.sentence), [first, end] = lines[index];
    place.lang = spoken.sentence.lang || "";
    const space = /^(zh|ja)/.test(place.lang) ? "" : " ";
    place.replaceChildren(...words.slice(first, end).flatMap((word) => [make("span", {}, word.text), space]));
    line = index;
  }

  function clear() {
    shown = undefined;
    place.replaceChildren();
  }

  return {
    /** @param {Spoken | undefined} spoken @param {number} elapsedS */
    show(spoken, elapsedS) {
      if (!spoken || !isOn) { if (shown) clear(); return; }
      const words = wordsOf(spoken.sentence), word = Math.max(0, wordAt(words, elapsedS * 1000));
      if (shown !== spoken) { shown = spoken; lines = breakLines(words); line = lit = -1; }
      if (word === lit) return;
      lit = word;
      const wanted = lines.findIndex(([first, end]) => word >= first && word < end);
      if (wanted < 0) return;
      if (wanted !== line) draw(spoken, wanted);
      [...place.children].forEach((one, index) => one.classList.toggle("lit", lines[line][0] + index === word));
    },
    /** @param {boolean} on */
    turn(on) { isOn = on; if (!on) clear(); },
  };
}
