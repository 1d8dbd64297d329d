// @ts-check
// Draws a face from a rig with WebGL: wall, person, eyeballs, inside of the mouth, moving skin, in that order.
import { arrange, buffer, program, texture } from "./card.js";
import { OPEN_JAW, headShift, moveVertices, readPose, spriteCorner, spriteLight } from "./pose.js";
import { LAYERS, readRig } from "./rig.js";
import { EYE, SKIN, STILL } from "./shaders.js";

/** @typedef {import("./rig.js").Rig} Rig */
/** @typedef {import("./pose.js").Pose} Pose */
/** @typedef {{draw: (values: Float32Array) => void}} Face */

const WHITE = [1, 1, 1, 1];
const OVERSCAN = 0.08;
const QUAD = new Float32Array([0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0]);

/**
 * Make a face ready on a canvas, which is set to as many pixels as are seen, at most the rig's own; scale it with CSS. Edges
 * are not smoothed by four samples for each pixel: it doubles the work of a machine without a graphics card and is hardly seen.
 * Throws when the rig cannot be read or the browser has no WebGL.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayBuffer} rigArrayBuffer
 * @param {number} [sidePx] of the canvas on the screen
 * @returns {Promise<Face>}
 */
export async function createFace(canvas, rigArrayBuffer, sidePx = Infinity) {
  const rig = await readRig(rigArrayBuffer);
  canvas.width = canvas.height = Math.min(rig.head.size_px, Math.ceil(sidePx));
  const gl = canvas.getContext("webgl2", { alpha: false, depth: false, antialias: false });
  if (!gl) throw new Error("No WebGL here.");
  const last = new Float32Array(57).fill(NaN);
  let stage = prepare(gl, rig);
  const draw = (/** @type {Float32Array} */ values) => {
    if (gl.isContextLost() || last.every((value, i) => value === values[i])) return; // what nobody would see is not drawn
    last.set(values);
    drawFrame(gl, rig, stage, readPose(values));
  };
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault()); // says: we want the context back
  canvas.addEventListener("webglcontextrestored", () => {
    const values = last.slice();
    stage = prepare(gl, rig);
    last.fill(NaN);
    draw(values);
  });
  return { draw };
}

/**
 * Everything that lives on the graphics card. What no frame changes is said here once; a frame then needs some forty calls.
 * @param {WebGL2RenderingContext} gl
 * @param {Rig} rig
 */
function prepare(gl, { head, tables, pictures }) {
  const [still, eye, skin] = [STILL, EYE, SKIN].map((sources) => program(gl, sources));
  LAYERS.forEach((name, unit) => texture(gl, pictures[name], unit));
  for (const { id, uniforms } of [still, eye, skin]) {
    gl.useProgram(id);
    gl.uniform1f(uniforms.size, head.size_px);
    gl.uniform2fv(uniforms.pivot, head.pivot);
    LAYERS.forEach((name, unit) => uniforms[name] && gl.uniform1i(uniforms[name], unit));
  }
  gl.useProgram(eye.id);
  gl.uniform4fv(eye.uniforms.sheet, [...head.layers.eyeballs, pictures.eyeballs.width, pictures.eyeballs.height]);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.frontFace(gl.CW);
  const [points, order] = gridTables(head, tables, gl.canvas.width * 2 > head.size_px ? 1 : 2), moved = new Float32Array(tables.xy.length);
  const quad = buffer(gl, QUAD), gridPoints = buffer(gl, points), gridOrder = buffer(gl, order), skinOrder = buffer(gl, tables.triangles);
  const movedBuffer = buffer(gl, moved);
  return {
    still, eye, skin, moved, movedBuffer, gridCount: order.length,
    grid: arrange(gl, still, { point: [gridPoints, 4] }, gridOrder),
    parts: arrange(gl, still, { point: [quad, 4] }),
    balls: arrange(gl, eye, { point: [quad, 4] }),
    face: arrange(gl, skin, {
      moved: [movedBuffer, 2], rest: [buffer(gl, tables.xy), 2], other: [buffer(gl, otherPlaces(head, tables, pictures)), 4],
      shares: [buffer(gl, woven([[tables.open, 2], [tables.closed, 2]])), 4],
      body: [buffer(gl, woven([[tables.z, 1], [tables.sway, 1], [tables.lash, 1]])), 3],
    }, skinOrder),
  };
}

/** @typedef {ReturnType<typeof prepare>} Stage */

/**
 * Lay tables side by side: one row per vertex.
 * @param {[Float32Array, number][]} parts table and numbers per vertex
 */
function woven(parts) {
  const width = parts.reduce((sum, [, each]) => sum + each, 0);
  const count = parts[0][0].length / parts[0][1];
  const out = new Float32Array(count * width);
  let column = 0;
  for (const [table, each] of parts) {
    table.forEach((value, i) => (out[Math.floor(i / each) * width + column + (i % each)] = value));
    column += each;
  }
  return out;
}

/**
 * Where each vertex lies in the mouth-open and in the eyes-shut picture, in shares of that picture.
 * @param {any} head
 * @param {import("./rig.js").Tables} tables
 * @param {Record<string, ImageBitmap>} pictures
 */
function otherPlaces({ layers }, tables, pictures) {
  const places = ["open", "closed"].map((name) => {
    const units = new Float32Array(52), place = new Float32Array(tables.xy.length), { width, height } = pictures[name];
    if (name === "open") units[17] = OPEN_JAW;
    else units[0] = units[7] = 1;
    moveVertices(tables, units, place);
    return place.map((value, i) => (value - layers[name][i % 2] + 0.5) / (i % 2 ? height : width));
  });
  return woven([[places[0], 2], [places[1], 2]]);
}

/**
 * The still picture's grid, its outermost nodes moved out so that it covers the whole square also while the head sways: the wall
 * is painted with it. The lowest nodes do not sway and end half a pixel out. A face in half as many pixels takes every second node: a point moves
 * a pixel elsewhere at most, and a machine without a graphics card pays for each triangle.
 * @param {any} head
 * @param {import("./rig.js").Tables} tables
 * @param {number} stride takes every node, or every second
 * @returns {[Float32Array, Uint16Array]}
 */
function gridTables(head, tables, stride) {
  const [n, size] = [head.grid, head.size_px];
  const points = [];
  const order = [];
  const at = (/** @type {number} */ i, /** @type {number} */ out) =>
    i === 0 ? -OVERSCAN : i === n - 1 ? 1 + out : ((i / (n - 1)) * (size - 1) + 0.5) / size;
  const wide = (n - 1) / stride + 1; // a grid has 2^k + 1 nodes each way
  for (let row = 0; row < n; row += stride) {
    for (let column = 0; column < n; column += stride) {
      const i = row * n + column, k = points.length / 4;
      points.push(at(column, OVERSCAN), at(row, 0), tables.gridZ[i], tables.gridSway[i]);
      if (row && column) order.push(k - wide - 1, k - wide, k - 1, k - wide, k, k - 1);
    }
  }
  return [Float32Array.from(points), Uint16Array.from(order)];
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {Rig} rig
 * @param {Stage} stage
 * @param {Pose} pose
 */
function drawFrame(gl, rig, stage, pose) {
  const { head, tables } = rig, { still, skin } = stage, size = head.size_px;
  start(gl, still, pose);
  gl.bindVertexArray(stage.grid);
  gl.disable(gl.BLEND);
  gl.disable(gl.CULL_FACE);
  // a box that begins outside the picture is the whole of it, with the wall behind
  lay(gl, still, "person", [-0.5, -0.5, size, size], [0, 0, 1, 1], WHITE);
  gl.drawElements(gl.TRIANGLES, stage.gridCount, gl.UNSIGNED_SHORT, 0);
  gl.enable(gl.BLEND);
  drawEyes(gl, head, stage, pose);
  drawMouth(gl, rig, stage, pose);
  moveVertices(tables, pose.units, stage.moved);
  start(gl, skin, pose);
  gl.bindVertexArray(stage.face);
  gl.bindBuffer(gl.ARRAY_BUFFER, stage.movedBuffer);
  gl.bufferData(gl.ARRAY_BUFFER, stage.moved, gl.DYNAMIC_DRAW);
  gl.uniform2f(skin.uniforms.wide, pose.open, pose.parted);
  gl.uniform2fv(skin.uniforms.shut, pose.shut);
  gl.enable(gl.CULL_FACE);
  gl.drawElements(gl.TRIANGLES, tables.triangles.length, gl.UNSIGNED_SHORT, 0);
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {import("./card.js").Program} program
 * @param {Pose} pose
 */
function start(gl, program, pose) {
  gl.useProgram(program.id);
  gl.uniform3f(program.uniforms.turn, pose.pitch, pose.yaw, pose.roll);
}

/**
 * Say which picture is drawn next, and where.
 * @param {WebGL2RenderingContext} gl
 * @param {import("./card.js").Program} program
 * @param {string} name picture
 * @param {number[]} box where: x, y, width, height
 * @param {number[]} source what: x, y, width, height as shares of the picture
 * @param {number[]} light red, green, blue, opacity
 */
function lay(gl, { uniforms }, name, box, source, light) {
  gl.uniform1i(uniforms.picture, LAYERS.indexOf(name));
  gl.uniform4fv(uniforms.box, box);
  gl.uniform4fv(uniforms.source, source);
  gl.uniform4fv(uniforms.light, light);
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {Rig} rig
 * @param {Stage} stage
 * @param {Pose} pose
 */
function drawMouth(gl, { head, pictures }, { still, parts }, pose) {
  if (!pose.parted) return;
  const { width, height } = pictures.mouth;
  start(gl, still, pose);
  gl.bindVertexArray(parts);
  head.sprites.forEach((/** @type {any} */ { box: [x, y, w, h] }, /** @type {number} */ i) => {
    const [left, top] = spriteCorner(head, pose, i);
    const source = [x / width, y / height, w / width, h / height];
    lay(gl, still, "mouth", [left - 0.5, top - 0.5, w, h], source, [...spriteLight(pose, i), pose.parted]);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  });
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {any} head
 * @param {Stage} stage
 * @param {Pose} pose
 */
function drawEyes(gl, head, { eye: program, balls }, pose) {
  start(gl, program, pose);
  gl.bindVertexArray(balls);
  head.eyes.forEach((/** @type {any} */ { x, y, radius, iris }, /** @type {number} */ i) => {
    const [dx, dy] = headShift(pose, x, y, radius * 4.2, head.pivot);
    gl.uniform3f(program.uniforms.box, x + dx, y + dy, radius + 1);
    gl.uniform4f(program.uniforms.eye, x, y, radius, iris);
    gl.uniform3f(program.uniforms.look, pose.gaze[0] * radius * 0.8, pose.gaze[1] * radius * 0.8, 1 - 0.8 * pose.shut[i] ** 2);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  });
}
