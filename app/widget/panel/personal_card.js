// @ts-check
/**
 * A personal card in the conversation: the picture is fetched with the conversation's pass, for nobody else may see the name on it,
 * and can be saved. What stands on it is told to screen readers in words.
 */
import { icon, make, say } from "./page.js";

/** @typedef {{ turn: string, headline: string, product: string, price: string, coupon: { code: string, title: string, terms: string } | null }} Card */

/**
 * @param {Card} card
 * @param {() => Promise<Blob>} fetchPicture
 * @param {(request: () => Promise<any>) => Promise<boolean>} succeeds false when the server or the line refused
 * @returns {HTMLElement}
 */
export function personalCard(card, fetchPicture, succeeds) {
  const status = make("p", { className: "aside", role: "status" }), again = make("button", { type: "button", className: "link" }, say("retry"));
  const place = make("section", { className: "personal-card", aria: { label: `${say("card")}: ${card.headline}` } }, status);
  const inWords = [card.headline, card.product, card.price, card.coupon?.title, card.coupon?.code].filter(Boolean).join(". ");

  async function draw() {
    status.textContent = say("card_drawing");
    let /** @type {Blob | null} */ picture = null;
    if (!await succeeds(async () => { picture = await fetchPicture(); }) || !picture) { status.replaceChildren(say("card_failed"), " ", again); return; }
    const address = URL.createObjectURL(picture), image = /** @type {HTMLImageElement} */ (make("img", { src: address, alt: inWords }));
    await image.decode().catch(() => {}); // a picture that cannot be shown can still be saved
    const save = make("a", { href: address, download: "card.png", className: "primary" }, icon("save"), make("span", {}, say("card_save")));
    place.replaceChildren(image, save);
    place.scrollIntoView({ block: "nearest" });
  }

  again.onclick = draw;
  void draw();
  return place;
}
