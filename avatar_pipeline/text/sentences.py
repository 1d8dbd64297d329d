"""Cutting an answer into the stretches a voice speaks in one breath, without losing a character.

The first stretch is kept short, because the shopper waits for it; the others are made while it plays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from avatar_pipeline.text.languages import spoken_length

PHRASE_CHARACTERS_MAX: Final = 240  # longer sentences are cut at a clause, so one phrase is at most some 15 s of sound
FIRST_CHARACTERS_MAX: Final = 90  # a first sentence up to here is spoken whole: it takes under 100 ms to make
_CLAUSE_MIN: Final = 25  # a first clause shorter than this sounds chopped
_BOUNDARY: Final = re.compile(r"""[.!?…]+["'”’)\]]*(?=\s)|[。！？]+[」』”）]*|\n""")  # fmt: skip
_CLAUSE: Final = re.compile(r"[,;:—–、，；：](?=\s)|[、，；：]")
_ABBREVIATIONS: Final = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "mt", "vs", "e.g", "i.e", "approx", "incl", "excl", "jr", "sr", "ave", "blvd", "dept", "est"}
    | {"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"}
    | {"mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri"}
)
_BEFORE_FIGURES: Final = frozenset({"no", "nos", "fig", "vol", "p"})


@dataclass(frozen=True)
class Phrase:
    """A stretch to speak at once. `ends_sentence` tells the voice how long to breathe after it."""

    text: str
    ends_sentence: bool


def split_sentences(text: str) -> list[str]:
    """Cut text after sentences and at line ends. Put together, the pieces are the text again, white space aside."""
    pieces: list[str] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match[0] == "\n" or _ends_here(text, start, match):
            pieces.append(text[start : match.end()])
            start = match.end()
    pieces.append(text[start:])
    return [piece.strip() for piece in pieces if piece.strip()]


def _ends_here(text: str, start: int, match: re.Match[str]) -> bool:
    """Tell a sentence's end from the point of "Dr. Smith", "No. 5", "J. Doe", "1. Espresso" or "... well"."""
    following = text[match.end() :].lstrip()[:1]
    if not match[0].startswith("."):
        return not following.islower()
    before = text[start : match.start()].split()
    word = before[-1].lstrip("(\"'“‘").lower() if before else ""
    if word in ("a.m", "p.m"):
        return following.isupper()
    initial = len(word) == 1 and word.isalpha() and word != "i"
    numbering = len(before) == 1 and word.isdigit()
    counting = word in _BEFORE_FIGURES and following.isdigit()
    return not (following.islower() or word in _ABBREVIATIONS or initial or numbering or counting)


def split_phrases(text: str) -> list[Phrase]:
    """Cut text into what is spoken at once: sentences, long ones at a clause, and a long first one early."""
    phrases: list[Phrase] = []
    for sentence in split_sentences(text):
        parts = _cut(sentence, _Room.of(sentence), is_first=not phrases)
        phrases += [Phrase(part, index == len(parts) - 1) for index, part in enumerate(parts)]
    return phrases


@dataclass(frozen=True)
class _Room:
    """How many characters go into one breath. Chinese says three times as much with one, so it gets a third."""

    first: int
    phrase: int
    clause_min: int

    @staticmethod
    def of(sentence: str) -> _Room:
        share = len(sentence) / spoken_length(sentence)
        return _Room(*(max(4, round(limit * share)) for limit in (FIRST_CHARACTERS_MAX, PHRASE_CHARACTERS_MAX, _CLAUSE_MIN)))


def _cut(sentence: str, room: _Room, *, is_first: bool) -> list[str]:
    parts: list[str] = []
    rest, limit = sentence, room.first if is_first else room.phrase
    while len(rest) > limit:
        cut = _clause_end(rest, limit, room)
        if cut is None and limit < room.phrase:
            limit = room.phrase  # no good place to cut early: a whole sentence sounds better than a broken one
            continue
        cut = cut or rest.rfind(" ", 1, limit) + 1 or limit
        parts.append(rest[:cut].strip())
        rest = rest[cut:].strip()
        limit = room.phrase
    return [*parts, rest] if rest else parts


def _clause_end(text: str, limit: int, room: _Room) -> int | None:
    """The place after the first clause of a first sentence, or after the last one that fits in any other."""
    ends = [match.end() for match in _CLAUSE.finditer(text, room.clause_min, limit)]
    if not ends:
        return None
    return ends[0] if limit < room.phrase else ends[-1]
