// The playground's script: every event of the widget becomes a line of the log, every button and form one call of its API.
// @ts-check
const api = /** @type {any} */ (window);
api.Tillhand ??= Object.assign((...call) => { (api.Tillhand.q ??= []).push(call); }, {});

document.addEventListener("DOMContentLoaded", () => {
  const log = /** @type {HTMLElement} */ (document.getElementById("event-log"));
  const begun = performance.now();

  /** @param {string} kind @param {string} name @param {unknown} [payload] */
  function write(kind, name, payload) {
    const line = document.createElement("p"), when = document.createElement("span"), what = document.createElement("strong"), facts = document.createElement("code");
    line.className = kind;
    when.textContent = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
    what.textContent = name;
    facts.textContent = payload === undefined ? "" : JSON.stringify(payload);
    line.append(when, what, facts);
    log.append(line);
    if (log.children.length > 300) log.firstElementChild?.remove();
    log.scrollTop = log.scrollHeight;
  }

  /** @param {string} name @param {unknown[]} values */
  function call(name, ...values) {
    write("call", `Tillhand("${name}")`, values.length ? values[0] : undefined);
    api.Tillhand(name, ...values);
  }

  for (const name of (log.dataset.events ?? "").split(" ")) api.Tillhand("on", name, (/** @type {unknown} */ payload) => write("event", name, payload));
  document.getElementById("clear-log")?.addEventListener("click", () => log.replaceChildren());
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[data-call]") : null;
    if (button instanceof HTMLElement) call(button.dataset.call ?? "", ...(button.dataset.value ? [JSON.parse(button.dataset.value)] : []));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset.call) return;
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (form.querySelector("input"));
    field.setCustomValidity("");
    try {
      call(form.dataset.call, form.dataset.call === "setContext" ? JSON.parse(field.value) : field.value);
    } catch (reason) {
      if (!(reason instanceof SyntaxError)) throw reason;
      field.setCustomValidity(reason.message);
      field.reportValidity();
    }
  });
});
