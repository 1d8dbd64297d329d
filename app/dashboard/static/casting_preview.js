// The talking preview of a face: the widget's own player draws the rig, and moves it in time with the sound. Without a script, or
// without WebGL, the still picture stays.
// @ts-check
/** @type {{performer: any, context: AudioContext, speech: any, sound: AudioBuffer} | undefined} */
let stage;
/** @type {AudioBufferSourceNode | undefined} */
let voice;

show();
new MutationObserver(show).observe(document.body, { childList: true, subtree: true }); // a face is finished while somebody looks on

function show() {
  const button = document.querySelector("[data-casting-play]");
  if (button instanceof HTMLElement && button.hidden) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-casting-play]") : null;
  const canvas = document.getElementById("casting-canvas"), why = document.getElementById("casting-why");
  if (!(button instanceof HTMLButtonElement) || !(canvas instanceof HTMLCanvasElement) || !why) return;
  button.disabled = true;
  try {
    stage ??= await prepare(canvas);
    canvas.hidden = false;
    await stage.context.resume();
    talk(stage, canvas);
  } catch (error) {
    console.error(error);
    why.textContent = why.dataset.words ?? "";
  }
  button.disabled = false;
});

/** @param {HTMLCanvasElement} canvas */
async function prepare(canvas) {
  const { rig = "", speech: address = "", engine = "" } = canvas.dataset, named = document.querySelector("#voice");
  const wanted = named instanceof HTMLSelectElement && named.value ? `${address}?voice=${encodeURIComponent(named.value)}` : address;
  const [player, layers, speech] = await Promise.all([import(engine), bytes(rig), bytes(wanted).then((body) => JSON.parse(new TextDecoder().decode(body)))]);
  const context = new AudioContext(), wav = Uint8Array.from(atob(speech.wav), (letter) => letter.charCodeAt(0));
  const face = await player.createFace(canvas, layers), idle = player.readScore(speech.idle);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const performer = player.createPerformer({ face, idle, now: () => context.currentTime, reducedMotion: still });
  const sentences = speech.sentences.map((/** @type {any} */ one) => ({ startS: one.start_s, score: player.readScore(one.score) }));
  return { performer, context, speech: sentences, sound: await context.decodeAudioData(wav.buffer) };
}

/** @param {NonNullable<typeof stage>} on @param {HTMLCanvasElement} canvas */
function talk(on, canvas) {
  const startS = on.context.currentTime + 0.15;
  voice?.stop();
  on.performer.stop();
  voice = new AudioBufferSourceNode(on.context, { buffer: on.sound });
  voice.connect(on.context.destination);
  voice.start(startS);
  for (const one of on.speech) on.performer.play(one.score, startS + one.startS);
  canvas.dataset.talking = "1";
  voice.onended = () => delete canvas.dataset.talking;
}

/** @param {string} address */
async function bytes(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}.`);
  return answer.arrayBuffer();
}

document.addEventListener("change", (event) => {
  if (event.target instanceof Element && event.target.id === "voice") stage = (stage?.performer.end(), void stage?.context.close(), undefined);
});
