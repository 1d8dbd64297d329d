// @ts-check
/**
 * What their face does while they say nothing: at ease, listening to the shopper, thinking about the answer. Each state is a loop of motion that
 * the server made, like speech, so the player needs to know nothing of it: here the loops are faded one into the other and handed over as one.
 */

/** @typedef {import("../player/score.js").Score} Score */
/** @typedef {"idle" | "listening" | "thinking"} State */

const FADE_S = 0.45;

/**
 * @param {{ idle: Score, now: () => number }} stage
 */
export function createWaiting({ idle, now }) {
  /** @type {Map<State, { score: Score, beganS: number, share: number }>} */
  const loops = new Map([["idle", { score: idle, beganS: 0, share: 1 }]]);
  const row = new Float32Array(57);
  let /** @type {State} */ wanted = "idle", drawnS = now();

  return {
    /** A further state came. @param {State} state @param {Score} score */
    add(state, score) { loops.set(state, { score, beganS: 0, share: 0 }); },

    /** From now on they wait so; what has not come yet is idleness. @param {State} state */
    show(state) {
      const loop = loops.get(state);
      if (loop && state !== wanted && !loop.share && state !== "idle") loop.beganS = now(); // it is seen from its beginning on
      wanted = loop ? state : "idle";
    },

    /** All of it as one score, whatever moment it is asked for: the moment is now. @type {Score} */
    score: {
      frames: idle.frames, durationS: 0,
      at(_, out) {
        const nowS = now(), step = Math.max(0, nowS - drawnS) / FADE_S;
        drawnS = nowS;
        let sum = 0;
        for (const [state, loop] of loops) {
          loop.share = Math.min(1, Math.max(0, loop.share + (state === wanted ? step : -step)));
          sum += soft(loop.share);
        }
        out.fill(0);
        for (const { score, beganS, share } of loops.values()) {
          if (!share) continue;
          score.at((nowS - beganS) % score.durationS, row);
          for (let i = 0; i < row.length; i += 1) out[i] += (row[i] * soft(share)) / sum;
        }
        return out;
      },
    },
  };
}

/** @param {number} share */
function soft(share) {
  return share * share * (3 - 2 * share);
}
