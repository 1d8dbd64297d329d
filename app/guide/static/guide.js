// Lights the heading one reads in the list beside the page, and lets "/" lead to the search. Everything works without it.
// @ts-check
const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [decodeURIComponent(link.getAttribute("href") ?? "").slice(1), link]));
const headings = [...links.keys()].map((id) => document.getElementById(id)).filter((one) => one !== null);

function light() {
  const passed = headings.filter((one) => one.getBoundingClientRect().top < 120);
  const isEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 4;
  const current = isEnd && headings.length ? headings[headings.length - 1] : passed[passed.length - 1];
  for (const [id, link] of links) {
    if (current && id === current.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

if (headings.length) {
  addEventListener("scroll", light, { passive: true });
  light();
}

document.addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLElement && (event.target.isContentEditable || /^(input|textarea|select)$/i.test(event.target.tagName));
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.getElementById("q")?.focus();
});

document.querySelector('.shelf [aria-current="page"]')?.scrollIntoView({ block: "nearest" });
