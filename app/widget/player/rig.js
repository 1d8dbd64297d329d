// @ts-check
// Cuts a tillhand-rig/1 into what the player needs: the head of the file, tables of numbers, pictures.
import { unzip } from "./unzip.js";

/** A rig's pictures; a face keeps each on the texture unit of its place here. */
export const LAYERS = ["background", "person", "open", "closed", "eyeballs", "mouth"];
const UNITS = 52;

/**
 * @typedef {{vertices: Uint16Array, moves: Int8Array, step: number}} Unit which vertices a unit moves, and how far in steps
 * @typedef {object} Tables numbers of V vertices, T triangles and a G x G grid; positions in the rig's pixels
 * @property {Float32Array} xy V*2
 * @property {Float32Array} z V
 * @property {Uint16Array} triangles T*3
 * @property {Float32Array} sway V
 * @property {Float32Array} open V*2
 * @property {Float32Array} closed V*2
 * @property {Float32Array} lash V
 * @property {Float32Array} gridZ G*G
 * @property {Float32Array} gridSway G*G
 * @property {Unit[]} units
 * @typedef {{head: any, tables: Tables, pictures: Record<string, ImageBitmap>}} Rig
 */

/**
 * Read a rig file. Throws for unknown versions and missing parts.
 * @param {ArrayBuffer} buffer
 * @returns {Promise<Rig>}
 */
export async function readRig(buffer) {
  const parts = unzip(buffer);
  /** @param {string} name */
  const part = (name) => {
    const bytes = parts.get(name);
    if (!bytes) throw new Error(`This rig lacks ${name}.`);
    return bytes;
  };
  const head = JSON.parse(new TextDecoder().decode(part("rig.json")));
  if (head.format !== "tillhand-rig/1") throw new Error(`This player reads tillhand-rig/1, not ${head.format}.`);
  /** @type {Record<string, ImageBitmap>} */
  const pictures = {};
  await Promise.all(LAYERS.map(async (name) => {
    const blob = new Blob([/** @type {any} */ (part(name + ".webp"))], { type: "image/webp" });
    pictures[name] = await createImageBitmap(blob, { premultiplyAlpha: "premultiply", colorSpaceConversion: "none" });
  }));
  return { head, tables: cut(part("mesh.bin"), head), pictures };
}

/**
 * @param {Uint8Array} bytes mesh.bin; its tables lie one after another, each padded to four bytes (tables.py)
 * @param {any} head
 * @returns {Tables}
 */
function cut(bytes, head) {
  const { vertices: count, grid, unit_step: steps } = head;
  const step = head.size_px / 32768;
  const copy = bytes.slice();
  let offset = 0;
  /**
   * @template T
   * @param {new (buffer: ArrayBuffer, offset: number, length: number) => T} kind
   * @param {number} length
   * @param {number} width bytes of one number
   */
  const take = (kind, length, width) => {
    const table = new kind(copy.buffer, offset, length);
    offset += Math.ceil((length * width) / 4) * 4;
    return table;
  };
  const place = (/** @type {number} */ length) => Float32Array.from(take(Int16Array, length, 2), (v) => v * step);
  const share = (/** @type {number} */ length) => Float32Array.from(take(Uint8Array, length, 1), (v) => v / 255);
  const tables = {
    xy: place(count * 2), z: place(count), triangles: take(Uint16Array, head.triangles * 3, 2), sway: share(count),
    open: share(count * 2), closed: share(count * 2), lash: share(count), gridZ: place(grid * grid), gridSway: share(grid * grid),
  };
  const maskSize = (count + 7) >> 3;
  const masks = take(Uint8Array, UNITS * maskSize, 1);
  const moves = new Int8Array(copy.buffer, offset);
  return { ...tables, units: readUnits(masks, moves, maskSize, steps) };
}

/**
 * @param {Uint8Array} masks one bit per unit and vertex
 * @param {Int8Array} moves x and y for every set bit
 * @param {number} maskSize
 * @param {number[]} steps
 * @returns {Unit[]}
 */
function readUnits(masks, moves, maskSize, steps) {
  let used = 0;
  return steps.map((step, unit) => {
    const moving = [];
    for (let vertex = 0; vertex < maskSize * 8; vertex += 1) {
      if ((masks[unit * maskSize + (vertex >> 3)] >> (vertex & 7)) & 1) moving.push(vertex);
    }
    const from = used;
    used += moving.length * 2;
    return { vertices: Uint16Array.from(moving), moves: moves.subarray(from, used), step };
  });
}
