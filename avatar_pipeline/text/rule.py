"""A reading rule: a pattern to look for, and what to say for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """`say` gets the match and gives the words, or None to say "not mine" (a 25:99 is no time of day)."""

    name: str
    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str | None]

    def find(self, text: str, start: int) -> tuple[int, int, str] | None:
        """Give the first stretch at or after `start` that this rule reads: (start, end, words said)."""
        for match in self.pattern.finditer(text, start):
            said = self.say(match)
            if said is not None and match.end() > match.start():
                return match.start(), match.end(), said
        return None


def rule(name: str, pattern: str, say: Callable[[re.Match[str]], str | None], flags: int = 0) -> Rule:
    """Make a rule from a pattern as text."""
    return Rule(name, re.compile(pattern, flags), say)
