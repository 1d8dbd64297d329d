// Beside a published film: tells that it was watched, and lets a click carry the same visitor along.
// The visitor is a random name that lives in this page alone: nothing is stored, so nothing needs to be asked. A shop's page that has
// consent and wants the film to count for its own visitor writes it behind the address: /films/KEY/embed#visitor=…
// @ts-check
const WATCHED_S = 3;
const NAME = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

document.addEventListener("DOMContentLoaded", () => {
  const video = /** @type {HTMLVideoElement | null} */ (document.querySelector("video[data-film]"));
  if (!video) return;
  const given = new URLSearchParams(location.hash.slice(1)).get("visitor") ?? "";
  const visitor = NAME.test(given) ? given : randomName();
  const own = `/films/${video.dataset.film}`;
  let isTold = false;

  video.addEventListener("timeupdate", () => {
    if (isTold || video.currentTime < Math.min(WATCHED_S, video.duration / 2)) return;
    isTold = true;
    fetch(`${own}/seen`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ visitor }), keepalive: true }).catch(() => { isTold = false; });
  });
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-film-link]"))) link.href = `${own}/go?visitor=${visitor}`;
});

// Browsers keep crypto.randomUUID for encrypted pages; a shop tried out on a plain address has random bytes all the same.
function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
