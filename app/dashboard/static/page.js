// The little that needs a script: the print and copy buttons, hidden where no script runs, the browser's own time zone chosen in a
// list, and a second click that sends nothing. Every page reads and works without it.
// @ts-check
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target.closest("[data-print]") : null;
  if (target) window.print();
  const copying = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (copying instanceof HTMLElement) copy(copying);
});

/** @param {HTMLElement} button whose data-copy names the element with the text. */
async function copy(button) {
  const source = document.getElementById(button.dataset.copy ?? "");
  await navigator.clipboard.writeText(source?.textContent?.trim() ?? "");
  button.textContent = button.dataset.copied ?? "";
}

for (const select of document.querySelectorAll("select[data-own-zone]")) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (select instanceof HTMLSelectElement && [...select.options].some((one) => one.value === own)) select.value = own;
}

// A table wider than its frame scrolls in it: then the keyboard must be able to stand on the frame, which is called like its card.
function nameScrollers() {
  for (const frame of document.querySelectorAll(".table-wrap")) {
    if (!(frame instanceof HTMLElement) || frame.scrollWidth <= frame.clientWidth || frame.tabIndex === 0) continue;
    const title = frame.querySelector("caption") ?? frame.closest("section, li, main")?.querySelector("h1, h2, h3");
    frame.tabIndex = 0;
    frame.role = "region";
    frame.ariaLabel = title?.textContent?.trim() || document.title;
  }
}
nameScrollers();
addEventListener("resize", nameScrollers);
new MutationObserver(nameScrollers).observe(document.body, { childList: true, subtree: true });

// A double click would send a form twice: a secret be changed twice, or a key be made whose only page nobody sees.
const RESEND_MS = 5000;
/** @type {WeakMap<HTMLFormElement, number>} when each form was sent, on this page's clock */
const sentAt = new WeakMap();
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post") return;
  if (performance.now() - (sentAt.get(form) ?? -RESEND_MS) < RESEND_MS) event.preventDefault();
  else sentAt.set(form, performance.now());
});

document.documentElement.classList.add("has-script");
