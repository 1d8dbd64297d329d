// @ts-check
/**
 * The employee's picture. A still portrait stands there from the first moment; when the rig has come and the browser can draw it, the
 * living face takes its place. Without WebGL, with little data or after a failure the still portrait stays: they speak anyway.
 */
import { createWaiting } from "./waiting.js";

/** @typedef {import("./timeline.js").Spoken} Spoken */
/** @typedef {import("../player/performer.js").Performer} Performer */
/** @typedef {import("./waiting.js").State} State */

/** The panel's first picture comes first: making ready to draw keeps the graphics card, or the processor in its place, busy for long. */
const painted = new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
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

  /** @type {ReturnType<typeof createWaiting> | null} */ let waiting = null;
  let /** @type {State} */ state = "idle", drawnS = now();

  /** The same face, drawn half as often: a processor in place of a graphics card keeps up with that. @param {import("../player/face.js").Face} face */
  function seldom(face) {
    return {
      draw: (/** @type {Float32Array} */ values) => {
        const nowS = now();
        if (nowS - drawnS < SOFTWARE_S && nowS >= drawnS) return;
        drawnS = nowS;
        face.draw(values);
      },
    };
  }

  /** Fetch the loops of the other states, once the first picture is there. @param {Record<string, string>} states */
  async function learn(states) {
    for (const [name, url] of Object.entries(states)) {
      const score = await fetchJson(url);
      if (score && readScore) waiting?.add(/** @type {State} */ (name), readScore(score));
      waiting?.show(state);
    }
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
     * @param {{ idle?: string | object, states?: Record<string, string> }} motion how they wait: addresses of scores, `idle` perhaps the score itself
     * @param {import("./live_pictures.js").Line | null} [line] where pictures of their mouth come from, for who is drawn by a stage
     */
    async awake(rigUrl, { idle, states = {} }, line) {
      if (!rigUrl || POSTER_ONLY) return;
      const [engine, rig, idleScore] = await Promise.all([
        import("../player/engine.js"), fetch(rigUrl, { credentials: "omit" }), typeof idle === "string" ? fetchJson(idle) : idle,
      ]);
      if (!rig.ok) return;
      await painted;
      const gl = canvas.getContext("webgl2", { alpha: false, depth: false, antialias: false }); // the same the engine will get
      const isDrawnBySoftware = gl !== null && isSoftware(gl);
      const sidePx = (canvas.parentElement?.clientWidth || Infinity) * devicePixelRatio * (isDrawnBySoftware ? SOFTWARE_SHARE : 1);
      const face = await engine.createFace(canvas, await rig.arrayBuffer(), sidePx).catch(keepPoster);
      if (!face) return;
      gl?.viewport(0, 0, canvas.width, canvas.height);
      readScore = engine.readScore;
      const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
      const worn = { draw: (/** @type {Float32Array} */ values) => face.draw(pictures ? pictures.draw(values) : values) };
      waiting = idleScore && createWaiting({ idle: readScore(idleScore), now });
      performer = engine.createPerformer({ face: isDrawnBySoftware ? seldom(worn) : worn, now, idle: waiting && waiting.score, reducedMotion });
      canvas.hidden = false;
      poster.classList.add("behind");
      void learn(states);
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
    /** Let their face show that they listen or think. @param {State} wanted */
    wait(wanted) {
      state = wanted;
      /** @type {HTMLElement} */ (canvas.parentElement).dataset.waits = state; // for tests, and for whoever looks with the browser's tools
      waiting?.show(state);
    },
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
