"""Offer a coupon when it fits: the shopper asks for one, is about to buy, or finds the price high. Never twice, never for begging.

The code comes from the counting house through the power `issue_coupon`; this file holds no code, no percentage and no limit.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from babel.dates import format_date

from app.conversations.knowledge.words import CONCEPT_MARK, content_terms, terms
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.basket import accept_order
from app.conversations.skills.coupon_terms import refuse_more, terms_in
from app.conversations.skills.frames import phrase, say, yes_or_no
from app.conversations.skills.phrases import has, without
from app.conversations.skills.rules import answers
from app.conversations.thoughts import AvailableOffer, MessageWanted, Offered, OfferedCoupon, PageSeen, Thought

DAYS: Final = {"en": "d MMMM", "zh": "M月d日", "ja": "M月d日", "fr": "d MMMM"}
"""How each language says the day until which a code is good."""
GENERAL = frozenset({"discount", "price", "free"})
"""What every wish for a discount speaks of; anything beyond makes it a question about a particular one."""

_WHO_THEY_ARE: Final = re.compile(
    r"\b(?:je suis|nous sommes|en tant qu|(?:ai-je|avons-nous|a-t-on) droit|as an?|(?:i'm|i am|we're|we are) (?:an? |with |from )"
    r"|for (?:members of|people who|those who))\b|我是|我们是|作为|(?:なの|なん|です)(?:です)?(?:が|けど)",
    re.IGNORECASE,
)


def offer_coupon(ask: Ask) -> Reply | None:
    """Answer a wish for a discount, or a moment in which a coupon helps."""
    held = [coupon for turn in ask.history for coupon in turn.coupons]
    return _told_again(ask, held[-1]) if held and _asks_of_held(ask) else _offered(ask, held)


def _offered(ask: Ask, held: Sequence[OfferedCoupon]) -> Reply | None:
    """Hand a coupon out where there is an occasion and none was handed out before."""
    occasion = next((intent for intent in ("coupon", "purchase", "hesitation") if has(intent, ask.text)), None)
    if occasion is None:
        return None
    if occasion == "coupon" and _is_explained(ask):
        return None  # a rule speaks of just this discount (students, groups, gift cards): quoting it is the answer
    if occasion == "coupon" and held:
        again = say("coupon_again", ask.language, code=held[-1].code)
        return Reply("coupon", 1.0, "the visitor already has a coupon", (*refuse_more(ask, held[-1]), again))
    coupon = None if held else fitting_coupon(ask)
    opened = _opened(ask, occasion)
    if coupon is not None:
        return Reply("coupon", 1.0, f"occasion: {occasion}", (*refuse_more(ask, coupon), *opened.thoughts, *_handed(ask, coupon)))
    if occasion == "coupon":
        said = *refuse_more(ask, None), say("coupon_none", ask.language)
        return Reply("coupon", 1.0, "no offer is open to this visitor", said)
    return opened


def _asks_of_held(ask: Ask) -> bool:
    """Say whether the code they hold is asked about: how it is used, until when, what it was; by its name, or as "it" just after it."""
    is_fresh = "coupon" in ask.history[-1].steps and not ask.history[-1].by_person
    is_named = has("coupon", ask.text) or has("coupon_code", ask.text)
    return has("coupon_use", ask.text) and (is_named or (is_fresh and has("pronoun", ask.text))) and not _is_explained(ask)


def _told_again(ask: Ask, coupon: OfferedCoupon) -> Reply:
    """The code and its terms once more; a code that was refused is a matter for people of the shop, too."""
    language = ask.language if ask.language in DAYS else "en"
    day = format_date(coupon.expires_at.astimezone(ask.now.tzinfo), DAYS[language], locale=language)
    said: list[Thought] = [say("coupon_code", language, code=coupon.code), say("coupon_terms", language, terms=coupon.terms_text)]
    said.append(say("coupon_until", language, day=day))
    if has("coupon_refused", ask.text):
        said = [say("complaint", ask.language), *said, MessageWanted(phrase("message_prompt", ask.language))]
    return Reply("coupon", 1.0, "asked about the code they hold", tuple(said))


def fitting_coupon(ask: Ask) -> OfferedCoupon | None:
    """A coupon from an open offer, issued by the counting house now; None when none is open or it refuses."""
    offer = _fitting(ask)
    coupon = ask.powers.issue_coupon(offer.offer_id, ask.turn_id) if offer else None
    return replace(coupon, terms_text=terms_in(coupon.terms_text, ask.language)) if coupon else None


def _fitting(ask: Ask) -> AvailableOffer | None:
    """An open offer whose smallest order the cart reaches; those that name what the talk, the page or the cart is about come first.

    Among several that fit alike the power chooses, by what each brought before. Where the cart reaches none the first is still offered:
    its terms, which are told, name the smallest order.
    """
    about = " ".join([ask.text, *(passage.text for passage in (*ask.topic, *ask.looked_at, *ask.in_cart))]).casefold()
    offers = list(ask.powers.offers())
    named = [offer for offer in offers if any(word.casefold() in about for word in offer.product_words)]
    general = [offer for offer in offers if not offer.product_words]
    for alike in (named, general):
        reached = [offer for offer in alike if _is_reached(offer, ask.page)]
        if reached:
            return ask.powers.choose_offer(reached) if len(reached) > 1 else reached[0]
    return next(iter([*named, *general]), None)


def _is_reached(offer: AvailableOffer, page: PageSeen) -> bool:
    """Whether the cart comes to the offer's smallest order; a cart we are not told of, or in another currency, may."""
    total_minor = page.cart_total_minor
    return total_minor is None or page.currency != offer.currency or total_minor >= offer.minimum_minor


def _opened(ask: Ask, occasion: str) -> Reply:
    """What is said before a coupon, and alone where none is given: who is about to buy hears what it costs."""
    if occasion == "purchase":
        return accept_order(ask)
    return Reply("courtesy", 0.8, occasion, (say("expensive", ask.language),) if occasion == "hesitation" else ())


def _handed(ask: Ask, coupon: OfferedCoupon) -> tuple[Thought, ...]:
    return (
        say("coupon", ask.language, title=coupon.title),
        Offered(coupon),
        say("coupon_code", ask.language, code=coupon.code),
        say("coupon_terms", ask.language, terms=coupon.terms_text),
        *((say("card_offer", ask.language), yes_or_no(ask.language)) if ask.powers.makes_cards else ()),
    )


def _is_explained(ask: Ask) -> bool:
    """Say whether the shopper asks about a particular discount ("on a second pair", "for schools"), and a house rule that
    speaks of it answers: "one more discount" is no question about students. Who says what they are asks about theirs, also in words
    that the lexicon does not know ("je suis secouriste, ai-je droit à une réduction").
    """
    about = set(content_terms(without(ask.spelled, "coupon"))) - {CONCEPT_MARK + concept for concept in GENERAL}
    tells_who_they_are = bool(_WHO_THEY_ARE.search(ask.text))
    if not about and not tells_who_they_are:
        return False
    best = next(iter(ask.candidates), None)
    if best is None or not answers(ask, best):
        return False
    spoken = set(terms(best.passage.text))
    return not about.isdisjoint(spoken) or (tells_who_they_are and CONCEPT_MARK + "discount" in spoken)
