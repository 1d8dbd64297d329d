"""Answer what leans on the rule just quoted: "and the loft?" after how many people the hall holds, "how long does it take?".

Such a question says too little to be searched for by itself, so the passage of the last answer is asked first whether it speaks of all
that is new. A product of the same name would otherwise take the question: the hire of a loft is no answer to how many it seats.
"""

import re
from typing import Final

from app.conversations.knowledge.calibration import ANSWER_CONFIDENCE_MIN
from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.measurements import kinds_of_answer
from app.conversations.knowledge.seasons import seasons_in, without_seasons
from app.conversations.knowledge.words import content_terms, terms, words
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.rules import ASKING_TERMS, say_passage
from app.conversations.skills.unspaced import is_unspaced, names_something

_GOES_ON: Final = re.compile(
    r"^\W*(?:and|but|what about|how about|what if|et|mais)\b|^(?:那|还有|それで|では|じゃあ)|呢[？?]?$", re.IGNORECASE
)
_LEANS: Final = re.compile(r"\b(?:it|its|that|they|them|one|ones)\b", re.IGNORECASE)
_ASKS_ANEW: Final = re.compile(
    r"\b(?:is|are|does|do|did|can|could|will|has|have|must|may|how(?! about)|what(?! about| if)|when|where|which|why|who"
    r"|est|sont|peut|puis|combien|quand|où|quel(?:le)?s?)\b|\w-(?:vous|tu|t-on|t-il|t-elle|ils?|elles?)\b|y a-t"
    r"|[吗几多怎什哪有]|可以|能不能|ます|です|ません|ください|か[?？]?$",
    re.IGNORECASE,
)
"""A verb or a word that asks: then something of its own is asked, and a product may be what it is asked of."""
_SUPPOSES: Final = re.compile(r"^\W*(?:and |but |et |mais )?(?:what )?(?:if|once|when|si|quand)\b", re.IGNORECASE)
"""What else would hold if something were otherwise: its verb asks nothing."""
REST_WORDS_MAX: Final = 9
ASKS_WHEN: Final = 1
"""The place of that sign among the kinds of answer."""


def go_on_about_rule(ask: Ask) -> Reply | None:
    """Answer "and the loft?" from the rule just quoted when that rule speaks of it, before any product of that name is thought of."""
    quoted = _quoted(ask)
    if quoted is None or not _GOES_ON.search(ask.text) or _ASKS_ANEW.search(ask.text) or not _says_all(ask, quoted):
        return None
    return _goes_on(ask, quoted)


def follow_on(ask: Ask) -> Reply | None:
    """Answer "how long does it take?" from the rule just quoted, when it speaks of all that is asked now or is the likeliest of all."""
    quoted = _quoted(ask)
    if quoted is None or not (_GOES_ON.search(ask.text) or _LEANS.search(ask.text)):
        return None
    asked, held = _kinds(ask.spelled, quoted.text)
    if asked != held:
        return None
    return _goes_on(ask, quoted) if _says_all(ask, quoted) or _is_likeliest(ask, quoted) else None


def _quoted(ask: Ask) -> KnownPassage | None:
    return next((passage for passage in ask.topic if passage.product is None), None)


def _new_terms(ask: Ask) -> set[str]:
    return set(content_terms(without_seasons(ask.spelled))) - ASKING_TERMS


def _says_all(ask: Ask, quoted: KnownPassage) -> bool:
    """Say whether the passage holds every word that is asked, and divides the year where a season is; something must be asked."""
    wanted, seasons = _new_terms(ask), seasons_in(ask.spelled)
    if seasons and not seasons_in(quoted.text):
        return False
    if is_unspaced(ask.text) and not wanted and not seasons and names_something(ask.text):
        return False
    return wanted <= set(terms(quoted.text)) and bool(wanted or seasons or any(_kinds(ask.spelled, quoted.text)))


def _is_likeliest(ask: Ask, quoted: KnownPassage) -> bool:
    """Say whether a mere rest of a question, such as "and for champagne?", is nearest to the quoted passage by the search, too.

    A whole question says enough to be judged by itself, and a time proves little: nearly every rule names one.
    """
    if not _GOES_ON.search(ask.text) or (_ASKS_ANEW.search(ask.text) and not _SUPPOSES.search(ask.text)):
        return False
    if len(words(ask.spelled)) > REST_WORDS_MAX or kinds_of_answer(ask.spelled, "", has_price=False)[ASKS_WHEN]:
        return False
    best = next(iter(ask.candidates), None)
    return best is not None and best.passage is quoted and best.confidence > 0  # a demand is believed of no passage


def _goes_on(ask: Ask, quoted: KnownPassage) -> Reply:
    return Reply("rule", ANSWER_CONFIDENCE_MIN, f'goes on about "{quoted.heading}"', tuple(say_passage(ask, quoted)))


def _kinds(question: str, text: str) -> tuple[int, int]:
    """How many kinds of answer (a price, a time, a number) are asked, and how many of these the text holds."""
    signs = kinds_of_answer(question, text, has_price=False)
    half = len(signs) // 2
    return int(sum(signs[:half])), int(sum(signs[half:]))
