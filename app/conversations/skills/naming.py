"""Which products the words of a question name: all that was said fits them, or a whole name was said among other words."""

from collections import Counter
from collections.abc import Sequence

from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.shelf import Match, Shelf, shelf_of
from app.conversations.skills.ask import Ask
from app.conversations.skills.unspaced import is_unspaced, matches_by_letters
from app.conversations.skills.wish import Wish, read_wish

EXPLAINED_MIN = 0.99
NAMED_MIN, WHOLE_NAME_MIN = 0.6, 0.99
LOOSELY_EXPLAINED_MIN = 0.6


def usual_currency(shelf: Shelf) -> str | None:
    """The currency most of the list is in, for "under 4"."""
    used = Counter(item.fact.currency for item in shelf.items if item.fact.currency)
    return used.most_common(1)[0][0] if used else None


def meant(text: str, shelf: Shelf, wish: Wish) -> list[Match]:
    """The products a question means by its words; by its letters, where names are written without spaces and the letters can tell."""
    by_letters = matches_by_letters(text, shelf)
    by_words = shelf.matches(wish.wanted)
    if by_letters is None:
        return _named(by_words)
    return _named([*by_letters, *(match for match in by_words if match.named > 0 and not is_unspaced(match.item.fact.name))])


def named_product(ask: Ask) -> KnownPassage | None:
    """The one product whose whole name is said, whatever is asked of it."""
    shelf = shelf_of(ask.index)
    wish = read_wish(ask.spelled, usual_currency(shelf))
    matches = [*(matches_by_letters(ask.spelled, shelf) or ()), *shelf.matches(wish.wanted)]
    named = {match.item.passage.passage_id: match.item.passage for match in matches if match.named >= WHOLE_NAME_MIN}
    return next(iter(named.values())) if len(named) == 1 and not wish.has_limits else None


def _named(matches: Sequence[Match]) -> list[Match]:
    """The products the words mean: everything said is explained, or the whole name was said among other words."""
    explained = [match for match in matches if match.explained >= EXPLAINED_MIN and match.kind > 0]
    if explained:
        best = max(match.named for match in explained)
        close = [match for match in explained if match.named >= best * 0.5]
        return sorted(close, key=lambda match: (-match.named, match.item.fact.row_number))
    whole = [match for match in matches if match.named >= NAMED_MIN and match.has_every_concept]
    loose = [match for match in whole if match.explained >= LOOSELY_EXPLAINED_MIN]
    return sorted(loose, key=lambda match: (-match.named, match.item.fact.row_number))[:1]
