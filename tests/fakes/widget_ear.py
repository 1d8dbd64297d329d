"""A microphone before a page's sound card and an eye on her lips: what the shopper would hear and see, for tests and benchmarks."""

EAR = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
  if (target === this.context.destination && !window.__ear) {
    window.__ear = new AnalyserNode(this.context, {fftSize: 512});
    connect.call(this, window.__ear);
  }
  return connect.call(this, target, ...rest);
};
"""
"""Run before the page's own scripts; what sounds is then in `window.__ear`, an AnalyserNode of 512 samples."""

EYE = """() => {
  const face = document.querySelector(".face"), small = new OffscreenCanvas(32, 24), sound = new Float32Array(512);
  const pencil = small.getContext("2d", {willReadFrequently: true});
  window.__seen = [];
  let shown = null;
  const look = () => {
    const size = face.width / 512, moment = performance.now();
    window.__ear?.getFloatTimeDomainData(sound);
    const {contextTime, performanceTime} = window.__ear?.context.getOutputTimestamp() ?? {};
    const delay = contextTime ? (window.__ear.context.currentTime - contextTime) * 1000 - (moment - performanceTime) : 0;
    pencil.drawImage(face, 196 * size, 290 * size, 120 * size, 90 * size, 0, 0, 32, 24);
    const loudness = Math.sqrt(sound.reduce((sum, value) => sum + value * value, 0) / sound.length);
    const red = Array.from(pencil.getImageData(0, 0, 32, 24).data.filter((_, i) => i % 4 === 0));
    if (red.some(Boolean)) shown = red;
    if (shown) window.__seen.push([moment, loudness, shown, delay]);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
"""In every frame, right after she was drawn, into `window.__seen`: the moment (ms), the loudness of what the sound card is given now, the
pixels of her mouth (red, 24 rows of 32), and how many ms later that sound is at the ear.

The sound is read first: fetching pixels may wait for the drawing, and what sounds meanwhile belongs to the next picture. A canvas that
was not drawn on for this picture reads as black while the screen keeps showing the last, and so does this."""
