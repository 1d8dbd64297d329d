// Points of a picture dragged elsewhere, as the server does it (avatar_pipeline/casting/drag_points.py): skin follows softly near
// them, in steps so small that nothing folds over, and slides over what lies behind; beyond their reach not one pixel changes.
// @ts-check
/** @typedef {{along: number, above: number, below: number, lean: number}} Reach as drag_points.py has it */
/** @typedef {{x: number, y: number, right: number, down: number, reach: Reach}} Pull */
/** @typedef {{at: number[][], push: number[][], reach: Reach[]}} Stage */
/** @typedef {{front: Float32Array, behind: Uint8ClampedArray}} LaidApart what moves (colours times share, share of 255), and what lies behind */

const STEP_SHARE = 0.15;
const STEPS_MAX = 60;
const ROUNDS = 3;

/**
 * Tell what moves in a picture from what lies behind it. `layers` is the server's sheet: what lies behind, and below it the share that moves.
 * @param {ImageData} source
 * @param {ImageData | null} layers without one all of it moves
 * @returns {LaidApart}
 */
export function layApart({ data, width, height }, layers) {
  const size = width * height * 4, front = new Float32Array(size), behind = data.slice();
  for (let at = 0; at < size; at += 4) {
    const seen = layers ? layers.data[size + at] / 255 : 1, share = seen < 0.02 ? 0 : seen > 0.98 ? 1 : seen;
    if (layers && share) behind.set(layers.data.subarray(at, at + 3), at);
    for (let c = 0; c < 3; c += 1) front[at + c] = Math.min(255 * share, Math.max(0, data[at + c] - (1 - share) * behind[at + c]));
    front[at + 3] = 255 * share;
  }
  return { front, behind };
}

/**
 * Draw `source` with its points pulled into `target`, both RGBA of the same size.
 * @param {ImageData} source
 * @param {LaidApart} apart
 * @param {ImageData} target
 * @param {Pull[]} pulls
 */
export function drawPulled(source, apart, target, pulls) {
  target.data.set(source.data);
  const stages = stagesOf(pulls).reverse();
  if (!stages.length) return;
  const [left, top, right, bottom] = boxOf(stages, source.width, source.height), place = [0, 0];
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      place[0] = x;
      place[1] = y;
      for (const stage of stages) goBack(stage, place);
      if (Math.abs(place[0] - x) > 1e-9 || Math.abs(place[1] - y) > 1e-9) lay(apart, target, (y * source.width + x) * 4, place);
    }
  }
}

/** @param {Pull[]} pulls @returns {Stage[]} */
function stagesOf(pulls) {
  const moving = pulls.filter(({ right, down }) => right || down), reach = moving.map((one) => one.reach);
  const least = reach.map(({ along, above, below }) => Math.min(along, above, below));
  const count = Math.min(STEPS_MAX, Math.max(1, ...moving.map((one, i) => Math.ceil(Math.hypot(one.right, one.down) / (STEP_SHARE * least[i])))));
  const step = moving.map(({ right, down }) => [right / count, down / count]);
  let at = moving.map(({ x, y }) => [x, y]);
  /** @type {Stage[]} */
  const stages = [];
  for (let n = 0; moving.length && n < count; n += 1) {
    const near = at.map(([x, y]) => at.map(([ox, oy], j) => shareOf(x - ox, y - oy, reach[j])));
    stages.push({ at, push: solve(near, step), reach });
    at = at.map(([x, y], i) => [x + step[i][0], y + step[i][1]]);
  }
  return stages;
}

/** Where a place was before this stage: found by asking where it came from. @param {Stage} stage @param {number[]} place */
function goBack(stage, place) {
  const [x, y] = place;
  let [dx, dy] = motion(stage, x, y);
  if (!dx && !dy && !touches(stage, x, y)) return;
  for (let n = 0; n < ROUNDS; n += 1) [dx, dy] = motion(stage, x - dx, y - dy);
  place[0] = x - dx;
  place[1] = y - dy;
}

/** @param {Stage} stage @param {number} x @param {number} y */
function motion({ at, push, reach }, x, y) {
  let right = 0, down = 0;
  for (let i = 0; i < at.length; i += 1) {
    const share = shareOf(x - at[i][0], y - at[i][1], reach[i]);
    right += share * push[i][0];
    down += share * push[i][1];
  }
  return [right, down];
}

/** @param {Stage} stage @param {number} x @param {number} y */
function touches({ at, reach }, x, y) {
  return at.some(([cx, cy], i) => shareOf(x - cx, y - cy, reach[i]) > 0);
}

/** How much of a push takes hold so far off: 1 at the point, exactly 0 from the reach on. @param {number} dx @param {number} dy @param {Reach} reach */
function shareOf(dx, dy, { along, above, below, lean }) {
  const cosine = Math.cos(lean), sine = Math.sin(lean), t = (dx * cosine + dy * sine) / along, across = dy * cosine - dx * sine;
  const left = 1 - Math.abs(across) / (across < 0 ? above : below);
  return left <= 0 || t * t >= 1 ? 0 : (1 - t * t) ** 2 * left ** 4 * (5 - 4 * left);
}

/** Solve a small system by elimination; neighbours push too, so each is pushed by what the others leave. @param {number[][]} matrix @param {number[][]} right */
function solve(matrix, right) {
  const rows = matrix.map((row, i) => [...row, ...right[i]]), n = rows.length;
  for (let i = 0; i < n; i += 1) {
    const best = rows.slice(i).reduce((found, row, k) => (Math.abs(row[i]) > Math.abs(rows[found][i]) ? i + k : found), i);
    [rows[i], rows[best]] = [rows[best], rows[i]];
    const pivot = Math.abs(rows[i][i]) < 1e-3 ? 1e-3 : rows[i][i];
    for (let k = 0; k < n; k += 1) {
      const share = k === i ? 0 : rows[k][i] / pivot;
      if (share) for (let j = i; j < n + 2; j += 1) rows[k][j] -= share * rows[i][j];
    }
    rows[i] = rows[i].map((value) => value / pivot);
  }
  return rows.map((row) => row.slice(n));
}

/** @param {Stage[]} stages @param {number} width @param {number} height */
function boxOf(stages, width, height) {
  const all = stages.flatMap(({ at, reach }) => at.map(([x, y], i) => [x, y, Math.hypot(reach[i].along, Math.max(reach[i].above, reach[i].below))]));
  const low = (/** @type {number} */ axis) => Math.max(0, Math.floor(Math.min(...all.map((one) => one[axis] - one[2]))) - 1);
  const high = (/** @type {number} */ axis, /** @type {number} */ size) => Math.min(size, Math.ceil(Math.max(...all.map((one) => one[axis] + one[2]))) + 2);
  return [low(0), low(1), high(0, width), high(1, height)];
}

/** Lay what comes from `place`, read between four pixels, over what lies behind. @param {LaidApart} apart @param {ImageData} target @param {number} to @param {number[]} place */
function lay({ front, behind }, { data, width, height }, to, place) {
  const x = Math.min(width - 1.001, Math.max(0, place[0])), y = Math.min(height - 1.001, Math.max(0, place[1]));
  const column = Math.floor(x), row = Math.floor(y), fx = x - column, fy = y - row, at = (row * width + column) * 4, under = at + width * 4;
  const read = (/** @type {number} */ c) => (front[at + c] * (1 - fx) + front[at + 4 + c] * fx) * (1 - fy) + (front[under + c] * (1 - fx) + front[under + 4 + c] * fx) * fy;
  const left = 1 - read(3) / 255;
  for (let c = 0; c < 3; c += 1) data[to + c] = read(c) + left * behind[to + c];
}
