// @ts-check
// Reads a motion score (tillhand-score/1): 50 rows a second, 57 channels; between rows it is read linearly.

const NAMES = (
  "eyeBlinkLeft eyeLookDownLeft eyeLookInLeft eyeLookOutLeft eyeLookUpLeft eyeSquintLeft eyeWideLeft " +
  "eyeBlinkRight eyeLookDownRight eyeLookInRight eyeLookOutRight eyeLookUpRight eyeSquintRight eyeWideRight " +
  "jawForward jawLeft jawRight jawOpen mouthClose mouthFunnel mouthPucker mouthLeft mouthRight mouthSmileLeft mouthSmileRight " +
  "mouthFrownLeft mouthFrownRight mouthDimpleLeft mouthDimpleRight mouthStretchLeft mouthStretchRight mouthRollLower mouthRollUpper " +
  "mouthShrugLower mouthShrugUpper mouthPressLeft mouthPressRight mouthLowerDownLeft mouthLowerDownRight mouthUpperUpLeft " +
  "mouthUpperUpRight browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft " +
  "cheekSquintRight noseSneerLeft noseSneerRight tongueOut headPitch headYaw headRoll gazePitch gazeYaw"
).split(" ");
const RATE_HZ = 50;

/** @typedef {{frames: number, durationS: number, at: (timeS: number, out: Float32Array) => Float32Array}} Score */

/**
 * Read a score's JSON. Throws for unknown versions, rates and channels, and when the numbers are not all there.
 * @param {any} json the object, or its text
 * @returns {Score}
 */
export function readScore(json) {
  const { format, rate_hz: rate, frames, channels, data } = typeof json === "string" ? JSON.parse(json) : json;
  if (format !== "tillhand-score/1" || rate !== RATE_HZ) throw new Error(`This player reads tillhand-score/1 at 50 Hz.`);
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const places = channels.map((/** @type {string} */ name) => NAMES.indexOf(name));
  if (!(frames > 0) || places.includes(-1) || bytes.length !== frames * places.length * 2) throw new Error("This motion score is damaged.");
  const width = places.length; // a score is little-endian, as every machine with a browser is
  const table = Float64Array.from(new Int16Array(bytes.buffer), (step, i) => step / (places[i % width] < 52 ? 32767 : 10000));
  /** @type {Score["at"]} */
  const at = (timeS, out) => {
    const place = Math.min(frames - 1, Math.max(0, timeS * RATE_HZ));
    const row = Math.floor(place) * width, next = row + width < table.length ? row + width : row, share = place % 1;
    out.fill(0);
    for (let i = 0; i < width; i += 1) out[places[i]] = table[row + i] + (table[next + i] - table[row + i]) * share;
    return out;
  };
  return { frames, durationS: (frames - 1) / RATE_HZ, at };
}
