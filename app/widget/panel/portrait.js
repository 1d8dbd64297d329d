// @ts-check
/**
 * The employee's picture. A still portrait stands there from the first moment; when the rig has come and the browser can draw it, the
 * living face takes its place. Without WebGL, with little data or after a failure the still portrait stays: they speak anyway.
 */

/** @typedef {import("./timeline.js").Spoken} Spoken */
/** @typedef {import("../player/performer.js").Performer} Performer */

/** The panel's first picture comes first: making ready to draw keeps the graphics card, or the processor in its place, busy for long. */
const painted = new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
const MOOD_S = 0.25;
/** What their face does beside the score, by channel of the score: brows, eyes and head while they are all ears, eyes aside while they think. */
const MOODS = /** @type {Record<string, [number, number][]>} */ ({
  hearing: [[6, 0.1], [13, 0.1], [43, 0.28], [44, 0.12], [45, 0.12], [23, 0.06], [24, 0.06], [52, 0.018], [54, 0.03]],
  listening: [[43, 0.1], [23, 0.05], [24, 0.05], [54, 0.012]],
  thinking: [[41, 0.1], [42, 0.1], [55, -0.07], [56, 0.12], [53, 0.02]],
});
const SOFTWARE_SHARE = 0.6; // of the pixels each way, where the processor pays for every one
const SOFTWARE_S = 0.025; // between its pictures: every second one of a screen, from the first on, instead of waiting until many were late
const POSTER_ONLY = /** @type {any} */ (navigator).connection?.saveData === true;

/**
 * @param {{ canvas: HTMLCanvasElement, poster: HTMLElement, now: () => number }} stage
 */
export function createPortrait({ canvas, poster, now }) {
  /** @type {Performer | null} */ let performer = null;
  /** @type {typeof import("../player/engine.js").readScore | null} */ let readScore = null;
  /** @type {ReturnType<typeof import("./live_pictures.js").createLivePictures> | null} */ let pictures = null;

  const [shown, goal, felt] = [0, 1, 2].map(() => new Float32Array(57));
  let mood = MOODS[""] || [], drawnS = now(), isDrawnBySoftware = false;

  /** The same face, with the mood laid softly over what the score says. @param {import("../player/face.js").Face} face */
  function feeling(face) {
    return {
      draw: (/** @type {Float32Array} */ values) => {
        const nowS = now(), sinceS = Math.max(0, nowS - drawnS), share = Math.min(1, sinceS / MOOD_S);
        if (isDrawnBySoftware && sinceS < SOFTWARE_S) return;
        drawnS = nowS;
        goal.fill(0);
        for (const [channel, amount] of mood) goal[channel] = amount;
        for (let i = 0; i < felt.length; i += 1) felt[i] = values[i] + (shown[i] += (goal[i] - shown[i]) * share);
        face.draw(felt);
      },
    };
  }

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
     * @param {import("./live_pictures.js").Line | null} [line] where pictures of their mouth come from, for who is drawn by a stage
     */
    async awake(rigUrl, idle, line) {
      if (!rigUrl || POSTER_ONLY) return;
      const [engine, rig, idleScore] = await Promise.all([
        import("../player/engine.js"), fetch(rigUrl, { credentials: "omit" }), typeof idle === "string" ? fetchJson(idle) : idle,
      ]);
      if (!rig.ok) return;
      await painted;
      const gl = canvas.getContext("webgl2", { alpha: false, depth: false, antialias: false }); // the same the engine will get
      isDrawnBySoftware = gl !== null && isSoftware(gl);
      const sidePx = (canvas.parentElement?.clientWidth || Infinity) * devicePixelRatio * (isDrawnBySoftware ? SOFTWARE_SHARE : 1);
      const face = await engine.createFace(canvas, await rig.arrayBuffer(), sidePx).catch(keepPoster);
      if (!face) return;
      gl?.viewport(0, 0, canvas.width, canvas.height);
      readScore = engine.readScore;
      const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
      const worn = { draw: (/** @type {Float32Array} */ values) => face.draw(pictures ? pictures.draw(values) : values) };
      performer = engine.createPerformer({ face: reducedMotion ? worn : feeling(worn), now, idle: idleScore ? readScore(idleScore) : null, reducedMotion });
      canvas.hidden = false;
      poster.classList.add("behind");
      if (!line || !idleScore) return;
      const home = new Float32Array(57);
      readScore(idleScore).at(0, home);
      pictures = (await import("./live_pictures.js")).createLivePictures({ line, canvas, now, home });
    },
    /** Move their lips with a planned sentence. @param {Spoken} spoken */
    speak(spoken) {
      const { sentence, startS } = spoken;
      if (performer && readScore && sentence.score) performer.play(readScore(sentence.score), startS);
      pictures?.speak(spoken);
    },
    /** Let their face show that they listen or think. @param {string} name one of MOODS, or "" */
    mood(name) { mood = MOODS[name] || []; },
    /** Close their mouth at once. */
    hush() { performer?.stop(); pictures?.hush(); },
  };
}

/** Whether the processor draws in place of a graphics card. @param {WebGL2RenderingContext} gl */
function isSoftware(gl) {
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  return /swift|soft|llvm|basic/i.test(String(gl.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER)));
}

/**
 * A browser without WebGL, or a rig it cannot read: the developer of the page may know, the shopper needs not.
 * @param {Error} reason
 */
function keepPoster(reason) {
  console.info(`Tillhand: ${reason.message}`);
  return null;
}
