// @ts-check
// Draws a face from a rig with WebGL: wall, person, eyeballs, inside of the mouth, moving skin, in that order.
import { buffer, feed, program, texture } from "./card.js";
import { OPEN_JAW, headShift, moveVertices, readPose, spriteCorner, spriteLight } from "./pose.js";
import { readRig } from "./rig.js";
import { EYE, SKIN, STILL } from "./shaders.js";

/** @typedef {import("./rig.js").Rig} Rig */
/** @typedef {import("./pose.js").Pose} Pose */
/** @typedef {{draw: (values: Float32Array) => void, destroy: () => void, debugPixels: () => Uint8Array}} Face */

const QUAD = new Float32Array([0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0]);

/**
 * Make a face ready on a canvas, which is set to the rig's own size in pixels; scale it with CSS.
 * Throws when the rig cannot be read or the browser has no WebGL.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayBuffer} rigArrayBuffer
 * @returns {Promise<Face>}
 */
export async function createFace(canvas, rigArrayBuffer) {
  const rig = await readRig(rigArrayBuffer);
  canvas.width = canvas.height = rig.head.size_px;
  const gl = canvas.getContext("webgl", { antialias: true, alpha: false, depth: false });
  if (!gl) throw new Error("This browser offers no WebGL, so the face stays a still picture.");
  /** @type {Float32Array} */ let last = new Float32Array(57);
  let stage = prepare(gl, rig);
  const draw = (/** @type {Float32Array} */ values) => {
    last = values;
    if (!gl.isContextLost()) drawFrame(gl, rig, stage, readPose(values));
  };
  const lost = (/** @type {Event} */ event) => event.preventDefault(); // says: we want the context back
  const restored = () => {
    stage = prepare(gl, rig);
    draw(last);
  };
  canvas.addEventListener("webglcontextlost", lost);
  canvas.addEventListener("webglcontextrestored", restored);
  const destroy = () => {
    canvas.removeEventListener("webglcontextlost", lost);
    canvas.removeEventListener("webglcontextrestored", restored);
    Object.values(rig.pictures).forEach((picture) => picture.close());
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  };
  const debugPixels = () => {
    draw(last);
    const pixels = new Uint8Array(canvas.width * canvas.height * 4);
    gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    return pixels;
  };
  return { draw, destroy, debugPixels };
}

/**
 * Everything that lives on the graphics card.
 * @param {WebGLRenderingContext} gl
 * @param {Rig} rig
 */
function prepare(gl, rig) {
  const { tables } = rig;
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const [points, order] = gridTables(rig);
  const moved = new Float32Array(tables.xy.length);
  return {
    still: program(gl, STILL), eye: program(gl, EYE), skin: program(gl, SKIN), moved,
    textures: Object.fromEntries(Object.entries(rig.pictures).map(([name, picture]) => [name, texture(gl, picture)])),
    quad: buffer(gl, QUAD), grid: buffer(gl, points), gridOrder: buffer(gl, order), gridCount: order.length,
    movedBuffer: buffer(gl, moved), rest: buffer(gl, tables.xy), other: buffer(gl, otherPlaces(tables)),
    shares: buffer(gl, woven([[tables.open, 2], [tables.closed, 2]])),
    body: buffer(gl, woven([[tables.z, 1], [tables.sway, 1], [tables.lash, 1]])), order: buffer(gl, tables.triangles),
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
 * Where each vertex lies in the mouth-open and in the eyes-shut picture.
 * @param {import("./rig.js").Tables} tables
 */
function otherPlaces(tables) {
  const units = new Float32Array(52);
  const [open, shut] = [new Float32Array(tables.xy.length), new Float32Array(tables.xy.length)];
  units[17] = OPEN_JAW;
  moveVertices(tables, units, open);
  units.fill(0);
  units[0] = units[7] = 1;
  moveVertices(tables, units, shut);
  return woven([[open, 2], [shut, 2]]);
}

/**
 * The still picture's grid, its outermost nodes moved half a pixel out to cover the whole square.
 * @param {Rig} rig
 * @returns {[Float32Array, Uint16Array]}
 */
function gridTables({ head, tables }) {
  const [n, size] = [head.grid, head.size_px];
  const points = [];
  const order = [];
  const at = (/** @type {number} */ i) => (i === 0 ? 0 : i === n - 1 ? 1 : ((i / (n - 1)) * (size - 1) + 0.5) / size);
  for (let row = 0; row < n; row += 1) {
    for (let column = 0; column < n; column += 1) {
      const i = row * n + column;
      points.push(at(column), at(row), tables.gridZ[i], tables.gridSway[i]);
      if (row && column) order.push(i - n - 1, i - n, i - 1, i - n, i, i - 1);
    }
  }
  return [Float32Array.from(points), Uint16Array.from(order)];
}

/**
 * @param {WebGLRenderingContext} gl
 * @param {Rig} rig
 * @param {Stage} stage
 * @param {Pose} pose
 */
function drawFrame(gl, rig, stage, pose) {
  const { head, tables } = rig;
  const size = head.size_px;
  const whole = [-0.5, -0.5, size, size];
  gl.disable(gl.CULL_FACE);
  start(gl, stage.still, head, pose);
  feed(gl, stage.still, { point: [stage.quad, 4] });
  drawStill(gl, stage, "background", whole, [0, 0, 1, 1], [1, 1, 1, 1]);
  feed(gl, stage.still, { point: [stage.grid, 4] });
  drawStill(gl, stage, "person", whole, [0, 0, 1, 1], [1, 1, 1, 1], stage.gridCount);
  drawEyes(gl, rig, stage, pose);
  start(gl, stage.still, head, pose);
  feed(gl, stage.still, { point: [stage.quad, 4] });
  drawMouth(gl, rig, stage, pose);
  moveVertices(tables, pose.units, stage.moved);
  drawSkin(gl, rig, stage, pose);
}

/**
 * @param {WebGLRenderingContext} gl
 * @param {import("./card.js").Program} program
 * @param {any} head
 * @param {Pose} pose
 */
function start(gl, program, head, pose) {
  gl.useProgram(program.id);
  gl.uniform1f(program.uniforms.size, head.size_px);
  gl.uniform3f(program.uniforms.turn, pose.pitch, pose.yaw, pose.roll);
  gl.uniform2fv(program.uniforms.pivot, head.pivot);
}

/**
 * @param {WebGLRenderingContext} gl
 * @param {Stage} stage
 * @param {string} name picture
 * @param {number[]} box where: x, y, width, height
 * @param {number[]} source what: x, y, width, height as shares of the picture
 * @param {number[]} light red, green, blue, opacity
 * @param {number} [count] numbers of the grid's order; a plain rectangle when left out
 */
function drawStill(gl, stage, name, box, source, light, count) {
  gl.bindTexture(gl.TEXTURE_2D, stage.textures[name]);
  gl.uniform4fv(stage.still.uniforms.box, box);
  gl.uniform4fv(stage.still.uniforms.source, source);
  gl.uniform4fv(stage.still.uniforms.light, light);
  if (!count) return gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, stage.gridOrder);
  gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_SHORT, 0);
}

/**
 * @param {WebGLRenderingContext} gl
 * @param {Rig} rig
 * @param {Stage} stage
 * @param {Pose} pose
 */
function drawMouth(gl, { head, pictures }, stage, pose) {
  const { width, height } = pictures.mouth;
  head.sprites.forEach((/** @type {any} */ { box: [x, y, w, h] }, /** @type {number} */ i) => {
    const [left, top] = spriteCorner(head, pose, i);
    const source = [x / width, y / height, w / width, h / height];
    drawStill(gl, stage, "mouth", [left - 0.5, top - 0.5, w, h], source, [...spriteLight(pose, i), pose.parted]);
  });
}

/**
 * @param {WebGLRenderingContext} gl
 * @param {Rig} rig
 * @param {Stage} stage
 * @param {Pose} pose
 */
function drawEyes(gl, { head, pictures }, stage, pose) {
  const { eye: program } = stage;
  start(gl, program, head, pose);
  feed(gl, program, { point: [stage.quad, 4] });
  gl.bindTexture(gl.TEXTURE_2D, stage.textures.eyeballs);
  gl.uniform4fv(program.uniforms.sheet, [...head.layers.eyeballs, pictures.eyeballs.width, pictures.eyeballs.height]);
  for (const { x, y, radius, iris } of head.eyes) {
    const [dx, dy] = headShift(pose, x, y, radius * 4.2, head.pivot);
    gl.uniform4f(program.uniforms.box, x + dx, y + dy, radius + 1, 0);
    gl.uniform4f(program.uniforms.eye, x, y, radius, iris);
    gl.uniform3f(program.uniforms.look, pose.gaze[0] * radius * 0.8, pose.gaze[1] * radius * 0.8, 1);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}

/**
 * @param {WebGLRenderingContext} gl
 * @param {Rig} rig
 * @param {Stage} stage
 * @param {Pose} pose
 */
function drawSkin(gl, { head, tables, pictures }, stage, pose) {
  const { skin: program } = stage;
  start(gl, program, head, pose);
  feed(gl, program, { moved: [stage.movedBuffer, 2], rest: [stage.rest, 2], other: [stage.other, 4], shares: [stage.shares, 4], body: [stage.body, 3] });
  gl.bindBuffer(gl.ARRAY_BUFFER, stage.movedBuffer);
  gl.bufferData(gl.ARRAY_BUFFER, stage.moved, gl.DYNAMIC_DRAW);
  ["person", "open", "closed"].forEach((name, i) => {
    gl.activeTexture(gl.TEXTURE0 + i);
    gl.bindTexture(gl.TEXTURE_2D, stage.textures[name]);
    gl.uniform1i(program.uniforms[["person", "wide", "closed"][i]], i);
  });
  gl.activeTexture(gl.TEXTURE0);
  gl.uniform4fv(program.uniforms.wideBox, [...head.layers.open, pictures.open.width, pictures.open.height]);
  gl.uniform4fv(program.uniforms.closedBox, [...head.layers.closed, pictures.closed.width, pictures.closed.height]);
  gl.uniform1f(program.uniforms.open, pose.open);
  gl.uniform2fv(program.uniforms.shut, pose.shut);
  gl.enable(gl.CULL_FACE);
  gl.frontFace(gl.CW);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, stage.order);
  gl.drawElements(gl.TRIANGLES, tables.triangles.length, gl.UNSIGNED_SHORT, 0);
}
