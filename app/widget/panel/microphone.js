// @ts-check
/**
 * An open microphone: sound from the browser to the server, and what the server hears back to the page. Loaded when somebody first wants to
 * talk. Echo of their own voice is taken out by the browser, so that they do not interrupt themselves.
 */

const CONSTRAINTS = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 } };
const WAITING_BYTES_MAX = 96_000; // three seconds, for a line that stumbles; of what waits longer, the oldest is let go
const WAITING_PIECES_MAX = 75;

/** Why no microphone could be opened; `code` names the text that says what to do. */
export class MicrophoneClosed extends Error {
  /** @param {"denied" | "missing" | "busy" | "failed"} code */
  constructor(code) {
    super(`The microphone is ${code}.`);
    this.code = code;
  }
}

/** @returns {Promise<MediaStream>} */
async function permitted() {
  try {
    return await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
  } catch (reason) {
    const name = reason instanceof DOMException ? reason.name : "";
    if (!name && !(reason instanceof TypeError)) throw reason;
    throw new MicrophoneClosed(/NotAllowed|Security/.test(name) ? "denied" : /NotFound|Overconstrained/.test(name) ? "missing" : /NotReadable/.test(name) ? "busy" : "failed");
  }
}

/**
 * Ask for the microphone and connect it. Throws MicrophoneClosed when the browser or the shopper says no. `onClosed` is told why, when
 * neither the shopper nor the server closed it.
 * @param {{ path: string, token: string, language: string, onMessage: (message: any) => void, onLevel: (level: number) => void,
 *   onClosed: (why?: "missing" | "failed") => void }} line
 */
export async function openMicrophone({ path, token, language, onMessage, onLevel, onClosed }) {
  const stream = await permitted(), context = new AudioContext();
  await context.audioWorklet.addModule(new URL("./capture.js", import.meta.url).href);
  const socket = new WebSocket(location.origin.replace(/^http/, "ws") + path), source = context.createMediaStreamSource(stream);
  const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
  /** @type {(string | ArrayBuffer)[]} */ let waiting = [];
  let isReady = false, isOpen = true, isOver = false;

  /** @param {string | ArrayBuffer} piece */
  function send(piece) {
    if (!isReady) waiting = [...waiting.slice(1 - WAITING_PIECES_MAX), piece];
    else if (socket.readyState === WebSocket.OPEN && (typeof piece === "string" || socket.bufferedAmount < WAITING_BYTES_MAX)) socket.send(piece);
  }

  /** @param {"missing" | "failed"} [why] */
  function close(why) {
    if (!isOpen) return;
    isOpen = false;
    for (const track of stream.getTracks()) track.stop();
    void context.close();
    socket.close();
    onClosed(why);
  }

  capture.port.onmessage = ({ data }) => { onLevel(data.level); send(data.sound); };
  source.connect(capture);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => socket.send(JSON.stringify({ token, language, consent: true }));
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "ready") {
      isReady = true;
      waiting.splice(0).forEach(send);
    }
    isOver ||= /^(ended|refused)$/.test(message.type); // the server has said why
    onMessage(message);
  };
  socket.onclose = () => close(isOver ? undefined : "failed");
  stream.getAudioTracks()[0].onended = () => close("missing"); // unplugged

  return {
    close: () => close(),
    /** @param {"press" | "release" | "talking" | "silent"} type */
    tell: (type) => send(JSON.stringify({ type })),
  };
}
