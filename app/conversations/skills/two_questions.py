"""Two questions in one message, "when do you open and do you have wifi?", told apart where each is a question of its own.

Half an answer leaves the shopper to ask again, and to wonder whether the rest was heard. What only tells of the shopper ("I am two metres
tall, do you have a bicycle?") is no question, and what leans on the other ("and how much is that?") none of its own.
"""

import re
from typing import Final

from app.conversations.knowledge.words import content_terms
from app.conversations.skills.unspaced import is_unspaced, names_something
from app.conversations.skills.wish import ASKING

_QUESTION: Final = (
    r"(?:do|does|is|are|can|could|may|will|when|where|what|how|who|which|est-ce|y a-t-il|avez|acceptez|livrez|puis|peut|où|quand|comment"
    r"|combien|quel(?:le)?s?)\b"
)
_ASKS: Final = re.compile(rf"^\W*{_QUESTION}", re.IGNORECASE)
_ENDS: Final = re.compile(r"(?<=[?？])\s*(?=\S)")
_BETWEEN: Final = re.compile(rf",?\s+(?:and|et)(?: also| aussi)?\s+(?={_QUESTION})", re.IGNORECASE)
_LEANS: Final = re.compile(
    r"\b(?:it|its|that|this|these|those|they|them|one|ones|there|then|so|same|c'est|celui|celle|cela|ça)\b|那|它|这|それ|これ|その",
    re.IGNORECASE,
)

_THING: Final = r"(?:(?:an?|any|some|the|free|du|de la|des|une?|le|la|les|de l') ?)?[^\W\d_][\w'-]*?(?: [\w'-]+?)?"
_TWO_THINGS: Final = re.compile(
    rf"^\W*(?P<opening>(?:do you have|have you got|is there|are there|avez-vous|y a-t-il|有没有|有)\s*)?(?P<one>{_THING}?)"
    rf"(?:\s+(?:and|or|et|ou)\s+|\s*(?:和|跟|以及|、)\s*|と(?=\S))(?P<other>{_THING}?)(?P<closing>吗|はありますか|は)?[\s?？]*$",
    re.IGNORECASE,
)
"""Two names of a word or two and nothing else besides what asks for them."""


def two_questions(text: str) -> tuple[str, str] | None:
    """The two questions of a message; None when there is one, more than two, or one that cannot stand by itself."""
    parts = _ENDS.split(text.strip())
    if len(parts) == 1:
        parts = _BETWEEN.split(parts[0])
    if len(parts) != 2 or _LEANS.search(parts[1]) or not all(map(_is_question, parts)):
        return None
    return parts[0], parts[1]


def two_things(text: str) -> tuple[str, str] | None:
    """The two things a short message asks for in one breath, "wifi and parking?", each as a question; None for anything else."""
    found = _TWO_THINGS.search(text.strip())
    if found is None:
        return None
    opening, closing = found["opening"] or "", found["closing"] or ""
    one, other = (f"{opening}{found[name].strip()}{closing}?" for name in ("one", "other"))
    return (one, other) if all(content_terms(found[name]) for name in ("one", "other")) else None


def _is_question(part: str) -> bool:
    """Say whether a part asks, and asks about something: "how much?" is about what was said before."""
    is_about = names_something(part) if is_unspaced(part) else bool(set(content_terms(part)) - ASKING)
    return is_about and (part.rstrip().endswith(("?", "？")) or bool(_ASKS.search(part)))
