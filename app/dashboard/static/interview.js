// The interview: the panel's frame is opened here and greeted as a shop's page would greet it, and the buttons beside it ask the
// job's questions. Without a script the page still leads on to the contract.
// @ts-check
const frame = document.querySelector("iframe[data-interview]");
const visitor = crypto.randomUUID();
const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";

/** @type {MessagePort | undefined} */
let port;

/** @param {string} type @param {unknown} [payload] */
function tell(type, payload) {
  port?.postMessage({ ns: "tillhand", v: 1, type, payload });
}

if (frame instanceof HTMLIFrameElement) {
  const address = frame.dataset.interview ?? "";
  frame.addEventListener("load", () => {
    const channel = new MessageChannel(), page = { url: location.origin + location.pathname, title: document.title };
    port = channel.port1;
    port.onmessage = ({ data }) => { if (data?.type === "ready") tell("opened"); };
    const hello = { ns: "tillhand", v: 1, type: "hello", visitor, consent: false, page, theme };
    frame.contentWindow?.postMessage(hello, new URL(address).origin, [channel.port2]);
  });
  frame.src = address;
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-ask]") : null;
  if (!(button instanceof HTMLElement)) return;
  tell("ask", button.dataset.ask);
  frame?.scrollIntoView({ block: "nearest" }); // on a phone the answer would come out of sight
  button.closest("li")?.classList.add("was-asked");
});
