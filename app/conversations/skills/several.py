"""Several things wished for in one breath, "two flat whites and a croissant": each is looked up by itself, and each gets its price."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.shelf import Match

_BETWEEN: Final = re.compile(r"\s*(?:,|\band\b|\bet\b|\bplus\b|、|，|和|と|还有)\s*", re.IGNORECASE)
PARTS_MAX: Final = 4
ROWS_OF_A_PART_MAX: Final = 2
EXPLAINED_MIN: Final = 0.99


def each_of(text: str, meant: Callable[[str], Sequence[Match]]) -> list[KnownPassage]:
    """The products that the parts of a message name, in the order they were said; empty unless there are several parts and each names one.

    `meant` finds the products a part means. Of a part that means many ("a croissant") the nearest few are kept.
    """
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    if not 2 <= len(parts) <= PARTS_MAX:
        return []
    found = [[match for match in meant(part) if match.explained >= EXPLAINED_MIN][:ROWS_OF_A_PART_MAX] for part in parts]
    if not all(found):
        return []
    return list({match.item.passage.passage_id: match.item.passage for matches in found for match in matches}.values())
