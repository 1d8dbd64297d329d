// @ts-check
// Reads the picture stream of app/live_pictures/MESSAGES.md: records from bytes, and which picture belongs to which moment.
// It draws nothing, and says once, within a second, when the stage is lost, full for good or quiet.

export const HEAD_BYTES = 13;
export const PICTURE = 1, AT_REST = 2, SKIPPED = 3, ALIVE = 4, FULL = 5, LOST = 6, SEAT = 7, SENTENCE = 8;
const QUIET_MS = 750, LOOKS = 5; // several looks: a page that was busy itself for a second must not take its own pause for the stage's
const BODY_BYTES_MAX = 256 * 1024;
const WAITING_MAX = 100; // four seconds of pictures; beyond that the oldest goes, never sound

/** @typedef {{ kind: number, turn: number, number: number, body: Uint8Array<ArrayBuffer> }} PictureRecord */
/**
 * @typedef {{ side: number, top: number, height: number, box: number[], size: number, boxes?: number[][], loop?: string }} Seat `boxes`, one for
 *   each picture of the loop at `loop`, for who was filmed
 * @typedef {object} Ears what the reader tells
 * @property {(seat: Seat) => void} seat where patches belong
 * @property {(sentence: { turn: string, n: number, from?: number }, turn: number, first: number) => void} sentence whose pictures begin at number `first`
 * @property {(turn: number, number: number) => boolean} isPast whether a picture's moment is over: unpacking it would only make the next ones late
 * @property {(turn: number, number: number, picture: ImageBitmap | null) => void} picture null for a mouth at rest
 * @property {(why: string) => void} lost once, at the end
 */

/** Puts records together from whatever pieces the network cuts them into. */
export class RecordReader {
  #pending = new Uint8Array(0);

  /** @param {Uint8Array} data @returns {PictureRecord[]} */
  feed(data) {
    const all = new Uint8Array(this.#pending.length + data.length);
    all.set(this.#pending);
    all.set(data, this.#pending.length);
    const view = new DataView(all.buffer), found = [];
    let at = 0;
    while (all.length - at >= HEAD_BYTES) {
      const kind = view.getUint8(at), length = view.getUint32(at + 1);
      if (kind < PICTURE || kind > SENTENCE || length > BODY_BYTES_MAX) throw new Error("This is no picture stream.");
      if (all.length - at < HEAD_BYTES + length) break;
      found.push({ kind, turn: view.getUint32(at + 5), number: view.getUint32(at + 9), body: all.slice(at + HEAD_BYTES, at + HEAD_BYTES + length) });
      at += HEAD_BYTES + length;
    }
    this.#pending = all.slice(at);
    return found;
  }
}

/** Holds the pictures of one turn and gives the one whose time it is. */
export class MouthPictures {
  #turn = 0;
  #shown = 0;
  /** @type {Map<number, ImageBitmap | null>} */ #held = new Map();

  /** @param {number} turn the turn whose pictures are wanted from now on; those of any other are closed */
  begin(turn) {
    if (turn === this.#turn) return;
    for (const number of [...this.#held.keys()]) this.#drop(number);
    this.#turn = turn;
    this.#shown = 0;
  }

  /** @param {number} turn @param {number} number @returns {boolean} whether a later picture, or a later turn, has been asked for already */
  isPast(turn, number) {
    return turn !== this.#turn || number < this.#shown;
  }

  /** @param {number} turn @param {number} number @param {ImageBitmap | null} picture null for a mouth at rest */
  keep(turn, number, picture) {
    if (turn !== this.#turn) return picture?.close();
    this.#held.set(number, picture);
    if (this.#held.size > WAITING_MAX) this.#drop(/** @type {number} */ (this.#held.keys().next().value));
  }

  /** @param {number} turn @param {number} number @returns {ImageBitmap | null | undefined} undefined: there is none, or not yet */
  at(turn, number) {
    if (turn !== this.#turn) return undefined;
    this.#shown = number;
    for (const other of [...this.#held.keys()]) if (other < number) this.#drop(other);
    return this.#held.get(number);
  }

  /** @param {number} number */
  #drop(number) {
    this.#held.get(number)?.close();
    this.#held.delete(number);
  }
}

/**
 * Reads a stream to its end. `lost` is called once, when the stage is lost, quiet or the stream is over: the rig draws from then on.
 * @param {ReadableStream<Uint8Array>} stream @param {Ears} ears
 */
export async function readPictures(stream, ears) {
  const source = stream.getReader(), reader = new RecordReader();
  let why = "ended";
  try {
    for (;;) {
      const { done, value } = await soon(source.read());
      if (done) break;
      for (const record of reader.feed(value)) {
        if (record.kind === LOST) { why = "lost"; return; }
        await tell(record, ears);
      }
    }
  } catch (error) {
    why = error instanceof Error ? error.message : "broken";
  } finally {
    ears.lost(why);
    source.cancel().catch(() => {});
  }
}

/** @template T @param {Promise<T>} reading @returns {Promise<T>} what comes, or a refusal when nothing came for too long */
function soon(reading) {
  let timer = 0, looks = 0;
  const quiet = new Promise((_, refuse) => {
    timer = window.setInterval(() => { if (++looks === LOOKS) refuse(new Error("quiet")); }, QUIET_MS / LOOKS);
  });
  return /** @type {Promise<T>} */ (Promise.race([reading, quiet]).finally(() => clearInterval(timer)));
}

/** @param {PictureRecord} record @param {Ears} ears */
async function tell({ kind, turn, number, body }, ears) {
  if (kind === AT_REST) ears.picture(turn, number, null);
  else if (kind === PICTURE) {
    if (!ears.isPast(turn, number)) ears.picture(turn, number, await createImageBitmap(new Blob([body])));
  } else if (kind === SEAT) ears.seat(JSON.parse(new TextDecoder().decode(body)));
  else if (kind === SENTENCE) ears.sentence(JSON.parse(new TextDecoder().decode(body)), turn, number);
}
