// @ts-check
/**
 * Which sentence is spoken when. A plan of sentences one after the other on the shared clock; asking it at a moment tells
 * what has begun and what has ended since the last time it was asked. It knows nothing of sound, so it is tested with numbers.
 */

/** @typedef {{ turn: string, n: number, text: string, words: { text: string, start_ms: number, end_ms: number }[], sample_count: number, sample_rate_hz: number, audio_url: string | null, score: any, citations: { document: string, quote: string }[], lang?: string }} Sentence */
/** @typedef {{ sentence: Sentence, startS: number, endS: number, hasBegun: boolean }} Spoken */

export const LEAD_S = 0.04; // enough for the sound card to take the first samples in time

/** Reading speed for a sentence that came without sound: about 170 words a minute, never under a second. */
const SILENT_S_PER_CHARACTER = 0.06;

/** @param {Sentence} sentence @returns {number} seconds */
export function durationOf(sentence) {
  if (sentence.sample_count > 0 && sentence.sample_rate_hz > 0) return sentence.sample_count / sentence.sample_rate_hz;
  return Math.max(1, sentence.text.length * SILENT_S_PER_CHARACTER);
}

export function createTimeline() {
  /** @type {Spoken[]} */ let plan = [];
  let endS = 0;

  return {
    /**
     * Put a sentence right behind the last one, or as soon as possible when that is over.
     * @param {Sentence} sentence @param {number} nowS @returns {Spoken}
     */
    add(sentence, nowS) {
      const startS = Math.max(endS, nowS + LEAD_S);
      endS = startS + durationOf(sentence);
      const spoken = { sentence, startS, endS, hasBegun: false };
      plan.push(spoken);
      return spoken;
    },

    /**
     * Move to a moment.
     * @param {number} nowS
     * @returns {{ begun: Spoken[], ended: Spoken[] }} in order; a sentence that was slept through is in both
     */
    advance(nowS) {
      const begun = plan.filter((one) => !one.hasBegun && one.startS <= nowS);
      for (const one of begun) one.hasBegun = true;
      const ended = plan.filter((one) => one.endS <= nowS);
      plan = plan.filter((one) => one.endS > nowS);
      return { begun, ended };
    },

    /** The sentence being said. @returns {Spoken | undefined} */
    current: () => plan.find((one) => one.hasBegun),

    /** Everything planned or being said. */
    all: () => plan,

    /** Drop the rest. @param {number} nowS @returns {Spoken | undefined} what was being said */
    clear(nowS) {
      const cut = plan.find((one) => one.hasBegun);
      plan = [];
      endS = nowS;
      return cut;
    },
  };
}

/**
 * Which word is being said.
 * @param {{ start_ms: number, end_ms: number }[]} words in order
 * @param {number} elapsedMs since the sentence began
 * @returns {number} index; the last word that has begun, -1 before the first
 */
export function wordAt(words, elapsedMs) {
  let found = -1;
  while (found + 1 < words.length && words[found + 1].start_ms <= elapsedMs) found += 1;
  return found;
}

/**
 * How much of a sentence's text was heard: up to the end of the last word that had been said.
 * @param {{ text: string, words: { text: string, start_ms: number, end_ms: number }[] }} sentence
 * @param {number} elapsedMs
 * @returns {number | undefined} characters; undefined where the words are not timed or not the text's own
 */
export function lengthHeard({ text, words }, elapsedMs) {
  if (!words?.length) return undefined;
  const written = narrow(text);
  let at = 0;
  for (const word of words) {
    if (word.end_ms > elapsedMs) break;
    const found = written.indexOf(narrow(word.text), at);
    if (found < 0) return undefined;
    at = found + word.text.length;
  }
  return at;
}

/** Full-width signs as the Japanese voice reads them, each in its old place. @param {string} text */
function narrow(text) {
  return text.replace(/[\uff01-\uff5e]/g, (sign) => sign.normalize("NFKC"));
}
