"""Make a personal card: a shopper's first name, the product talked about and their coupon on one picture to keep.

The name is asked for, said to stand on this card only, and taken from nowhere else; "no name" is an answer. It lives in the conversation
it was said in and in no other place, for the picture is drawn whenever it is looked at and stored nowhere.
"""

import re
from typing import Final

from app.conversations.guardrails.instructions import is_instruction
from app.conversations.memory.told import facts_in
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.coupon import fitting_coupon
from app.conversations.skills.frames import LANGUAGES, phrase, replies, say
from app.conversations.skills.phrases import has, is_only
from app.conversations.skills.products import fact_of, price_of
from app.conversations.thoughts import CARD_ASKS_STEP, CARD_STEP, Carded, Offered, PersonalCard, Thought

NAME_LENGTH_MAX: Final = 24
NAME_WORDS_MAX: Final = 2
OCCASIONS: Final = ("birthday", "thanks", "congratulations")
_LETTERS: Final = r"[^\W\d_]*(?:['’-][^\W\d_]+)*"
_PLAIN: Final = re.compile(rf"[^\W\d_]{_LETTERS}(?: [^\W\d_]{_LETTERS}){{0,{NAME_WORDS_MAX - 1}}}")
_CAPITAL: Final = r"[^\W\d_a-zà-ÿ]"
_SOMEBODY: Final = re.compile(
    # A name after "for" is known by its capital letter: "for my mother" names nobody.
    rf"\b(?i:for|named|pour)\s+(?P<latin>{_CAPITAL}{_LETTERS}(?:\s{_CAPITAL}{_LETTERS})?)"
    r"|[给給为為](?P<zh>(?![我他她你您妈爸朋同])[\u3400-\u9fff]{1,4}?)(?=[做写画制的一])"
    r"|(?P<ja>[\u3040-\u30ff\u3400-\u9fff]{1,6}?)(?:さん|ちゃん|君|くん)(?=[にへの宛])"
)
_BEFORE: Final = re.compile(r"^(?:it'?s|it is|i'm|i am|please|just|put|write|c'est|我?叫|我是|就?写|是)\s*", re.IGNORECASE)
_AFTER: Final = re.compile(r"[\s,，]*(?:please|s'il vous plaît|吧|でお願いします|です)$", re.IGNORECASE)
_COURTESIES: Final = ("greeting", "thanks", "bye", "acknowledge", "help", "more")


def make_card(ask: Ask) -> Reply | None:
    """Make a card, or ask whose name should stand on it; None when nobody speaks of a card."""
    if not ask.powers.makes_cards:
        return None
    wish = _wish_before(ask)
    if wish:
        return _with_name(ask, wish)
    if not (has("card", ask.text) or _says_yes_to_the_offer(ask)):
        return None
    name = name_in_wish(ask.text)
    if name:
        return _made(ask, name, occasion_in(ask.text))
    asked = say("card_ask", ask.language), replies(ask.language, "reply_no_name")
    return Reply(CARD_ASKS_STEP, 1.0, "asks which name should stand on the card", asked)


def _wish_before(ask: Ask) -> str:
    """The message that wished for a card, when the last answer asked for the name; else empty."""
    last = ask.history[-1] if ask.history else None
    return last.question if last is not None and CARD_ASKS_STEP in last.steps else ""


def _says_yes_to_the_offer(ask: Ask) -> bool:
    """Whether this is a plain "yes, please" to the sentence with which a coupon offered a card."""
    last = ask.history[-1] if ask.history else None
    offered = {phrase("card_offer", language) for language in LANGUAGES}
    return last is not None and any(said.text in offered for said in last.said) and has("more", ask.text)


def _with_name(ask: Ask, wish: str) -> Reply | None:
    """Take the answer to the question for a name; what is neither a name nor a refusal is left to the other skills."""
    if has("card_without_name", ask.text):
        return _made(ask, "", occasion_in(wish))
    if has("no", ask.text):
        return Reply(CARD_STEP, 1.0, "the visitor wants no card after all", (say("card_dropped", ask.language),))
    name = name_told(ask.text)
    return _made(ask, name, occasion_in(wish)) if name else None


def name_in_wish(text: str) -> str:
    """The first name that a wish names, as it may stand on a card; empty without one that fits."""
    match = _SOMEBODY.search(text)
    return _fit(_told(text) or (match[match.lastgroup] if match and match.lastgroup else ""))


def name_told(text: str) -> str:
    """The first name in an answer to the question for one; empty where it is none, or none that may stand on a card."""
    if text.rstrip().endswith(("?", "？")) or is_only(text, *_COURTESIES):
        return ""
    return _fit(_told(text) or _AFTER.sub("", _BEFORE.sub("", text.strip(" .,!。，！"))))


def _told(text: str) -> str:
    return next((fact.value for fact in facts_in(text) if fact.name == "name"), "")


def _fit(name: str) -> str:
    """The name as it may stand on a card: one or two words of letters, nothing that abuses or gives orders; else empty."""
    if len(name) > NAME_LENGTH_MAX or not _PLAIN.fullmatch(name) or has("abuse", name) or is_instruction(name):
        return ""
    return " ".join(word.capitalize() if word.islower() else word for word in name.split())


def occasion_in(text: str) -> str:
    """Which of OCCASIONS a wish is for; empty where it says none."""
    return next((one for one in OCCASIONS if has(f"card_{one}", text)), "")


def _made(ask: Ask, name: str, occasion: str) -> Reply:
    if not ask.powers.may_make_card(ask.turn_id):
        return Reply(CARD_STEP, 1.0, "this visitor had as many cards as one may have", (say("card_limit", ask.language),))
    had = [coupon for turn in ask.history for coupon in turn.coupons]
    coupon = had[-1] if had else fitting_coupon(ask)
    headline = phrase(f"card_{occasion or 'plain'}_{'for' if name else 'alone'}", ask.language, name=name)
    about = next((one for one in (*ask.topic, *ask.looked_at) if one.product is not None), None)
    product, price = (fact_of(about).name, price_of(about, ask.language)) if about else ("", "")
    is_new = coupon is not None and not had
    handed: tuple[Thought, ...] = (Offered(coupon), say("coupon_terms", ask.language, terms=coupon.terms_text)) if is_new and coupon else ()
    made = say("card_made", ask.language, headline=headline), Carded(PersonalCard(headline, product, price, coupon))
    return Reply(CARD_STEP, 1.0, "the visitor wanted a personal card", (*made, *handed))
