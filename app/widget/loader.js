// Tillhand on a shop's page: one question to our server, a launcher, and the panel (an iframe of our own) once the shopper opens it.
// It adds one global and touches nothing else of the page. What a page may call and hear is written in tillhand.d.ts.
(function (d) {
  "use strict";
  const script = d.currentScript, stub = window.Tillhand;
  if (!script || stub?.attribution) return;
  const origin = new URL(script.src).origin, landing = new URLSearchParams(location.search), listeners = {}, waiting = [];
  const LOOK = `:host{all:initial;position:fixed;inset:auto 20px 20px auto;z-index:2147483000;font:15px/1.35 Inter,system-ui,sans-serif;color-scheme:light dark;--paper:light-dark(#fff,#1f1d1a);--ink:light-dark(#1d1b18,#f1ede5);--muted:light-dark(#6b655b,#a59e92);
--line:light-dark(#e5e1d8,#34302a);--accent:light-dark(#0f5c5c,#5cc2b8)}:host(.light){color-scheme:light}:host(.dark){color-scheme:dark}:host(.left){inset:auto auto 20px 20px}*{box-sizing:border-box;font:inherit;color:inherit;margin:0}[hidden]{display:none!important}b{font-weight:600}small{display:block;font-size:12px;color:var(--muted)}
.launcher,.teaser,iframe{background:var(--paper);color:var(--ink);border:1px solid var(--line);box-shadow:0 8px 20px #0003}button{cursor:pointer;background:none;border:0;padding:0;text-align:start}:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.launcher{display:flex;align-items:center;gap:10px;padding:5px 18px 5px 5px;border-radius:99px}img{width:54px;height:54px;border-radius:50%;box-shadow:0 0 0 2px var(--accent)}
.unread{position:absolute;top:-4px;left:42px;min-width:20px;border-radius:99px;background:#a63a2b;color:#fff;line-height:20px;text-align:center}.teaser{position:absolute;bottom:80px;right:0;width:max-content;max-width:280px;border-radius:14px;padding:12px 40px 12px 14px}
:host(.left) .teaser{right:auto;left:0}.dismiss{position:absolute;inset:8px 8px auto auto;width:26px;height:26px;text-align:center}iframe{position:fixed;inset:auto 20px 98px auto;width:380px;height:min(640px,100vh - 118px);border-radius:18px;transition:.18s}
:host(.left) iframe{inset:auto auto 98px 20px}.closed{visibility:hidden;opacity:0;translate:0 12px}:host(.inline){position:static;display:block;height:100%}:host(.inline) iframe{position:static;width:100%;height:100%;border:0;border-radius:0;box-shadow:none}
@media(max-width:479px),(max-height:479px){iframe{inset:0!important;width:100%;height:100%;border:0;border-radius:0;box-shadow:none}}@media(prefers-reduced-motion){iframe{transition:none}}@media print{:host{display:none}}`;
  let options, frame, port, host, launcher, teaser, title, ready, coupon = null, open = false, isLoaded = false, isWanted = false, unread = 0, visitor = crypto.randomUUID();

  const emit = (name, payload) => listeners[name]?.forEach((listener) => queueMicrotask(() => listener(payload)));
  const make = (tag, properties, ...children) => {
    const element = Object.assign(d.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // A visitor is a random name, kept only with consent.
  const storage = (act, name, value) => { try { return sessionStorage[act]("tillhand." + name, value); } catch {} };
  const setConsent = (answer) => {
    options.consent = answer;
    if (answer === "granted") visitor = storage("getItem", "visitor") || visitor;
    storage(answer === "granted" ? "setItem" : "removeItem", "visitor", visitor);
    tillhand.visitor = visitor;
  };

  // What is said before the panel stands waits for it; of more than 50 things the oldest is dropped.
  const tell = (type, payload) => {
    const letter = { ns: "tillhand", v: 1, type, payload };
    if (port) port.postMessage(letter);
    else if (waiting.push(letter) > 50) waiting.shift();
  };

  // What the panel may say; other types are ignored.
  const EVENTS = ["message", "speaking:start", "speaking:end", "offer:shown", "offer:claimed", "offer:redeemed", "lead", "handover", "error"];
  const hear = ({ data: { type, payload } }) => {
    if (type === "close") setOpen(false);
    if (!EVENTS.includes(type)) return;
    if (payload.code) coupon = payload.code;
    if (type === "message" && payload.from !== "visitor" && !open) showUnread(unread + 1);
    emit(type, payload);
  };

  // The one message by origin, once the panel stands and is wanted; it carries a private port for all the rest.
  function greetPanel() {
    if (!isLoaded || !open) return;
    isLoaded = false;
    const channel = new MessageChannel(), page = { url: location.href, title: d.title }, { theme, mode } = options;
    port = channel.port1;
    port.onmessage = hear;
    const consent = options.consent === "granted";
    frame.contentWindow.postMessage({ ns: "tillhand", v: 1, type: "hello", visitor, consent, page, theme, mode }, origin, [channel.port2]);
    waiting.splice(0).forEach((letter) => port.postMessage(letter));
  }

  const address = (page, more) => `${origin}/w/${options.key}/${page}?${new URLSearchParams({ ...more, ...(options.language && { language: options.language }) })}`;

  function makeFrame() {
    const onload = () => { isLoaded = true; greetPanel(); }, sandbox = "allow-scripts allow-same-origin allow-forms allow-popups allow-downloads";
    frame = make("iframe", { title, sandbox, src: address("frame"), allow: "autoplay; clipboard-write; microphone", className: "closed", onload });
    launcher.before(frame);
    frame.offsetWidth; // lets the opening be seen as a movement
  }

  function showUnread(count) {
    const badge = launcher.lastChild;
    badge.textContent = unread = count;
    badge.hidden = !count;
  }

  function setOpen(next) {
    isWanted = next;
    if (!host || next === open) return;
    open = next;
    if (!frame) makeFrame();
    greetPanel();
    frame.classList.toggle("closed", !open);
    launcher.ariaExpanded = open;
    teaser.hidden = true;
    showUnread(0);
    if (!launcher.hidden) (open ? frame : launcher).focus();
    tell(open ? "opened" : "closed");
    emit(open ? "open" : "close");
  }

  function show({ employee, notice, labels, teaser: words, position, language }) {
    const button = (className, label, onclick, ...children) => make("button", { type: "button", className, ariaLabel: label, onclick }, ...children);
    const isInline = options.mode === "inline";
    title = labels.title;
    const portrait = make("img", { alt: "", src: origin + employee.badge_url });
    const name = make("span", {}, make("b", {}, employee.name), " ", make("small", {}, "AI · " + employee.job_title));
    launcher = button("launcher", `${employee.name} AI · ${employee.job_title}. ${title}. ${notice}`, () => setOpen(!open), portrait, name, make("span", { className: "unread", hidden: true }));
    launcher.ariaExpanded = false;
    launcher.onpointerdown = () => frame || makeFrame(); // a tenth of a second before the click
    launcher.hidden = isInline;
    const invitation = button("", null, () => setOpen(true), words, make("small", {}, notice));
    teaser = make("div", { className: "teaser", hidden: true }, invitation, button("dismiss", labels.dismiss, () => { teaser.hidden = true; storage("setItem", "quiet", 1); }, "✕"));
    host = make("tillhand-widget", { className: `${options.position || position} ${options.theme} ${options.mode}`, lang: language, dir: "auto" });
    const root = host.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet();
    sheet.replaceSync(LOOK);
    root.adoptedStyleSheets = [sheet];
    root.append(teaser, launcher);
    root.onkeydown = (event) => { if (event.key === "Escape") setOpen(false); };
    (isInline && d.querySelector(options.target) || d.body).append(host);
    emit("ready", ready = { employee });
    if (isWanted || isInline) setOpen(true);
    setTimeout(() => { teaser.hidden = open || !words || options.teaser === "off"; }, 1500);
  }

  function boot(given) {
    if (options?.key) return;
    options = { ...script.dataset, ...given };
    setConsent(options.consent);
    if (!options.key) return;
    fetch(address("boot", { visitor, page: location.pathname, quiet: storage("getItem", "quiet") }), { credentials: "omit" })
      .then((answer) => answer.json().then((facts) => answer.ok ? facts : Promise.reject(facts)))
      .then((facts) => facts.arm === "treated" && show(facts))
      .catch(({ title = "No answer.", detail = "" }) => emit("error", { title, detail }));
  }

  const commands = {
    __proto__: null, boot, open: () => setOpen(true), close: () => setOpen(false), toggle: () => setOpen(!open),
    ask: (text) => { setOpen(true); tell("ask", text); }, say: (text) => { setOpen(true); tell("say", text); },
    interrupt: () => tell("interrupt"), mute: (isMuted = true) => tell("mute", isMuted),
    identify: (token) => tell("identify", token), setContext: (facts) => tell("context", facts), track: (name, facts = {}) => tell("track", { name, facts }),
    consent: (answer) => { setConsent(answer); tell("consent", answer); emit("consent", { answer }); },
    destroy: () => { host?.remove(); host = null; delete window.Tillhand; },
    on: (name, listener) => {
      (listeners[name] ??= new Set()).add(listener);
      if (name === "ready" && ready) queueMicrotask(() => listener(ready));
      return () => listeners[name].delete(listener);
    },
  };
  const tillhand = window.Tillhand = (name, ...values) => commands[name] ? commands[name](...values) : emit("error", { title: `${name} is no command.`, detail: "" });
  tillhand.attribution = () => ({ visitor, click: landing.get("tillhand_click"), coupon, work: landing.get("tillhand_work") });
  boot();
  stub?.q?.forEach((call) => tillhand(...call));
})(document);
