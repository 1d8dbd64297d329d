// Lets the faces of the gallery speak: one at a time, drawn by the widget's own player, lips on the clock of the sound.
// @ts-check
const gallery = document.querySelector("[data-gallery]");
const language = gallery instanceof HTMLElement ? gallery.dataset.language ?? "en" : "en";
/** @type {AudioContext | null} */ let clock = null;
/** @type {{ figure: HTMLElement, end: () => void } | null} */ let speaking = null;
const LEAD_S = 0.15;

/** @param {string} address @returns {Promise<Response>} */
async function brought(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

/** @param {HTMLElement} figure @param {boolean} isPlaying */
function mark(figure, isPlaying) {
  const button = figure.querySelector("button");
  if (!button) return;
  button.textContent = (isPlaying ? button.dataset.stop : button.dataset.play) ?? "";
  button.setAttribute("aria-pressed", String(isPlaying));
  figure.dataset.state = isPlaying ? "speaking" : "still";
}

/** @param {HTMLElement} figure @param {AudioContext} context */
async function speak(figure, context) {
  const address = `/guide/faces/${figure.dataset.face}`;
  const [engine, rig, told] = await Promise.all([
    // @ts-ignore - an address of this site
    import("/guide/player/engine.js"), brought(`${address}.rig`).then((one) => one.arrayBuffer()), brought(`${address}/${language}/scores.json`).then((one) => one.json()),
  ]);
  const sounds = await Promise.all(told.sentences.map(async (/** @type {unknown} */ _, /** @type {number} */ n) =>
    context.decodeAudioData(await (await brought(`${address}/${language}/${n}.wav`)).arrayBuffer())));
  if (speaking?.figure !== figure) return;
  const canvas = document.createElement("canvas");
  const face = await engine.createFace(canvas, rig, (figure.clientWidth || 320) * devicePixelRatio);
  if (speaking?.figure !== figure) return;
  const performer = engine.createPerformer({ face, now: () => context.currentTime, idle: engine.readScore(told.idle) });
  let at = context.currentTime + LEAD_S;
  const sources = told.sentences.map((/** @type {{ seconds: number, score: object }} */ one, /** @type {number} */ n) => {
    const source = new AudioBufferSourceNode(context, { buffer: sounds[n] });
    source.connect(context.destination);
    source.start(at);
    performer.play(engine.readScore(one.score), at);
    at += one.seconds;
    return source;
  });
  figure.querySelector(".talker-stage")?.append(canvas);
  figure.dataset.state = "speaking";
  speaking = { figure, end: () => {
    for (const source of sources) source.stop();
    performer.stop();
    performer.end();
    canvas.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext();
    canvas.remove();
  } };
  sources.at(-1)?.addEventListener("ended", () => { if (speaking?.figure === figure) silence(); });
}

function silence() {
  if (!speaking) return;
  const { figure, end } = speaking;
  speaking = null;
  end();
  mark(figure, false);
}

gallery?.addEventListener("click", async (event) => {
  const figure = event.target instanceof Element && event.target.closest("button") ? event.target.closest("figure") : null;
  if (!(figure instanceof HTMLElement)) return;
  const wasSpeaking = speaking?.figure === figure;
  silence();
  if (wasSpeaking) return;
  clock ??= new AudioContext();
  void clock.resume();
  speaking = { figure, end: () => {} };
  mark(figure, true);
  figure.dataset.state = "coming";
  await speak(figure, clock).catch((reason) => {
    console.info(`Tillhand: ${reason.message}`);
    silence();
    const audio = document.createElement("audio");
    Object.assign(audio, { controls: true, src: `/guide/faces/${figure.dataset.face}/${language}/0.wav` });
    const words = document.createElement("p");
    words.textContent = gallery instanceof HTMLElement ? gallery.dataset.failed ?? "" : "";
    figure.querySelector("figcaption")?.append(words, audio);
  });
});
