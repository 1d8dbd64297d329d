// @ts-check
/**
 * Runs beside the sound card: takes the microphone's samples, makes them 16,000 a second (each the mean of the ones it stands for), and
 * hands them over every forty milliseconds with how loud they were. It keeps nothing.
 */

const RATE_HZ = 16_000;
const PIECE_SAMPLES = 640;

class Capture extends /** @type {any} */ (globalThis).AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Int16Array(PIECE_SAMPLES);
    this.length = 0;
    this.sum = 0;
    this.filled = 0;
    this.power = 0;
    this.step = /** @type {any} */ (globalThis).sampleRate / RATE_HZ;
  }

  /** @param {Float32Array[][]} inputs */
  process([channels]) {
    for (const sample of channels[0] || []) {
      const share = Math.min(1, this.step - this.filled);
      this.sum += sample * share;
      this.filled += share;
      if (this.filled < this.step) continue;
      this.take(this.sum / this.step);
      this.sum = sample * (1 - share);
      this.filled = 1 - share;
    }
    return true;
  }

  /** @param {number} value -1..1 */
  take(value) {
    this.piece[this.length] = Math.max(-1, Math.min(1, value)) * 32_767;
    this.length += 1;
    this.power += value * value;
    if (this.length < PIECE_SAMPLES) return;
    this.port.postMessage({ sound: this.piece.buffer, level: Math.sqrt(this.power / PIECE_SAMPLES) }, [this.piece.buffer]);
    this.piece = new Int16Array(PIECE_SAMPLES);
    this.length = this.power = 0;
  }
}

/** @type {any} */ (globalThis).registerProcessor("capture", Capture);
