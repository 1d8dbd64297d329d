"""A microphone in front of a page's sound card: it hears what the shopper would, for tests and benchmarks."""

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
