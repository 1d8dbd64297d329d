// The little that needs a script: the print and copy buttons, hidden where no script runs, and the browser's own time zone chosen in a
// list. Every page reads and works without it.
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

document.documentElement.classList.add("has-script");
