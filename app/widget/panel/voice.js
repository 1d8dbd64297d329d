// @ts-check
/**
 * The employee's voice in the shopper's browser. Sentences are fetched and decoded as they come and laid end to end on the sound card, so
 * no gap is heard between them. When sound is not allowed yet, or a file does not come, time runs on silently: captions and
 * lips do not wait. Stopping fades within ten milliseconds, as people do when they are interrupted.
 */
import { createClock } from "./clock.js";
import { isLostConnection } from "./stream.js";
import { createTimeline } from "./timeline.js";

/** @typedef {import("./timeline.js").Sentence} Sentence */
/** @typedef {import("./timeline.js").Spoken} Spoken */

const FADE_S = 0.01;
const SOUND_PATIENCE_MS = 8000;
const TICK_MS = 30; // finer than a spoken word; pictures keep their own time, so that words cost no picture anything

/**
 * @param {{ onBegin: (spoken: Spoken) => void, onEnd: (spoken: Spoken) => void, onPlan: (spoken: Spoken) => void,
 *   onTick: (spoken: Spoken | undefined, elapsedS: number) => void, onAllowed: (isAllowed: boolean) => void }} ears
 */
export function createVoice({ onBegin, onEnd, onPlan, onTick, onAllowed }) {
  const context = "AudioContext" in window ? new AudioContext({ latencyHint: "interactive" }) : null;
  const clock = createClock(context), timeline = createTimeline();
  const loudness = context?.createGain();
  /** @type {Map<Spoken, AudioBuffer>} */ const sounds = new Map();
  /** @type {Map<Spoken, AudioBufferSourceNode>} */ const players = new Map();
  let bus = newBus(), generation = 0, isMuted = false, /** @type {Promise<void>} */ queue = Promise.resolve(), unplanned = 0;

  loudness?.connect(/** @type {AudioContext} */ (context).destination);
  context?.addEventListener("statechange", () => { playWaiting(); onAllowed(isAllowed()); });
  setInterval(tick, TICK_MS);

  function isAllowed() {
    return context === null || context.state === "running";
  }

  function newBus() {
    if (!context || !loudness) return null;
    const gain = context.createGain();
    gain.connect(loudness);
    return gain;
  }

  function tick() {
    const nowS = clock.now(), { begun, ended } = timeline.advance(nowS);
    for (const one of begun) onBegin(one);
    for (const one of ended) { forget(one); onEnd(one); }
    const current = timeline.current();
    onTick(current, current ? nowS - current.startS : 0);
  }

  /** @param {Spoken} spoken */
  function forget(spoken) {
    sounds.delete(spoken);
    players.delete(spoken);
  }

  /** @param {Sentence} sentence @returns {Promise<AudioBuffer | null>} null when there is nothing to hear */
  async function load({ audio_url }) {
    if (!context || !audio_url) return null;
    try {
      const answer = await fetch(audio_url, { signal: AbortSignal.timeout(SOUND_PATIENCE_MS), credentials: "omit" });
      return answer.ok ? await context.decodeAudioData(await answer.arrayBuffer()) : null;
    } catch (reason) {
      if (isLostConnection(reason) || (reason instanceof DOMException && reason.name === "EncodingError")) return null;
      throw reason;
    }
  }

  /** Start every planned sound that the sound card does not have yet; one that is late starts in its middle. */
  function playWaiting() {
    if (!context || !bus || !clock.isSounding()) return;
    for (const [spoken, sound] of sounds) {
      if (players.has(spoken)) continue;
      const player = context.createBufferSource(), startS = clock.toContext(spoken.startS), lateS = context.currentTime - startS;
      player.buffer = sound;
      player.connect(bus);
      if (lateS > 0) player.start(0, lateS);
      else player.start(startS);
      players.set(spoken, player);
    }
  }

  return {
    now: clock.now,
    isAllowed,
    isAudible: () => isAllowed() && !isMuted,
    isSpeaking: () => timeline.all().length > 0 || unplanned > 0,

    /** Say a sentence after those already given. @param {Sentence} sentence */
    speak(sentence) {
      const mine = generation, loading = load(sentence);
      unplanned += 1;
      queue = queue.then(() => loading).then((sound) => {
        if (mine !== generation) return;
        unplanned -= 1;
        const spoken = timeline.add(sentence, clock.now());
        if (sound) sounds.set(spoken, sound);
        playWaiting();
        onPlan(spoken);
      });
    },

    /** Be quiet at once. @returns {{ spoken: Spoken, heardMs: number } | null} the sentence that was cut */
    stop() {
      const nowS = clock.now(), cut = timeline.clear(nowS);
      generation += 1;
      unplanned = 0;
      if (context && bus) {
        bus.gain.setValueAtTime(1, context.currentTime);
        bus.gain.linearRampToValueAtTime(0, context.currentTime + FADE_S);
        for (const player of players.values()) player.stop(context.currentTime + FADE_S * 2);
      }
      sounds.clear();
      players.clear();
      bus = newBus();
      return cut ? { spoken: cut, heardMs: Math.round((nowS - cut.startS) * 1000) } : null;
    },

    /** @param {boolean} muted time goes on; nothing is heard */
    setMuted(muted) {
      isMuted = muted;
      if (context && loudness) loudness.gain.setTargetAtTime(muted ? 0 : 1, context.currentTime, FADE_S / 3);
    },

    /** Ask for sound; browsers grant it inside a tap. @returns {Promise<void>} */
    async wake() {
      if (context?.state === "suspended") await context.resume();
      playWaiting();
    },
  };
}
