// @ts-check
// A thin layer over WebGL: programs, buffers, textures, with names instead of numbers.

/**
 * @typedef {object} Program
 * @property {WebGLProgram} id
 * @property {Record<string, WebGLUniformLocation>} uniforms
 * @property {Record<string, number>} attributes
 */

/**
 * Compile one pair of shaders. Throws with the card's own words when it cannot.
 * @param {WebGLRenderingContext} gl
 * @param {string[]} sources vertex, fragment
 * @returns {Program}
 */
export function program(gl, sources) {
  const id = gl.createProgram();
  sources.forEach((source, i) => {
    const shader = /** @type {WebGLShader} */ (gl.createShader(i ? gl.FRAGMENT_SHADER : gl.VERTEX_SHADER));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) throw new Error(String(gl.getShaderInfoLog(shader)));
    gl.attachShader(id, shader);
  });
  gl.linkProgram(id);
  /** @type {Program} */
  const found = { id, uniforms: {}, attributes: {} };
  for (let i = 0; i < gl.getProgramParameter(id, gl.ACTIVE_UNIFORMS); i += 1) {
    const { name } = /** @type {WebGLActiveInfo} */ (gl.getActiveUniform(id, i));
    found.uniforms[name] = /** @type {WebGLUniformLocation} */ (gl.getUniformLocation(id, name));
  }
  for (let i = 0; i < gl.getProgramParameter(id, gl.ACTIVE_ATTRIBUTES); i += 1) {
    const { name } = /** @type {WebGLActiveInfo} */ (gl.getActiveAttrib(id, i));
    found.attributes[name] = gl.getAttribLocation(id, name);
  }
  return found;
}

/**
 * @param {WebGLRenderingContext} gl
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
 * Upload a picture whose colours are already multiplied by their opacity.
 * @param {WebGLRenderingContext} gl
 * @param {ImageBitmap} picture
 */
export function texture(gl, picture) {
  const id = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, id);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, picture);
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
  for (const way of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, way, gl.LINEAR);
  return id;
}

/**
 * Point a program's attributes at tables of floats.
 * @param {WebGLRenderingContext} gl
 * @param {Program} program
 * @param {Record<string, [WebGLBuffer | null, number]>} tables name to buffer and numbers per vertex
 */
export function feed(gl, program, tables) {
  for (const [name, [id, width]] of Object.entries(tables)) {
    gl.bindBuffer(gl.ARRAY_BUFFER, id);
    gl.enableVertexAttribArray(program.attributes[name]);
    gl.vertexAttribPointer(program.attributes[name], width, gl.FLOAT, false, 0, 0);
  }
}
