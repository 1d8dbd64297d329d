"""How a shop's own names are said: pairs of how a word is written and how it is to be said, which come before every other rule.

"Nguyen Roastery" said "win roastery": captions keep what is written, the voice reads what is said, in the writing of its own language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from avatar_pipeline.text.rule import Rule

_JOINED_WRITING: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Kana and Chinese characters, between which no space shows where a word ends."""


@dataclass(frozen=True)
class OwnSaying:
    """A word or name as it is written, and the words said for it."""

    written: str
    said: str


def sayings_in(text: str, sayings: Iterable[OwnSaying]) -> tuple[OwnSaying, ...]:
    """Those that change how this text is said, the longest first."""
    plain = " ".join(text.split())
    found = [one for one in sayings if _pattern(one.written).search(plain)]
    return tuple(sorted(found, key=lambda one: (-len(one.written), one.written)))


def rules_of(sayings: Iterable[OwnSaying]) -> tuple[Rule, ...]:
    """They as reading rules. The longest stand first, for of two rules that begin together the first one reads."""
    ordered = sorted(sayings, key=lambda one: (-len(one.written), one.written))
    return tuple(Rule(f"own saying {one.written}", _pattern(one.written), _always(one.said)) for one in ordered)


def _always(said: str) -> Callable[[re.Match[str]], str]:
    return lambda _: said


def _pattern(written: str) -> re.Pattern[str]:
    """The word whole, in capitals or not: "Bao" is not said within "Baobab", but 店名 is found within a sentence without spaces."""
    words = " ".join(written.split())
    begins, ends = (re.fullmatch(rf"[^\W{_JOINED_WRITING}]", sign) is not None for sign in (words[0], words[-1]))
    before, after = rf"(?<![^\W{_JOINED_WRITING}])" if begins else "", rf"(?![^\W{_JOINED_WRITING}])" if ends else ""
    return re.compile(f"{before}{re.escape(words)}{after}", re.IGNORECASE)
