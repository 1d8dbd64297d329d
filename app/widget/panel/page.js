// @ts-check
/**
 * What the server wrote into the page: which shop's key, which words in which language, who may embed us. And the few
 * ways the other modules find and make parts of the page, so that no text from outside is ever read as HTML.
 */

const root = document.documentElement;

/** @type {Readonly<Record<string, string>>} */
const texts = Object.freeze(JSON.parse(root.dataset.texts || "{}"));

export const key = root.dataset.key || "";
export const language = root.lang || "en";
export const employeeName = root.dataset.employee || "";
export const allowedOrigins = (document.querySelector('meta[name="tillhand-origins"]')?.getAttribute("content") || "").split(" ").filter(Boolean);

/**
 * Give a text of the catalogue in the page's language. `{name}` is the employee; other placeholders come from `values`.
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 * @returns {string} the name itself when the catalogue lacks it, so that a gap is seen and not blank
 */
export function say(name, values = {}) {
  const known = { name: employeeName, ...values };
  return (texts[name] ?? name).replace(/\{(\w+)\}/g, (whole, word) => String(/** @type {any} */ (known)[word] ?? whole));
}

/**
 * Find the one part of the page with this name.
 * @param {string} name
 * @returns {HTMLElement}
 */
export function part(name) {
  return /** @type {HTMLElement} */ (document.querySelector(`[data-part="${name}"]`));
}

/**
 * Make an element; strings become text, never markup.
 * @param {string} tag
 * @param {Record<string, any>} [properties] set as properties; "data" and "aria" take objects of attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(tag, properties = {}, ...children) {
  const { data = {}, aria = {}, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, String(value));
  element.append(...children);
  return element;
}

/**
 * Make one of the page's line icons.
 * @param {string} name the part after "icon-"
 * @returns {SVGElement}
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#icon-${name}`);
  picture.setAttribute("aria-hidden", "true");
  picture.append(use);
  return picture;
}

/**
 * Say a moment in the reader's way, for example "22 Nov, 18:00".
 * @param {string} moment ISO 8601
 * @returns {string}
 */
export function readableDate(moment) {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return moment;
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(date);
}
