"""The rules that turn signs and figures into words, in the order in which they are tried.

Each rule is a pattern and a function that says what it found. The earliest match in the sentence wins; of two that start
together, the rule that stands first. What no rule matches is left to the voice's own dictionary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from avatar_pipeline.text import addresses, continental, moments, names, quantities
from avatar_pipeline.text.rule import Rule

RULES: tuple[Rule, ...] = (*names.RULES, *addresses.RULES, *moments.RULES, *continental.RULES, *quantities.RULES)


def first_matches(rules: Iterable[Rule], text: str) -> Iterator[tuple[int, int, str]]:
    """Give each stretch of the text that a rule reads, as (start, end, words said), left to right and not overlapping.

    The earliest match wins; of two that start together, the rule that stands first.
    """
    position = 0
    waiting = {rule: rule.find(text, 0) for rule in rules}
    while True:
        for rule, found in waiting.items():
            if found and found[0] < position:
                waiting[rule] = rule.find(text, position)
        best = min((found for found in waiting.values() if found), key=lambda found: found[0], default=None)
        if best is None:
            return
        yield best
        position = best[1]
