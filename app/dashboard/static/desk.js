// The conversations' pages with a script: the tab says how many shoppers wait, Enter sends, and whoever reads the end stays at the end.
// Everything works without it.
// @ts-check
const NEAR_END_PX = 160;
const BAR_PX = 96;
const title = document.title;
const isNarrow = matchMedia("(max-width: 899px)");
let wasAtEnd = isAtEnd();

function isAtEnd() {
  return end() - window.scrollY < NEAR_END_PX;
}

/** How far down the end of the talk is: the page's own, but on a phone what is told about the talk comes after it. */
function end() {
  const turns = document.querySelectorAll("#live .turn, #live .turn-over"), last = turns[turns.length - 1], desk = document.getElementById("desk");
  if (!isNarrow.matches || !last || !desk) return document.documentElement.scrollHeight - window.innerHeight;
  return window.scrollY + last.getBoundingClientRect().bottom + desk.offsetHeight + BAR_PX - window.innerHeight;
}

function goToEnd() {
  window.scrollTo(0, end());
}

function showWaiting() {
  const count = Number(document.getElementById("live")?.dataset.waiting ?? 0);
  document.title = count ? `(${count}) ${title}` : title;
}

document.addEventListener("scroll", () => { wasAtEnd = isAtEnd(); }, { passive: true });
new MutationObserver(() => {
  showWaiting();
  if (document.querySelector("[data-desk]") && wasAtEnd) goToEnd();
}).observe(document.getElementById("page") ?? document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-waiting"] });

const form = document.querySelector("[data-desk]");
if (form instanceof HTMLFormElement) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  history.scrollRestoration = "manual";
  goToEnd();
  addEventListener("load", goToEnd); // the address names the desk, which on a phone lies below
}
showWaiting();
