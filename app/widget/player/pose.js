// @ts-check
// From one row of a score to a posture: the same sums as avatar_pipeline/rig/pose.py, in the same order.

export const OPEN_JAW = 0.85;
const [JAW, CLOSE, FUNNEL, PUCKER] = [17, 18, 19, 20];
const PULLS = [37, 38, 39, 40]; // mouthLowerDown and mouthUpperUp, both sides
const LOOKS = [[1, 4], [8, 11]]; // eyeLookDown and eyeLookUp of the left and the right eye

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * @typedef {object} Pose
 * @property {Float32Array} units 52 values, 0..1
 * @property {number} pitch
 * @property {number} yaw
 * @property {number} roll
 * @property {[number, number]} gaze right and down, radians
 * @property {number} open how far the lips are apart, 0..1
 * @property {number} parted 0 while the lips touch
 * @property {[number, number]} shut left and right eye, 0..1
 * @property {number} rounded
 */

/**
 * @param {Float32Array} values 57 numbers of a score's row
 * @returns {Pose}
 */
export function readPose(values) {
  const units = Float32Array.from(values.subarray(0, 52), (v) => clamp(v, 0, 1));
  const [pitch, yaw, roll] = [52, 53, 54].map((i) => clamp(values[i], -0.14, 0.14));
  const [down, right] = [55, 56].map((i) => clamp(values[i], -0.5, 0.5));
  for (const [lookDown, lookUp] of LOOKS) {
    units[lookDown] = Math.max(units[lookDown], clamp(down * 2, 0, 1));
    units[lookUp] = Math.max(units[lookUp], clamp(-down * 2, 0, 1));
  }
  const gap = (units[JAW] - units[CLOSE]) / OPEN_JAW;
  const pull = PULLS.reduce((sum, i) => sum + units[i], 0);
  return {
    units, pitch, yaw, roll, gaze: [right, down], open: clamp(gap, 0, 1), parted: clamp(gap * 25 + pull * 4, 0, 1),
    shut: [units[0], units[7]], rounded: clamp(units[PUCKER] * 1.2 + units[FUNNEL] * 0.6, 0, 1),
  };
}

/**
 * How far the head's turn moves a point.
 * @param {Pose} pose
 * @param {number} x
 * @param {number} y
 * @param {number} z
 * @param {number[]} pivot
 * @returns {[number, number]}
 */
export function headShift(pose, x, y, z, pivot) {
  return [pose.yaw * z + pose.roll * (y - pivot[1]), pose.pitch * z - pose.roll * (x - pivot[0])];
}

/**
 * Vertex positions without the head's turn, which the graphics card adds.
 * @param {import("./rig.js").Tables} tables
 * @param {Float32Array} units
 * @param {Float32Array} out V*2
 */
export function moveVertices(tables, units, out) {
  out.set(tables.xy);
  tables.units.forEach(({ vertices, moves, step }, index) => {
    const amount = units[index] * step;
    if (!amount) return;
    for (let i = 0; i < vertices.length; i += 1) {
      out[vertices[i] * 2] += moves[i * 2] * amount;
      out[vertices[i] * 2 + 1] += moves[i * 2 + 1] * amount;
    }
  });
}

/**
 * Top left of one part of the mouth: it rides on the jaw and turns with the head.
 * @param {any} head rig.json
 * @param {Pose} pose
 * @param {number} index
 * @returns {[number, number]}
 */
export function spriteCorner(head, pose, index) {
  const { at, box, z, follows_jaw: follows } = head.sprites[index];
  /** @type {number[][]} */ const jaw = head.jaw;
  const ride = [0, 1].map((axis) => follows * jaw.reduce((sum, row, i) => sum + row[axis] * pose.units[i], 0));
  const [dx, dy] = headShift(pose, at[0] + box[2] / 2 + ride[0], at[1] + box[3] / 2 + ride[1], z, head.pivot);
  return [at[0] + ride[0] + dx, at[1] + ride[1] + dy];
}

/**
 * How bright one part of the mouth stands (throat, lower teeth, upper teeth): red, green, blue.
 * @param {Pose} pose
 * @param {number} index
 * @returns {[number, number, number]}
 */
export function spriteLight(pose, index) {
  const dark = [0.62, 0.74, 0.92][index];
  const light = (dark + (1 - dark) * Math.min(1, pose.open * 2.2)) * (1 - 0.85 * pose.rounded ** 2);
  return [light, light ** 1.1, light ** 1.3];
}
