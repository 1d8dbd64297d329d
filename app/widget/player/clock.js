// @ts-check
// Calls a function once per screen picture, and not at all while the page is hidden.

/**
 * @param {() => void} tick
 * @returns {() => void} stops the clock for good
 */
export function startClock(tick) {
  let running = true;
  const turn = () => {
    if (!running) return;
    if (!document.hidden) tick();
    requestAnimationFrame(turn);
  };
  requestAnimationFrame(turn);
  return () => void (running = false);
}
