// @ts-check
/**
 * The face of somebody who was filmed, while a stage draws their mouth: the pictures of a short loop, played there and back, each with the
 * patch that was made for it. Which picture is shown at a moment of speech is the stage's choice, so picture and patch always fit; between
 * sentences the loop goes on from there. A jump between two places of the loop is faded over.
 */
const AHEAD = 10; // pictures unpacked before their moment
const FADE_S = 0.16;
const WORD = 0x544c5031; // "TLP1"

/** @typedef {{ side: number, top: number, height: number, boxes: number[][], size: number, loop: string }} FilmSeat */

/** @param {ArrayBuffer} file as avatar_pipeline/stages/loop_files.py writes it @returns {Blob[]} its pictures */
export function picturesOf(file) {
  const view = new DataView(file);
  if (file.byteLength < 8 || view.getUint32(0) !== WORD) throw new Error("This is no loop of ours.");
  const count = view.getUint16(4), found = [];
  let at = 8 + 4 * count;
  for (let number = 0; number < count; number += 1) {
    const length = view.getUint32(8 + 4 * number);
    found.push(new Blob([new Uint8Array(file, at, length)]));
    at += length;
  }
  return found;
}

/** @param {number} place @param {number} count @returns {number} which of so many pictures lies at a place of the loop there and back */
export function pictureAt(place, count) {
  const period = Math.max(1, 2 * count - 2), within = place % period;
  return within < count ? within : period - within;
}

/** @param {{ seat: FilmSeat, canvas: HTMLCanvasElement, soften: (width: number, height: number) => HTMLCanvasElement }} film */
export function createFilmLoop({ seat, canvas, soften }) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const ghost = document.createElement("canvas"), mouth = document.createElement("canvas"), edge = soften(seat.side, seat.height);
  const [ghostPen, mouthPen] = [ghost, mouth].map((one) => /** @type {CanvasRenderingContext2D} */ (one.getContext("2d")));
  /** @type {Blob[]} */ let files = [];
  /** @type {Map<number, ImageBitmap | null>} null while it is being unpacked */ const bitmaps = new Map();
  let shownAt = 0, base = 0, baseS = NaN, ghostShare = 0, isPainted = false; // `base` lay under the hand at `baseS`, the loop flows from there
  for (const one of [canvas, ghost]) [one.width, one.height] = [seat.size, seat.size];
  [mouth.width, mouth.height] = [seat.side, seat.height];
  Object.assign(canvas.style, { left: "0", top: "0", width: "100%", height: "100%", opacity: "0" });
  const loaded = fetch(seat.loop, { credentials: "omit" }).then(async (answer) => {
    if (answer.ok) files = picturesOf(await answer.arrayBuffer());
    if (files.length !== seat.boxes.length) files = [];
    prepare(0);
  });

  /** Have the pictures from a place on unpacked, and let go of those behind. @param {number} from */
  function prepare(from) {
    const wanted = new Set(Array.from({ length: Math.min(AHEAD, files.length) }, (_, step) => pictureAt(from + step, files.length)));
    for (const [number, bitmap] of bitmaps) {
      if (wanted.has(number) || bitmaps.size <= 2 * AHEAD || !bitmap) continue;
      bitmap.close();
      bitmaps.delete(number);
    }
    for (const number of wanted) {
      if (bitmaps.has(number)) continue;
      bitmaps.set(number, null);
      createImageBitmap(files[number]).then((bitmap) => bitmaps.set(number, bitmap), () => bitmaps.delete(number));
    }
  }

  return {
    loaded,
    /** Whether there is something to show. */
    isReady: () => files.length > 0 && isPainted,
    prepare,
    /** Where the loop is between sentences. @param {number} timeS */
    atRest(timeS) {
      if (Number.isNaN(baseS) || still) [base, baseS] = [shownAt, timeS];
      return base + Math.max(0, Math.floor((timeS - baseS) * 25));
    },
    /** The stage has chosen a place. @param {number} at @param {number} timeS @returns {number} it */
    lead(at, timeS) {
      [base, baseS] = [at, timeS];
      return at;
    },
    /**
     * Show a place of the loop. @param {number} next @param {number} stepS since the last picture
     * @param {{ patch: ImageBitmap | null, share: number }} lips the mouth for it, null for the last one, and how much of it shows
     * @returns {boolean} whether it was there; else what was shown stays
     */
    paint(next, stepS, { patch, share }) {
      const number = pictureAt(next, files.length), bitmap = bitmaps.get(number);
      prepare(next);
      if (!bitmap) return false;
      const here = pictureAt(isPainted ? shownAt : next, files.length);
      if (Math.abs(number - here) > 2) { // a jump: what was shown fades away over it
        ghostPen.drawImage(canvas, 0, 0);
        ghostShare = 1;
      }
      shownAt = next;
      pen.globalAlpha = 1;
      pen.drawImage(bitmap, 0, 0, seat.size, seat.size);
      if (share > 0) lay(patch, share, seat.boxes[number]);
      ghostShare = Math.max(0, ghostShare - stepS / FADE_S);
      if (ghostShare > 0) {
        pen.globalAlpha = ghostShare;
        pen.drawImage(ghost, 0, 0);
      }
      isPainted = true;
      return true;
    },
    /** Give everything back. */
    close() {
      for (const bitmap of bitmaps.values()) bitmap?.close();
      bitmaps.clear();
      files = [];
    },
  };

  /** @param {ImageBitmap | null} patch @param {number} share @param {number[]} box */
  function lay(patch, share, [x1, y1, x2, y2]) {
    if (patch) {
      mouthPen.globalCompositeOperation = "copy";
      mouthPen.drawImage(patch, 0, 0);
      mouthPen.globalCompositeOperation = "destination-in";
      mouthPen.drawImage(edge, 0, 0);
    }
    const tall = (y2 - y1) / seat.side;
    pen.globalAlpha = share;
    pen.drawImage(mouth, x1, y1 + seat.top * tall, x2 - x1, seat.height * tall);
  }
}
