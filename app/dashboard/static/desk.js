// The conversations' pages with a script: the tab says how many shoppers wait, Enter sends, and whoever reads the end stays at the end.
// Everything works without it.
// @ts-check
const NEAR_END_PX = 160;
const title = document.title;
let wasAtEnd = isAtEnd();

function isAtEnd() {
  return document.documentElement.scrollHeight - window.scrollY - window.innerHeight < NEAR_END_PX;
}

function showWaiting() {
  const count = Number(document.getElementById("live")?.dataset.waiting ?? 0);
  document.title = count ? `(${count}) ${title}` : title;
}

document.addEventListener("scroll", () => { wasAtEnd = isAtEnd(); }, { passive: true });
new MutationObserver(() => {
  showWaiting();
  if (document.querySelector("[data-desk]") && wasAtEnd) window.scrollTo(0, document.documentElement.scrollHeight);
}).observe(document.getElementById("page") ?? document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-waiting"] });

const form = document.querySelector("[data-desk]");
if (form instanceof HTMLFormElement) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  window.scrollTo(0, document.documentElement.scrollHeight);
}
showWaiting();
