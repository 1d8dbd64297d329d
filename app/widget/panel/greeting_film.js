// @ts-check
/**
 * A greeting film in the conversation: how far it is while it is being made, then its picture, which leads to the film's own page.
 * The picture is fetched with the conversation's pass; the page's address is the shopper's to pass on.
 */
import { icon, make, say } from "./page.js";

/** @typedef {{ turn: string, headline: string, state: string, percent: number }} Film */
/** @typedef {{ url: string, poster: Blob }} Made */

/**
 * @param {(turn: string) => Promise<Made>} fetchFilm
 * @param {(request: () => Promise<any>) => Promise<boolean>} succeeds false when the server or the line refused
 * @returns {(film: Film) => HTMLElement | null} takes each word of a film; a new card for the first one, null when the card is there
 */
export function greetingFilms(fetchFilm, succeeds) {
  /** @type {Map<string, HTMLElement>} */ const cards = new Map();

  /** @param {HTMLElement} card @param {Film} film */
  async function showMade(card, film) {
    let /** @type {Made | null} */ made = null;
    const again = make("button", { type: "button", className: "link", onclick: () => showMade(card, film) }, say("retry"));
    if (!await succeeds(async () => { made = await fetchFilm(film.turn); })) { tell(card, say("film_gone"), again); return; }
    const { url, poster } = /** @type {Made} */ (/** @type {unknown} */ (made)), picture = URL.createObjectURL(poster);
    const image = /** @type {HTMLImageElement} */ (make("img", { src: picture, alt: "" }));
    await image.decode().catch(() => {}); // a film without its picture can still be watched
    const watch = make("a", { href: url, target: "_blank", rel: "noopener", className: "film-watch", aria: { label: `${say("film_watch")}: ${film.headline}` } }, image, make("span", { className: "primary" }, icon("play"), say("film_watch")));
    card.replaceChildren(make("h3", {}, film.headline), watch);
    card.scrollIntoView({ block: "nearest" });
  }

  /** @param {Film} film */
  return (film) => {
    const known = cards.get(film.turn), card = known || make("section", { className: "greeting-film", aria: { label: `${say("film")}: ${film.headline}` } });
    cards.set(film.turn, card);
    if (film.state === "done") void showMade(card, film);
    else if (film.state === "failed") tell(card, say("film_failed"));
    else if (film.state === "gone") tell(card, say("film_gone"));
    else showProgress(card, film);
    return known ? null : card;
  };
}

/** @param {HTMLElement} card @param {Film} film */
function showProgress(card, film) {
  const words = film.state === "making" ? say("film_making", { percent: film.percent }) : say("film_waiting");
  const bar = make("progress", { max: 100, aria: { label: words } });
  if (film.state === "making") /** @type {HTMLProgressElement} */ (bar).value = film.percent;
  card.replaceChildren(make("h3", {}, film.headline), bar, make("p", { className: "aside", role: "status" }, words));
}

/** @param {HTMLElement} card @param {string} words @param {...Node} more */
function tell(card, words, ...more) {
  card.replaceChildren(make("p", { className: "aside", role: "status" }, words, " ", ...more));
}
