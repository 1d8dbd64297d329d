// @ts-check
/**
 * Her picture. A still portrait stands there from the first moment; when the rig has come and the browser can draw it, the
 * living face takes its place. Without WebGL, with little data or after a failure the still portrait stays: she speaks anyway.
 */

/** @typedef {import("./timeline.js").Spoken} Spoken */
/** @typedef {import("../player/performer.js").Performer} Performer */

const POSTER_ONLY = /** @type {any} */ (navigator).connection?.saveData === true;

/**
 * @param {{ canvas: HTMLCanvasElement, poster: HTMLElement, now: () => number }} stage
 */
export function createPortrait({ canvas, poster, now }) {
  /** @type {Performer | null} */ let performer = null;
  /** @type {typeof import("../player/engine.js").readScore | null} */ let readScore = null;

  /** @param {string} url @returns {Promise<any>} JSON, or null when it did not come */
  async function fetchJson(url) {
    const answer = await fetch(url, { credentials: "omit" });
    return answer.ok ? answer.json() : null;
  }

  return {
    /**
     * Bring the face to life.
     * @param {string | undefined} rigUrl
     * @param {string | object | undefined} idle an address of the idle score, or the score
     */
    async awake(rigUrl, idle) {
      if (!rigUrl || POSTER_ONLY) return;
      const [engine, rig, idleScore] = await Promise.all([
        import("../player/engine.js"), fetch(rigUrl, { credentials: "omit" }), typeof idle === "string" ? fetchJson(idle) : idle,
      ]);
      if (!rig.ok) return;
      const sidePx = (canvas.parentElement?.clientWidth || Infinity) * devicePixelRatio;
      const face = await engine.createFace(canvas, await rig.arrayBuffer(), sidePx).catch(keepPoster);
      if (!face) return;
      readScore = engine.readScore;
      const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
      performer = engine.createPerformer({ face, now, idle: idleScore ? readScore(idleScore) : null, reducedMotion });
      canvas.hidden = false;
      poster.classList.add("behind");
    },
    /** Move her lips with a planned sentence. @param {Spoken} spoken */
    speak({ sentence, startS }) {
      if (performer && readScore && sentence.score) performer.play(readScore(sentence.score), startS);
    },
    /** Close her mouth at once. */
    hush() { performer?.stop(); },
  };
}

/**
 * A browser without WebGL, or a rig it cannot read: the developer of the page may know, the shopper needs not.
 * @param {Error} reason
 */
function keepPoster(reason) {
  console.info(`Tillhand: ${reason.message}`);
  return null;
}
