"""A wish that goes on from the last one: "something sweet?", then "without nuts, please" means something sweet without nuts."""

import re
from collections.abc import Sequence
from dataclasses import replace

from app.conversations.knowledge.shelf import Shelf
from app.conversations.skills.naming import usual_currency
from app.conversations.skills.phrases import has
from app.conversations.skills.wish import Wish, read_wish
from app.conversations.thoughts import PastTurn

LISTING_STEP = "finder"
_ELSE = re.compile(r"\b(?:else|instead|other|autre)\b|别的|其他|ほかに|他に|別の", re.IGNORECASE)


def wish_in_talk(text: str, earlier: Sequence[PastTurn], shelf: Shelf) -> Wish:
    """The wish of a message, narrowed to what was just listed when it names nothing but a limit: "the cheapest", "under 4"."""
    wish = read_wish(text, usual_currency(shelf))
    if wish.wanted or not wish.has_limits or _ELSE.search(text):
        return wish
    asked = [turn for turn in earlier if not has("more", turn.question)]
    if not asked or LISTING_STEP not in asked[-1].steps:
        return wish
    before = wish_in_talk(asked[-1].question, asked[:-1], shelf)
    excluded = tuple(dict.fromkeys((*before.excluded, *wish.excluded)))
    under = before.under_minor if wish.under_minor is None else wish.under_minor
    return replace(wish, wanted=before.wanted, excluded=excluded, under_minor=under)
