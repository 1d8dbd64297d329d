"""A manner of speaking, and how it is put around an answer. What an answer cites, its prices, days and codes, is never touched.

A manner adds whole sentences before and after; it cannot change, shorten or leave out a sentence. So whatever a shop likes, the same
question has the same facts and the same citations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from app.conversations.knowledge.language import language_of
from app.conversations.skills.frames import say
from app.conversations.thoughts import SKILL_STEP, WORDED_STEP, Said, Thought

TRAITS: Final = ("warm", "formal", "follow_up", "source", "offer")
"""Begins warmly or formally, asks whether that was all, names the paper it comes from, mentions that an offer is on."""
FLAVOURED_STEPS: Final = frozenset({"product", "finder", "rule", "reviewed", SKILL_STEP, WORDED_STEP})


@dataclass(frozen=True)
class Manner:
    """Which traits they have, and words of the shop's own for the beginning and the end (empty: the usual ones)."""

    warm: bool = False
    formal: bool = False
    follow_up: bool = False
    source: bool = False
    offer: bool = False
    opener: str = ""
    closer: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether nothing is added."""
        return not any(getattr(self, trait) for trait in TRAITS)


PLAIN: Final = Manner()


def flavoured(step: str, thoughts: Sequence[Thought], manner: Manner, language: str, *, has_offer: bool) -> tuple[Thought, ...]:
    """The same thoughts in a manner: sentences are added around them, none is changed."""
    said = [one for one in thoughts if isinstance(one, Said)]
    if manner.is_plain or step not in FLAVOURED_STEPS or not said:
        return tuple(thoughts)
    before: list[Thought] = []
    if manner.warm or manner.formal:
        before.append(_own(manner.opener, language) or say("taste_formal" if manner.formal else "taste_warm", language))
    after: list[Thought] = []
    document = next((citation.document_name for one in said for citation in one.citations), "")
    if manner.source and document:
        after.append(say("taste_source", language, document=document))
    if manner.offer and has_offer:
        after.append(say("taste_offer", language))
    if manner.follow_up:
        after.append(_own(manner.closer, language) or say("taste_follow_up", language))
    return (*before, *thoughts, *after)


def to_json(manner: Manner) -> dict[str, Any]:
    """As it stands in its row."""
    return asdict(manner)


def from_json(kept: Mapping[str, Any]) -> Manner:
    """Read it back."""
    return Manner(**kept)


def _own(words: str, language: str) -> Said | None:
    """The shop's own words, where they are in the shopper's language."""
    return Said(words) if words and language_of(words, language) == language else None
