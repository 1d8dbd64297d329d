// @ts-check
/**
 * The one clock that sound, lips and captions share, in seconds. While sound may play it is the time of the sample that is at the
 * ear now, as the sound card tells it, carried on between its reports by the computer's clock (the card's own steps are up to 20 ms
 * long); where a browser does not say, the card's time less its delay. Before that (a browser that wants a tap first) it is the computer's time. It never jumps at the change,
 * so captions that began silently go on with sound.
 */

const REPORT_S = 0.05; // asking the card takes longer than all else that is done for a picture

/**
 * @param {AudioContext | null} context null where the browser has no Web Audio
 * @param {() => number} [computerTimeS]
 */
export function createClock(context, computerTimeS = () => performance.now() / 1000) {
  let isSounding = false, shiftS = 0, askedS = -1, contextTime = 0, performanceTime = 0;

  function heardS() {
    if (!context) return 0;
    const nowS = computerTimeS();
    if (nowS - askedS > REPORT_S) {
      ({ contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp?.() || {});
      askedS = nowS;
    }
    if (contextTime > 0) return Math.min(context.currentTime, contextTime + nowS - performanceTime / 1000);
    return context.currentTime - (context.outputLatency || context.baseLatency || 0);
  }

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
