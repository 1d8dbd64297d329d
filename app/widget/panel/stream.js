// @ts-check
/**
 * The line on which their words come in: server-sent events read with fetch (so the token travels in a header, never in a URL).
 * Every event has a number. After a drop we ask for what follows the last number we have, so nothing is lost, and whatever
 * comes twice is dropped by its number, so nothing is doubled.
 */

/** @typedef {{ id: number, data: any }} StreamEvent */

export const SILENCE_MS_MAX = 35_000; // the server sends a sign of life every 15 s; two missed ones mean the line is dead
export const WAIT_MS_MIN = 500;
export const WAIT_MS_MAX = 30_000;
const REPLACED = '{"type":"stream:replaced"}'; // a newer window took the line; going back would only take it from there again
const BUFFER_CHARACTERS_MAX = 4_000_000; // one event holds a sentence and its score, some 40 kB

/**
 * Make a reader of the text/event-stream format: feed it text as it comes, in pieces cut anywhere.
 * @returns {(piece: string) => { id: string, data: string }[]} the events that became complete
 */
export function createEventReader() {
  let rest = "", id = "", /** @type {string[]} */ lines = [];
  return (piece) => {
    rest += piece;
    if (rest.length > BUFFER_CHARACTERS_MAX) throw new RangeError("An event is larger than this reader accepts.");
    const found = [];
    for (let line = takeLine(); line !== null; line = takeLine()) {
      if (line === "") {
        if (lines.length) found.push({ id, data: lines.join("\n") });
        lines = [];
      } else readField(line);
    }
    return found;
  };

  /** Take one whole line; a carriage return at the very end may be half of a pair, so it waits. */
  function takeLine() {
    const end = rest.search(/\r\n|\n|\r(?!$)/);
    if (end < 0) return null;
    const line = rest.slice(0, end).replace(/^\uFEFF/, "");
    rest = rest.slice(end + (rest.startsWith("\r\n", end) ? 2 : 1));
    return line;
  }

  /** @param {string} line */
  function readField(line) {
    const [, name, value] = /** @type {RegExpMatchArray} */ (line.match(/^([^:]*)(?:: ?)?(.*)$/s));
    if (name === "data") lines.push(value);
    if (name === "id" && !value.includes("\0")) id = value;
  }
}

/**
 * How long to wait before trying again: doubling from half a second to half a minute, spread so that a crowd of shoppers
 * does not come back in one moment.
 * @param {number} failures failed tries in a row, from 1
 * @param {number} chance 0..1
 * @returns {number} milliseconds
 */
export function waitBeforeRetry(failures, chance) {
  const longest = Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** (failures - 1));
  return longest / 2 + (longest / 2) * chance;
}

/**
 * Follow a conversation's events until closed or refused.
 * @param {{ url: string, token: string, onEvent: (event: StreamEvent) => void, onState: (state: "open" | "waiting" | "replaced" | "ended") => void }} line
 * @returns {{ close: () => void, lastId: () => number }}
 */
export function follow({ url, token, onEvent, onState }) {
  let lastId = 0, failures = 0, closed = false, isReplaced = false, /** @type {AbortController} */ attempt, wake = () => {};

  async function readOnce() {
    attempt = new AbortController();
    const headers = { Accept: "text/event-stream", Authorization: `Bearer ${token}`, ...(lastId ? { "Last-Event-ID": String(lastId) } : {}) };
    const watch = watchdog(() => attempt.abort());
    try {
      const answer = await fetch(url, { headers, signal: attempt.signal, cache: "no-store" });
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429) return "ended";
      if (!answer.ok || !answer.body) return "waiting";
      onState("open");
      await readBody(answer.body, watch.touch);
    } catch (reason) {
      if (!isLostConnection(reason)) throw reason;
    } finally {
      watch.stop();
    }
    return isReplaced ? "replaced" : "waiting";
  }

  /** @param {ReadableStream<Uint8Array>} body @param {() => void} touch */
  async function readBody(body, touch) {
    const feed = createEventReader(), pieces = body.getReader(), decoder = new TextDecoder();
    for (let piece = await pieces.read(); !piece.done; piece = await pieces.read()) {
      touch();
      for (const event of feed(decoder.decode(piece.value, { stream: true }))) take(event);
    }
  }

  /** @param {{ id: string, data: string }} event */
  function take(event) {
    const id = Number(event.id);
    if (event.data === REPLACED) isReplaced = true;
    if (closed || !Number.isSafeInteger(id) || id <= lastId) return;
    lastId = id;
    failures = 0;
    onEvent({ id, data: JSON.parse(event.data) });
  }

  async function run() {
    while (!closed) {
      const outcome = await readOnce();
      if (closed) return;
      onState(/** @type {"waiting" | "replaced" | "ended"} */ (outcome));
      if (outcome !== "waiting") return;
      failures += 1;
      await new Promise((resolve) => {
        wake = () => resolve(undefined);
        setTimeout(resolve, waitBeforeRetry(failures, Math.random()));
      });
    }
  }

  const hurry = () => wake();
  window.addEventListener("online", hurry);
  const running = run();
  running.catch((reason) => { onState("ended"); throw reason; });
  return { lastId: () => lastId, close: () => { closed = true; attempt.abort(); wake(); window.removeEventListener("online", hurry); } };
}

/**
 * Tell a lost line (which we mend) from a mistake in the program (which must be seen).
 * @param {unknown} reason
 * @returns {boolean}
 */
export function isLostConnection(reason) {
  return reason instanceof TypeError || (reason instanceof DOMException && ["AbortError", "NetworkError", "TimeoutError"].includes(reason.name));
}

/** @param {() => void} onSilence */
function watchdog(onSilence) {
  let timer = setTimeout(onSilence, SILENCE_MS_MAX);
  return { touch: () => { clearTimeout(timer); timer = setTimeout(onSilence, SILENCE_MS_MAX); }, stop: () => clearTimeout(timer) };
}
