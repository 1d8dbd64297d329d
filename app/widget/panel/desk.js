// @ts-check
/**
 * What the panel asks of the server, one function per request. A refusal comes back as ServerRefused with the server's own
 * problem document, so that the page can say what to do; a lost connection stays the browser's error.
 */

/** @typedef {{ status: number, title?: string, detail?: string }} Problem */
/** @typedef {{ conversation: string, token: string, events_url: string, rig_url?: string, idle?: any, states?: Record<string, string>, pictures_url?: string | null, history_until?: number }} Opened */

const PATIENCE_MS = 15_000;

/** The server answered, and the answer was no. */
export class ServerRefused extends Error {
  /** @param {Problem} problem @param {number} retryAfterS seconds the server asked us to wait, 0 if it did not say */
  constructor(problem, retryAfterS) {
    super(problem.detail || problem.title || `The server answered ${problem.status}.`);
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }

  /** A later try of the same request may succeed. */
  get isPassing() {
    return this.problem.status >= 500 || this.problem.status === 408 || this.problem.status === 429;
  }
}

/**
 * @param {string} path
 * @param {object} body sent as JSON
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>} the answer's JSON, or null when it has none
 */
function post(path, body, headers = {}) {
  return call("POST", path, { "Content-Type": "application/json", ...headers }, JSON.stringify(body));
}

/**
 * @param {string} method @param {string} path @param {Record<string, string>} headers @param {string} [body]
 * @returns {Promise<any>} the answer's JSON, its picture, or null
 */
async function call(method, path, headers, body) {
  const answer = await fetch(path, { method, body, credentials: "omit", keepalive: true, headers, signal: AbortSignal.timeout(PATIENCE_MS) });
  const kind = answer.headers.get("Content-Type") || "";
  const content = /json/.test(kind) ? await answer.json() : /^image/.test(kind) ? await answer.blob() : null;
  if (!answer.ok) throw new ServerRefused({ ...content, status: answer.status }, Number(answer.headers.get("Retry-After")) || 0);
  return content;
}

/**
 * Open a conversation, or take one up again with its earlier token.
 * @param {string} key
 * @param {{ visitor: string, page_url: string, language: string, resume?: string }} facts
 * @returns {Promise<Opened>}
 */
export function openConversation(key, facts) {
  return post(`/w/${key}/conversations`, facts);
}

/**
 * The requests of one open conversation.
 * @param {string} key
 * @param {Opened} opened
 */
export function createDesk(key, opened) {
  const path = `/w/${key}/conversations/${opened.conversation}`;
  const pass = { Authorization: `Bearer ${opened.token}` };
  return {
    /** Where the microphone's line is, and the pass for its first message. */
    ear: { path: `${path}/microphone`, token: opened.token },
    /** @param {string} text @param {string} messageKey @returns {Promise<{ turn: string }>} */
    ask: (text, messageKey) => post(`${path}/messages`, { text }, { ...pass, "Idempotency-Key": messageKey }),
    /** @param {string} turn @param {number} sentence @param {number} ms @param {number} [length] characters of the words heard @returns {Promise<null>} */
    interrupt: (turn, sentence, ms, length) => post(`${path}/interrupt`, { turn, heard_sentence: sentence, heard_ms: ms, ...(length === undefined ? {} : { heard_length: length }) }, pass),
    /** @param {string} text @returns {Promise<{ sentences: any[] }>} */
    say: (text) => post(`${path}/say`, { text }, pass),
    /** @param {string} token @returns {Promise<null>} */
    identify: (token) => post(`${path}/identity`, { token }, pass),
    /** @param {{ kind: string, name?: string, facts: object }} told @returns {Promise<null>} */
    tell: (told) => post(`${path}/happenings`, told, pass),
    /** @param {string} code @returns {Promise<null>} */
    shown: (code) => post(`${path}/offers/${encodeURIComponent(code)}/shown`, {}, pass),
    /** @param {string} code @returns {Promise<null>} */
    claim: (code) => post(`${path}/offers/${encodeURIComponent(code)}/claimed`, {}, pass),
    /** @param {{ turn: string, text: string, name: string, reply_to: string }} note @param {string} noteKey */
    leaveNote: (note, noteKey) => post(`${path}/notes`, note, { ...pass, "Idempotency-Key": noteKey }),
    /** @param {string} turn @returns {Promise<Blob>} the picture of the card made in it */
    card: (turn) => call("GET", `${path}/cards/${turn}`, pass),
    /** @param {string} turn @returns {Promise<import("./greeting_film.js").Made>} the film ordered in it: where it is watched, and its picture */
    film: async (turn) => ({ ...await call("GET", `${path}/films/${turn}`, pass), poster: await call("GET", `${path}/films/${turn}/poster`, pass) }),
    /** @returns {Promise<import("./memory.js").Told>} what is remembered of the shopper */
    memory: () => call("GET", `${path}/memory`, pass),
    /** @returns {Promise<null>} */
    forget: () => call("DELETE", `${path}/memory`, pass),
  };
}
