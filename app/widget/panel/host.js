// @ts-check
/**
 * The door between the panel and the shop's page. The first message must come from our parent, from an origin the server
 * listed, and carry a port; after that both sides speak only through the port and unknown types are ignored.
 */

/** @typedef {{ visitor: string, consent: boolean, page: { url: string, title: string }, theme?: string, mode?: string }} Hello */
/** @typedef {{ hello: Hello, tell: (type: string, payload?: object) => void }} Host */

const VERSION = 1;
/** The panel is painted before it gets to work, and the page may greet it meanwhile. @type {MessageEvent[]} */
const early = [];
/** @param {MessageEvent} message */
const keep = (message) => { early.push(message); };
globalThis.addEventListener?.("message", keep);

/**
 * Decide whether a message is the greeting we wait for.
 * @param {{ source: unknown, origin: string, data: any, ports: readonly unknown[] }} message
 * @param {unknown} parent
 * @param {readonly string[]} allowedOrigins
 * @returns {boolean}
 */
export function isGreeting(message, parent, allowedOrigins) {
  const { data } = message;
  return message.source === parent && isAllowed(message.origin, allowedOrigins) && message.ports.length === 1
    && data?.ns === "tillhand" && data.v === VERSION && data.type === "hello" && typeof data.visitor === "string";
}

/**
 * Whether an origin is one of the shop's places; `https://*.shop.example` stands for every subdomain.
 * @param {string} origin
 * @param {readonly string[]} places
 */
export function isAllowed(origin, places) {
  return places.some((place) => {
    const [scheme, rest] = place.split("://*.");
    return rest === undefined ? origin === place : origin.startsWith(`${scheme}://`) && origin.endsWith(`.${rest}`);
  });
}

/**
 * Wait for the page's greeting, once.
 * @param {readonly string[]} allowedOrigins
 * @param {Record<string, (payload: any) => void>} handlers by message type, see page_calls.js
 * @returns {Promise<Host>}
 */
export function waitForHost(allowedOrigins, handlers) {
  return new Promise((resolve) => {
    /** @param {MessageEvent} message */
    const hear = (message) => {
      if (!isGreeting(message, window.parent, allowedOrigins)) return;
      window.removeEventListener("message", hear);
      resolve(throughPort(message.ports[0], message.data, handlers));
    };
    window.removeEventListener("message", keep);
    window.addEventListener("message", hear);
    early.splice(0).forEach(hear);
  });
}

/**
 * @param {MessagePort} port
 * @param {Hello} hello
 * @param {Record<string, (payload: any) => void>} handlers
 * @returns {Host}
 */
function throughPort(port, hello, handlers) {
  port.onmessage = ({ data }) => {
    if (data?.ns === "tillhand" && data.v === VERSION && Object.hasOwn(handlers, data.type)) handlers[data.type](data.payload);
  };
  return { hello, tell: (type, payload = {}) => port.postMessage({ ns: "tillhand", v: VERSION, type, payload }) };
}
