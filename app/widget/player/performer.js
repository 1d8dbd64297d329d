// @ts-check
// Plays scores on a face: the idle loop while they listen, sentences in time with their sound, soft changes between.
import { startClock } from "./clock.js";

/** @typedef {import("./score.js").Score} Score */
/**
 * @typedef {object} Performer
 * @property {(score: Score, startS: number) => void} play queue a sentence whose sound starts at startS on the `now` clock
 * @property {() => void} stop drop every sentence and close the mouth at once
 * @property {() => number} tick draw the picture of this moment (the clock calls it; tests may); gives when the next is due, in ms
 * @property {() => void} end stop for good; the face stays as it is
 */

const FADE_S = 0.3;
const SPEAKING_MS = 12; // between pictures: at most every one of a 60 Hz screen, every second one of a faster screen
const RESTING_MS = 30; // half of that while they only listen
const CHANNELS = 57;
const HEAD = 52;
const IS_MOUTH = (/** @type {number} */ i) => i >= 14 && i <= 40;
const IS_LIPS = (/** @type {number} */ i) => IS_MOUTH(i) && !(i > 22 && i < 29); // smile, frown and dimple are a mood, and fade as one
const IS_BLINK = (/** @type {number} */ i) => i === 0 || i === 7;

/**
 * @param {object} stage
 * @param {{draw: (values: Float32Array) => void}} stage.face
 * @param {() => number} stage.now seconds; the AudioContext's currentTime, so that lips follow the sound and nothing else
 * @param {Score | null} [stage.idle] a score whose first and last row are equal, played round and round
 * @param {boolean | "still"} [stage.reducedMotion] true: only lips and blinks move; "still": nothing does
 * @param {((tick: () => number) => () => void)} [stage.clock]
 * @returns {Performer}
 */
export function createPerformer({ face, now, idle = null, reducedMotion = false, clock = startClock }) {
  /** @type {{score: Score, startS: number}[]} */
  let queue = [];
  let share = 0; // how much of the head belongs to the sentence, 0..1
  let before = now();
  const [speech, rest, values] = [0, 1, 2].map(() => new Float32Array(CHANNELS));

  const current = (/** @type {number} */ time) => {
    while (queue.length > 1 && queue[1].startS <= time) queue.shift();
    const first = queue[0];
    if (!first || time < first.startS) return null;
    if (time <= first.startS + first.score.durationS) return first;
    queue.shift();
    return null;
  };
  const tick = () => {
    const time = now();
    const playing = current(time);
    const step = Math.max(0, time - before) / FADE_S;
    before = time;
    share = Math.min(1, Math.max(0, share + (playing ? step : -step)));
    if (playing) playing.score.at(time - playing.startS, speech);
    else closeLips(speech);
    if (idle) idle.at(idle.durationS ? time % idle.durationS : 0, rest);
    blend(speech, rest, share, values);
    face.draw(reduced(values, reducedMotion));
    return share > 0 ? SPEAKING_MS : RESTING_MS;
  };
  const end = clock(tick);
  const play = (/** @type {Score} */ score, /** @type {number} */ startS) => {
    queue.push({ score, startS });
    queue.sort((a, b) => a.startS - b.startS);
  };
  const stop = () => {
    queue = [];
    closeLips(speech);
  };
  return { play, stop, tick, end };
}

/** @param {Float32Array} speech what remains of the last sentence: its head and eyes may fade, its lips are shut */
function closeLips(speech) {
  for (let i = 0; i < HEAD; i += 1) if (IS_LIPS(i)) speech[i] = 0;
}

/**
 * Lips belong to the sentence alone (shut when there is none); eyes, brows and head fade from one to the other.
 * @param {Float32Array} speech
 * @param {Float32Array} rest
 * @param {number} share
 * @param {Float32Array} out
 */
function blend(speech, rest, share, out) {
  const soft = share * share * (3 - 2 * share);
  for (let i = 0; i < CHANNELS; i += 1) {
    if (IS_LIPS(i)) out[i] = speech[i];
    else out[i] = IS_BLINK(i) ? Math.max(speech[i] * soft, rest[i] * (1 - soft)) : rest[i] + (speech[i] - rest[i]) * soft;
  }
}

/**
 * @param {Float32Array} values
 * @param {boolean | "still"} motion
 */
function reduced(values, motion) {
  for (let i = 0; motion && i < CHANNELS; i += 1) {
    const stays = motion === true && (IS_MOUTH(i) || IS_BLINK(i));
    if (!stays) values[i] = 0;
  }
  return values;
}
