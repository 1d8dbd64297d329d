"""A family of products: rows of one thing in several sizes ("Flat White, small" and "Flat White, large"), answered in one sentence."""

import re
from collections.abc import Sequence

from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.variants import variant_of
from app.conversations.knowledge.words import terms
from app.conversations.skills.ask import Ask
from app.conversations.skills.frames import listed, phrase
from app.conversations.skills.products import cite, fact_of, price_of
from app.conversations.thoughts import Citation, Said

VARIANTS_SAID_MAX = 4
"""More sizes than this make a list, not a sentence."""


def family_in(passages: Sequence[KnownPassage], wanted: Sequence[str]) -> list[KnownPassage]:
    """The rows that are one thing in several sizes, when the wish names that thing and no other; empty when there is no such family.

    `wanted` are content terms. "A latte" means both sizes of the latte and not the oat latte; "the oat latte" is no family.
    """
    families: dict[str, list[KnownPassage]] = {}
    for passage in passages:
        variant = variant_of(fact_of(passage).name)
        if variant and price_of(passage):
            families.setdefault(variant.base.casefold(), []).append(passage)
    named = [rows for base, rows in families.items() if len(rows) > 1 and set(wanted) <= set(terms(base))]
    return named[0] if len(named) == 1 and len(named[0]) <= VARIANTS_SAID_MAX else []


def say_the_prices(ask: Ask, family: Sequence[KnownPassage]) -> Said:
    """One sentence with the price of every size; it cites every row."""
    parts = [_priced(ask, passage) for passage in family]
    citations: tuple[Citation, ...] = tuple(citation for passage in family for citation in cite(passage))
    prices = listed(parts, ask.language)
    return Said(phrase("family_price", ask.language, name=_called(ask, family[0]), prices=prices), citations)


def _priced(ask: Ask, passage: KnownPassage) -> str:
    variant = variant_of(fact_of(passage).name)
    size = variant.size if variant else fact_of(passage).name
    frame = "price_per_measure" if variant and variant.is_measured else "price_in_size"
    return phrase(frame, ask.language, price=price_of(passage, ask.language), size=size if size.isupper() else size.lower())


def _called(ask: Ask, passage: KnownPassage) -> str:
    """The family's name; in the shopper's own words ("a flat white") when that is how it was asked."""
    variant = variant_of(fact_of(passage).name)
    base = variant.base if variant else fact_of(passage).name
    asked = re.search(rf"\b(?:an?) {re.escape(base.casefold())}\b", ask.spelled)
    return f"{asked.group()[0].upper()}{asked.group()[1:]}" if asked else base
