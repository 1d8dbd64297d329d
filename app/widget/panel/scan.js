// @ts-check
/**
 * A coupon's code as a till's scanner reads it: a QR symbol and bars (Code 128), drawn from what the server reckoned. Always dark on
 * white with the quiet zone around, also at night, because scanners need it so.
 */

const SPACE = "http://www.w3.org/2000/svg";
const QUIET_SQUARES = 4, QUIET_BARS = 10, BAR_HEIGHT = 46;

/**
 * @param {string} name the class, which says how large it is shown
 * @param {number} width @param {number} height in modules
 * @param {string} path dark areas
 * @param {string} label what a screen reader says
 */
function picture(name, width, height, path, label) {
  const svg = document.createElementNS(SPACE, "svg"), dark = document.createElementNS(SPACE, "path");
  const attributes = { class: name, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  dark.setAttribute("d", path);
  svg.append(dark);
  return svg;
}

/**
 * @param {string[]} rows of the QR symbol, "1" a dark square
 * @param {string} label
 */
export function squares(rows, label) {
  const path = rows.flatMap((row, y) => [...row.matchAll(/1+/g)].map((run) =>
    `M${QUIET_SQUARES + run.index} ${QUIET_SQUARES + y}h${run[0].length}v1h-${run[0].length}z`)).join("");
  const side = rows.length + 2 * QUIET_SQUARES;
  return picture("scan-squares", side, side, path, label);
}

/**
 * @param {string} widths of bars and gaps, bar first
 * @param {string} label
 */
export function bars(widths, label) {
  let left = QUIET_BARS, path = "";
  [...widths].forEach((width, place) => {
    if (place % 2 === 0) path += `M${left} 0h${width}v${BAR_HEIGHT}h-${width}z`;
    left += Number(width);
  });
  return picture("scan-bars", left + QUIET_BARS, BAR_HEIGHT, path, label);
}
