// @ts-check
// Calls a function for the screen's pictures, no oftener than it asks for, and not at all while the page is hidden. A machine that
// cannot keep up is from then on asked for at most thirty pictures a second: evenly spaced ones look better than more that stumble.

const LATE_MS = 25;
const LATE_PICTURES_MAX = 5;
const SLOW_MS = 30;

/**
 * @param {() => number} tick gives how many milliseconds the next picture is away at least
 * @returns {() => void} stops the clock for good
 */
export function startClock(tick) {
  let running = true, due = 0, before = Infinity, late = 0;
  const turn = (/** @type {number} */ moment) => {
    if (!running) return;
    if (moment - before > LATE_MS) late += 1;
    before = moment;
    if (!document.hidden && moment >= due) due = moment + Math.max(tick(), late > LATE_PICTURES_MAX ? SLOW_MS : 0);
    requestAnimationFrame(turn);
  };
  requestAnimationFrame(turn);
  return () => void (running = false);
}
