// @ts-check
/**
 * Mouth pictures from the stage beside a graphics card, laid over their portrait. The rig goes on playing underneath: while pictures
 * are there their head and lips are held as the stage has them, lids and brows stay alive; when they stop coming the rig's own lips
 * are back within a fifth of a second. The sound's clock says which picture is shown, and nothing ever waits for one. Of somebody who was
 * filmed the film itself is shown, between sentences too, as long as the stage is there (film_loop.js).
 */
import { createFilmLoop } from "./film_loop.js";
import { MouthPictures, readPictures } from "./picture_stream.js";
import { isLostConnection } from "./stream.js";

/** @typedef {import("./timeline.js").Spoken} Spoken */
/** @typedef {{ url: string, token: string, after: number }} Line */

const PICTURES_PER_S = 25;
const EASE_S = 0.12; // between the rig's mouth and the stage's
const PATIENCE_S = 0.2; // pictures may be missing for so long before the rig's own lips are shown
const AGAIN_MS = 10_000; // a stage that was lost is asked again at a sentence, not sooner than this
const AGAIN_MS_MAX = 160_000; // a film, and who may have one, is asked for between sentences too, each time after twice as long
const EDGE = 0.07; // the share of a patch over which it fades into the portrait
/** Channels of the score that stay their own under a patch: lids, where they look, brows. */
const ALIVE = new Set([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 13, 41, 42, 43, 44, 45, 55, 56]);

/**
 * @param {{ line: Line, canvas: HTMLCanvasElement, now: () => number, home: Float32Array }} stage `home` are the values the patches
 *   were made on: upright, mouth at rest
 */
export function createLivePictures({ line, canvas, now, home }) {
  const place = /** @type {HTMLElement} */ (canvas.parentElement), pictures = new MouthPictures();
  const patch = document.createElement("canvas"), pen = /** @type {CanvasRenderingContext2D} */ (patch.getContext("2d"));
  /** @type {Spoken[]} */ let plan = [];
  /** @type {Map<string, { turn: number, first: number, from: number }>} where each sentence's pictures begin */ const firsts = new Map();
  /** @type {ReturnType<typeof createFilmLoop> | null} */ let film = null;
  /** @type {HTMLCanvasElement | null} */ let edge = null;
  /** @type {ImageBitmap | null | undefined} */ let shown;
  let seenS = -Infinity, drawnS = now(), held = 0, opacity = 0, isOpen = false, isSeated = false, isLost = false, mouthShare = 0, openedMs = -Infinity, latest = 0, againMs = AGAIN_MS;

  patch.setAttribute("aria-hidden", "true");
  patch.style.position = "absolute";
  canvas.after(patch);
  mark(false);

  /** @param {boolean} isByStage for tests, and for whoever looks with the browser's tools */
  function mark(isByStage) {
    const name = isByStage ? "stage" : "browser";
    if (place.dataset.drawnBy !== name) place.dataset.drawnBy = name;
  }

  const ears = {
    /** @param {import("./picture_stream.js").Seat} seat */
    seat(seat) {
      const { side, top, height, box: [x1, y1, x2, y2], size, boxes, loop } = seat;
      film?.close();
      [isSeated, isLost] = [true, false];
      againMs = AGAIN_MS;
      film = boxes && loop ? createFilmLoop({ seat: { ...seat, boxes, loop }, canvas: patch, soften: softEdge }) : null;
      film?.loaded.catch((reason) => ears.lost(reason.message));
      if (film) return;
      [patch.width, patch.height] = [side, height];
      edge = softEdge(side, height);
      const tall = (y2 - y1) / side, percent = (/** @type {number} */ px) => `${(px / size) * 100}%`;
      Object.assign(patch.style, { left: percent(x1), top: percent(y1 + top * tall), width: percent(x2 - x1), height: percent(height * tall), opacity: "0" });
    },
    /** @param {{ turn: string, n: number, from?: number }} sentence @param {number} turn @param {number} first */
    sentence({ turn: id, n, from = 0 }, turn, first) {
      if (turn > latest) { latest = turn; firsts.clear(); pictures.begin(turn); }
      firsts.set(`${id} ${n}`, { turn, first, from });
      film?.prepare(from + first);
    },
    /** @param {number} turn @param {number} number */
    isPast: (turn, number) => pictures.isPast(turn, number),
    /** @param {number} turn @param {number} number @param {ImageBitmap | null} picture */
    picture: (turn, number, picture) => { pictures.keep(turn, number, picture); },
    /** @param {string} why */
    lost(why) {
      isOpen = false;
      release();
      isLost = true;
      pictures.begin(-1);
      latest = 0;
      if (why !== "ended") console.info(`Tillhand: her browser draws (${why}).`);
    },
  };

  /** Let the rig's own lips be seen from the next picture on. */
  function release() {
    seenS = -Infinity;
    shown = undefined;
  }

  /** @param {number} [after] the last event of the conversation that is history; none: from now on */
  async function open(after) {
    isOpen = true;
    openedMs = performance.now();
    try {
      const address = after === undefined ? line.url : `${line.url}?after=${after}`;
      const answer = await fetch(address, { headers: { Authorization: `Bearer ${line.token}` }, cache: "no-store" });
      if (answer.ok && answer.body) await readPictures(answer.body, ears);
    } catch (reason) {
      if (!isLostConnection(reason)) throw reason;
    } finally {
      isOpen = false;
    }
  }

  /** Come back without a word said: a film is to be seen between sentences, and before the first seat nobody knows whether there is one. */
  function askAgain() {
    if (isOpen || performance.now() - openedMs < againMs) return;
    againMs = Math.min(2 * againMs, AGAIN_MS_MAX);
    open();
  }

  /** @param {number} timeS @returns {{ isSpeech: boolean, picture: ImageBitmap | null | undefined, at: number }} `at` which place of a film's loop */
  function due(timeS) {
    plan = plan.filter((one) => one.endS > timeS);
    const spoken = plan.find((one) => one.startS <= timeS);
    const first = spoken && firsts.get(`${spoken.sentence.turn} ${spoken.sentence.n}`);
    if (!spoken || !first) return { isSpeech: Boolean(spoken), picture: undefined, at: 0 };
    const number = first.first + Math.floor((timeS - spoken.startS) * PICTURES_PER_S);
    return { isSpeech: true, picture: pictures.at(first.turn, number), at: first.from + number };
  }

  /**
   * The film with its mouth, or at rest. @param {NonNullable<typeof film>} loop @param {number} timeS @param {number} stepS
   * @returns {boolean} whether it is to be seen
   */
  function play(loop, timeS, stepS) {
    const { isSpeech, picture, at } = due(timeS);
    if (isLost) {
      mark(false);
      return false;
    }
    if (picture !== undefined || !isSpeech) {
      const isLed = picture !== undefined, next = isLed ? loop.lead(at, timeS) : loop.atRest(timeS);
      mouthShare = ease(mouthShare, Boolean(picture), stepS / EASE_S);
      if (loop.paint(next, stepS, { patch: picture ?? null, share: mouthShare })) seenS = timeS;
    }
    mark(isSpeech && timeS - seenS < PATIENCE_S && loop.isReady());
    return loop.isReady() && timeS - seenS < PATIENCE_S;
  }

  /** @param {ImageBitmap} picture */
  function paint(picture) {
    pen.globalCompositeOperation = "copy";
    pen.drawImage(picture, 0, 0);
    if (!edge) return;
    pen.globalCompositeOperation = "destination-in";
    pen.drawImage(edge, 0, 0);
  }

  open(line.after);

  return {
    /**
     * Called for every picture the rig is about to draw. @param {Float32Array} values @returns {Float32Array} what it shall draw
     */
    draw(values) {
      const timeS = now(), stepS = Math.max(0, timeS - drawnS), step = stepS / EASE_S;
      drawnS = timeS;
      if (!isSeated || (film && isLost)) askAgain();
      if (film) {
        const isSeen = play(film, timeS, stepS);
        opacity = ease(opacity, isSeen, step);
        patch.style.opacity = opacity.toFixed(3);
        place.dataset.film = isSeen ? "shown" : "away";
        return values;
      }
      const { picture } = due(timeS);
      if (picture !== undefined) {
        if (picture && picture !== shown) paint(picture);
        [shown, seenS] = [picture, timeS];
      }
      const isHeld = timeS - seenS < PATIENCE_S;
      held = ease(held, isHeld, step);
      opacity = ease(opacity, isHeld && Boolean(shown), step);
      patch.style.opacity = opacity.toFixed(3);
      mark(isHeld);
      return held ? values.map((value, i) => (ALIVE.has(i) ? value : value + (home[i] - value) * held)) : values;
    },
    /** A sentence was planned. @param {Spoken} spoken */
    speak(spoken) {
      plan.push(spoken);
      if (!isOpen && performance.now() - openedMs > AGAIN_MS) open();
    },
    /** They were stopped. */
    hush() {
      plan = [];
      release();
    },
  };
}

/** @param {number} share @param {boolean} isUp @param {number} step */
function ease(share, isUp, step) {
  return Math.min(1, Math.max(0, share + (isUp ? step : -step)));
}

/** How much of a patch shows: all of it but for its edges, which fade. @param {number} width @param {number} height */
function softEdge(width, height) {
  const soft = document.createElement("canvas"), pen = /** @type {CanvasRenderingContext2D} */ (soft.getContext("2d"));
  [soft.width, soft.height] = [width, height];
  pen.fillRect(0, 0, width, height);
  pen.globalCompositeOperation = "destination-in";
  for (const [x, y] of [[width, 0], [0, height]]) {
    const ramp = pen.createLinearGradient(0, 0, x, y);
    for (const [at, colour] of /** @type {[number, string][]} */ ([[0, "#0000"], [EDGE, "#000"], [1 - EDGE, "#000"], [1, "#0000"]])) ramp.addColorStop(at, colour);
    pen.fillStyle = ramp;
    pen.fillRect(0, 0, width, height);
  }
  return soft;
}
