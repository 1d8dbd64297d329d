// @ts-check
/**
 * The panel's day: greet the shop's page, open a conversation, listen, speak, write down, and pass questions on. Everything
 * here only connects the parts; each part's own file says how it works.
 */
import { createAnswers } from "./answers.js";
import { createAttention } from "./attention.js";
import { createCaptions } from "./captions.js";
import { couponCard, noteForm, stampCoupon } from "./cards.js";
import { createComposer } from "./composer.js";
import { createDesk, openConversation, ServerRefused } from "./desk.js";
import { greetingFilms } from "./greeting_film.js";
import { waitForHost } from "./host.js";
import { createListening } from "./listening.js";
import { createLog } from "./log.js";
import { memoryCard } from "./memory.js";
import { createOutbox } from "./outbox.js";
import { allowedOrigins, key, language, part, say } from "./page.js";
import { createPageCalls } from "./page_calls.js";
import { createPeople } from "./people.js";
import { personalCard } from "./personal_card.js";
import { createPortrait } from "./portrait.js";
import { follow, isLostConnection } from "./stream.js";
import { connectTools, createStatus, remember, remembered } from "./surroundings.js";
import { createVoice } from "./voice.js";

/** @typedef {ReturnType<typeof createDesk>} Desk */

const PAINT_PATIENCE_MS = 150; // a frame that is not shown is never painted

await new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); setTimeout(done, PAINT_PATIENCE_MS); }); // the picture first, then the work

const log = createLog(), captions = createCaptions(), status = createStatus();
const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector(".face"));
const BANNER_AFTER_MS = 1500; // a line that comes back sooner is nobody's worry
let isSpeaking = false, patience = 0, pass = "", recited = 0;

/** @type {(desk: Desk) => void} */ let deskIsOpen = () => {};
/** @type {Promise<Desk>} */ const desk = new Promise((resolve) => { deskIsOpen = resolve; });

const calls = createPageCalls({
  desk, ask: (text) => ask(text), recite, stop: () => { stopHer(); }, tell,
  mute: (isMuted) => tools.setMuted(isMuted), keep: (isAllowed) => remember(true, isAllowed ? pass : ""),
});
const host = waitForHost(allowedOrigins, { opened, closed, ...calls });
const voice = createVoice({
  onPlan: (spoken) => portrait.speak(spoken),
  onBegin: ({ sentence }) => { speaking(true); answers.began(sentence); },
  onEnd: ({ sentence, startS, endS }) => {
    answers.ended(sentence, Math.round((endS - startS) * 1000));
    if (!voice.isSpeaking()) speaking(false);
  },
  onTick: (spoken, elapsedS) => captions.show(spoken, elapsedS),
  onAllowed: () => tools.offerSound(!voice.isAllowed()),
});
const portrait = createPortrait({ canvas, poster: /** @type {HTMLElement} */ (document.querySelector(".poster")), now: voice.now });
const attention = createAttention(portrait.wait);
const answers = createAnswers({
  voice, log, show: handOver,
  onState: (state) => { status.show(state); composer.setBusy(state !== "ready"); if (state !== "thinking") attention.answered(); },
  onRedeemed: (code, isHistory) => { stampCoupon(code); if (!isHistory) tell("offer:redeemed", { code }); },
  onFinished: (turn) => { tell("message", { turn, from: "employee" }); },
});
const outbox = createOutbox({ send: async (text, messageKey) => (await desk).ask(text, messageKey), onChange: showLetter });
const composer = createComposer({ onAsk: ask, onTyping: (isWriting) => { attention.writing(isWriting); if (isWriting && voice.isSpeaking()) stopHer(); }, onStop: () => { stopHer(); } });
const tools = connectTools({
  onClose: () => tell("close"),
  onMute: (isMuted) => voice.setMuted(isMuted),
  onCaptions: (isOn) => captions.turn(isOn),
  onHear: () => { voice.wake(); },
  onPerson: () => composer.ask(say("ask_for_person")),
  onMemory: () => { void succeeds(showMemory); },
});

const listening = createListening({
  line: async () => (await desk).ear, isTalking: voice.isSpeaking,
  onBegan: () => { voice.wake(); if (voice.isSpeaking()) stopHer(); },
  onHeard: () => { part("suggestions").hidden = true; attention.asked(); },
  onState: (state) => { status.hear(state); attention.hearing(state); if (state === "thinking") status.show("thinking"); else if (state && !voice.isSpeaking()) status.show("ready"); },
});
const people = createPeople({ log, stop: (why) => { stopHer(why); }, showHolder: status.showHolder, tell });

/** @param {string} type @param {object} [payload] */
async function tell(type, payload) {
  (await host).tell(type, payload);
}

/** @param {boolean} isNow */
function speaking(isNow) {
  if (isNow !== isSpeaking) { tell(isNow ? "speaking:start" : "speaking:end"); listening.talking(isNow); }
  isSpeaking = isNow;
}

/** @param {string} text */
function ask(text) {
  stopHer();
  voice.wake();
  outbox.add(text);
  status.show("thinking");
  attention.asked();
}

/** @param {import("./outbox.js").Letter} letter */
function showLetter(letter) {
  log.showQuestion(letter, () => outbox.retry(letter.key));
  if (letter.state === "refused") { status.show("ready"); attention.answered(); }
}

/**
 * Say what the page asked for: a turn of its own that the server never hears of again.
 * @param {any[]} sentences
 */
function recite(sentences) {
  stopHer();
  voice.wake();
  recited += 1;
  const turn = `said_${recited}`;
  answers.take({ type: "turn:start", turn }, false);
  for (const sentence of sentences) answers.take({ type: "sentence", turn, ...sentence }, false);
  answers.take({ type: "turn:end", turn }, false);
}

function closed() {
  listening.close();
  answers.setQuiet(true);
  portrait.hush();
  speaking(false);
}

function opened() {
  answers.setQuiet(false);
  voice.wake();
  if (matchMedia("(pointer: fine)").matches) composer.focus();
}

/** @param {string} [why] what the conversation says of it; that the shopper stopped it, unless something else did */
async function stopHer(why) {
  const heard = answers.cut(why);
  portrait.hush();
  speaking(false);
  if (!heard || heard.turn.startsWith("said_")) return;
  try {
    await (await desk).interrupt(heard.turn, heard.sentence, heard.ms, heard.length);
  } catch (reason) {
    if (!(reason instanceof ServerRefused) && !isLostConnection(reason)) throw reason; // the next question stops the turn there as well
  }
}

/** @param {import("./answers.js").Happening} happening */
function handOver(happening) {
  if (happening.type === "offer") {
    log.append(couponCard(/** @type {any} */ (happening), () => claim(happening.code)));
    void succeeds(async () => (await desk).shown(happening.code));
    tell("offer:shown", { code: happening.code, title: happening.title, expires_at: happening.expires_at });
  } else if (happening.type === "card") {
    log.append(personalCard(/** @type {any} */ (happening), async () => (await desk).card(happening.turn), succeeds));
  } else if (happening.type === "film") {
    const fresh = showFilm(/** @type {any} */ (happening));
    if (fresh) log.append(fresh);
  } else if (happening.type === "replies") {
    composer.offer(happening.texts);
  } else {
    log.append(noteForm(happening.prompt, (note) => leaveNote(happening.turn, note)));
    tell("handover", { state: "wanted" });
  }
}

const showFilm = greetingFilms(async (turn) => (await desk).film(turn), succeeds);

async function showMemory() {
  const told = await (await desk).memory();
  document.querySelector(".note.memory")?.remove(); // pressed again, it is told anew and not twice
  log.append(memoryCard(told, () => succeeds(async () => (await desk).forget())));
}

/** @param {string} code */
async function claim(code) {
  tell("offer:claimed", { code });
  await succeeds(async () => (await desk).claim(code));
}

/** @param {string} turn @param {{ text: string, name: string, reply_to: string }} note */
function leaveNote(turn, note) {
  const noteKey = crypto.randomUUID();
  return succeeds(async () => { tell("lead", await (await desk).leaveNote({ turn, ...note }, noteKey)); });
}

/** @param {() => Promise<any>} request @returns {Promise<boolean>} false when the server or the line refused */
async function succeeds(request) {
  try {
    await request();
    return true;
  } catch (reason) {
    if (reason instanceof ServerRefused || isLostConnection(reason)) return false;
    throw reason;
  }
}

async function start() {
  status.banner("");
  status.show("connecting");
  const { hello } = await host;
  document.documentElement.classList.toggle("inline", hello.mode === "inline");
  if (hello.theme === "light" || hello.theme === "dark") document.documentElement.dataset.theme = hello.theme;
  try {
    const resume = remembered(hello.consent);
    const conversation = await openConversation(key, { visitor: hello.visitor, page_url: hello.page.url, language, ...(resume ? { resume } : {}) });
    pass = conversation.token;
    remember(hello.consent, pass);
    listen(conversation);
  } catch (reason) {
    if (!(reason instanceof ServerRefused) && !isLostConnection(reason)) throw reason;
    status.show("ended");
    status.banner(`${say("start_failed")} ${reason instanceof ServerRefused ? reason.message : say("start_failed_advice")}`, say("retry"), start);
    tell("error", { title: say("start_failed") });
  }
}

/** @param {import("./desk.js").Opened} conversation */
function listen(conversation) {
  deskIsOpen(createDesk(key, conversation));
  status.show(conversation.history_until ? "ready" : "thinking"); // in a new conversation the employee speaks first
  const { pictures_url: url, token, history_until: after } = conversation;
  portrait.awake(conversation.rig_url, conversation, url ? { url, token, after: after || 0 } : null);
  follow({
    url: conversation.events_url,
    token: conversation.token,
    onEvent: ({ id, data }) => {
      const isHistory = id <= (conversation.history_until || 0);
      if (data.type === "turn:start" && data.question) composer.offer([]); // what was to be pressed answered another question
      if (!people(data, isHistory)) answers.take(data, isHistory);
    },
    onState: (state) => {
      if (state === "waiting") { patience ||= window.setTimeout(() => status.banner(say("waiting_banner")), BANNER_AFTER_MS); return; }
      clearTimeout(patience);
      patience = 0;
      if (state === "open") { status.banner(""); outbox.hurry(); }
      if (state === "replaced") status.banner(say("replaced"), say("go_on_here"), () => location.reload());
      if (state === "ended") status.banner(say("ended"), say("start_again"), () => { remember(true, ""); location.reload(); });
    },
  });
}

part("log").addEventListener("scroll", () => part("log").classList.toggle("scrolled", part("log").scrollTop > 4));
addEventListener("keydown", (event) => { if (event.key === "Escape") tell("close"); });
tools.offerSound(false);
setTimeout(() => tools.offerSound(!voice.isAllowed()), 600);
start();
