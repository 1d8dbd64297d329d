// @ts-check
// A thin layer over WebGL: programs, buffers, textures, with names instead of numbers.

/**
 * @typedef {object} Program
 * @property {WebGLProgram} id
 * @property {Record<string, WebGLUniformLocation>} uniforms
 */

/**
 * Compile one pair of shaders. Throws with the card's own words when it cannot.
 * @param {WebGL2RenderingContext} gl
 * @param {string[]} sources vertex, fragment
 * @returns {Program}
 */
export function program(gl, sources) {
  const id = gl.createProgram();
  sources.forEach((source, i) => {
    const shader = /** @type {WebGLShader} */ (gl.createShader(i ? gl.FRAGMENT_SHADER : gl.VERTEX_SHADER));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(id, shader);
  });
  gl.linkProgram(id);
  if (!gl.getProgramParameter(id, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(/** @type {string} */ (gl.getProgramInfoLog(id)));
  /** @type {Program} */
  const found = { id, uniforms: {} };
  for (let i = 0; i < gl.getProgramParameter(id, gl.ACTIVE_UNIFORMS); i += 1) {
    const { name } = /** @type {WebGLActiveInfo} */ (gl.getActiveUniform(id, i));
    found.uniforms[name] = /** @type {WebGLUniformLocation} */ (gl.getUniformLocation(id, name));
  }
  return found;
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {Float32Array | Uint16Array} data
 */
export function buffer(gl, data) {
  const id = gl.createBuffer();
  const kind = data instanceof Uint16Array ? gl.ELEMENT_ARRAY_BUFFER : gl.ARRAY_BUFFER;
  gl.bindBuffer(kind, id);
  gl.bufferData(kind, data, gl.STATIC_DRAW);
  return id;
}

/**
 * Upload a picture whose colours are already multiplied by their opacity. It stays on a unit of its own, so no frame has to bind it.
 * @param {WebGL2RenderingContext} gl
 * @param {ImageBitmap} picture
 * @param {number} unit
 */
export function texture(gl, picture, unit) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, picture);
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
  for (const way of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, way, gl.LINEAR);
}

/**
 * Point a program's attributes at tables of floats, once: the returned arrangement is bound as a whole when it is drawn.
 * @param {WebGL2RenderingContext} gl
 * @param {Program} program
 * @param {Record<string, [WebGLBuffer | null, number]>} tables name to buffer and numbers per vertex
 * @param {WebGLBuffer | null} [order] the triangles, where they are named
 */
export function arrange(gl, program, tables, order = null) {
  const id = gl.createVertexArray();
  gl.bindVertexArray(id);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, order);
  for (const [name, [id, width]] of Object.entries(tables)) {
    gl.bindBuffer(gl.ARRAY_BUFFER, id);
    const place = gl.getAttribLocation(program.id, name);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, width, gl.FLOAT, false, 0, 0);
  }
  return id;
}
