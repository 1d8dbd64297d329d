// @ts-check
// The three small programs the graphics card runs: still pictures, eyeballs, moving skin. What would change nothing is not fetched: without a
// graphics card the processor pays for every fetch.

const HEAD = `
uniform float size; uniform vec3 turn; uniform vec2 pivot;
vec4 screen(vec2 p) { vec2 c = (p + .5) / size * 2. - 1.; return vec4(c.x, -c.y, 0., 1.); }
vec2 turned(vec2 p, float z, float sway) {
  return p + sway * vec2(turn.y * z + turn.z * (p.y - pivot.y), turn.x * z - turn.z * (p.x - pivot.x));
}`;

export const STILL = [
  `attribute vec4 point; uniform vec4 box, source; varying vec2 at, behind;${HEAD}
void main() {
  vec2 p = point.xy * box.zw + box.xy;
  gl_Position = screen(turned(p, point.z, point.w)); at = point.xy * source.zw + source.xy;
  behind = gl_Position.xy * vec2(.5, -.5) + .5;
}`,
  `precision highp float; uniform sampler2D picture, background; uniform vec4 light, box; varying vec2 at, behind;
void main() {
  vec4 c = texture2D(picture, at); c = vec4(c.rgb * light.rgb, c.a) * light.a;
  if (box.x < 0. && c.a < 1.) c += texture2D(background, behind) * (1. - c.a);
  gl_FragColor = c;
}`,
];

export const EYE = [
  `attribute vec4 point; uniform vec3 box; varying vec2 off;${HEAD}
void main() { off = (point.xy * 2. - 1.) * box.z; gl_Position = screen(box.xy + off); }`,
  `precision highp float; uniform sampler2D eyeballs; uniform vec4 eye, sheet; uniform vec3 look; varying vec2 off;
void main() {
  float pull = 1. - smoothstep(eye.w * 1.15, eye.z * 1.25, length(off - look.xy));
  vec2 at = eye.xy + off - sheet.xy + .5, right = vec2(sheet.z * .5, 0.), edge = sheet.zw - right - .5;
  vec3 c = texture2D(eyeballs, clamp(at - look.xy * pull, vec2(.5), edge) / sheet.zw).rgb;
  vec3 s = texture2D(eyeballs, (clamp(at, vec2(.5), edge) + right) / sheet.zw).rgb;
  float a = clamp(eye.z - length(off) + .5, 0., 1.);
  gl_FragColor = vec4(c * s * a * look.z, a);
}`,
];

export const SKIN = [
  `attribute vec2 moved, rest; attribute vec4 other, shares; attribute vec3 body;
uniform vec2 wide, shut; varying vec2 at; varying vec4 places; varying vec3 mixing;${HEAD}
void main() {
  gl_Position = screen(turned(moved, body.x, body.y));
  float eye = rest.x > size * .5 ? shut.x : shut.y;
  at = (rest + .5) / size; places = other;
  mixing = vec3(max(shares.y * min(1., wide.x * 1.25), shares.x * wide.y), mix(shares.z, shares.w, eye), 1. - body.z * eye);
}`,
  `precision highp float; uniform sampler2D person, open, closed;
varying vec2 at; varying vec4 places; varying vec3 mixing;
void main() {
  vec4 c = texture2D(person, at);
  if (mixing.x > 0.) c = mix(c, texture2D(open, places.xy), mixing.x);
  if (mixing.y > 0.) c = mix(c, texture2D(closed, places.zw), mixing.y);
  gl_FragColor = c * mixing.z;
}`,
];
