// @ts-check
/**
 * The one clock that sound, lips and captions share, in seconds. While sound may play it is the sound card's time less the
 * delay to the ear; before that (a browser that wants a tap first) it is the computer's time. It never jumps at the change,
 * so captions that began silently go on with sound.
 */

/**
 * @param {AudioContext | null} context null where the browser has no Web Audio
 * @param {() => number} [computerTimeS]
 */
export function createClock(context, computerTimeS = () => performance.now() / 1000) {
  let isSounding = false, shiftS = 0;

  const heardS = () => (context ? context.currentTime - (context.outputLatency || context.baseLatency || 0) : 0);

  /** Seconds now. */
  function now() {
    if (!isSounding && context?.state === "running") {
      shiftS = computerTimeS() - heardS();
      isSounding = true;
    }
    return isSounding ? heardS() + shiftS : computerTimeS();
  }

  return {
    now,
    /** Whether the sound card drives the clock. */
    isSounding: () => (now(), isSounding),
    /** The sound card's own time for a moment of this clock. @param {number} momentS */
    toContext: (momentS) => momentS - shiftS,
  };
}
