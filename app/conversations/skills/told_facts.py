"""Answer "how heavy is it?" and "what sizes does it come in?" from the row itself, with the number as the list writes it.

What a row does not say is never made up for with its price: the question is then left to the house rules, and in the end to the words
"our list does not say that" (unlisted.py).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.shelf import shelf_of
from app.conversations.knowledge.variants import called
from app.conversations.knowledge.words import content_terms
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.frames import say
from app.conversations.skills.naming import EXPLAINED_MIN, meant, usual_currency
from app.conversations.skills.products import cite, fact_of
from app.conversations.skills.row_facts import FactAsked, fact_asked, is_of_row, told_in
from app.conversations.skills.unspaced import names_something
from app.conversations.skills.wish import read_wish
from app.conversations.thoughts import Said

ROWS_TOLD_MAX: Final = 3
STEP: Final = "product"
_OTHER_MEASURES: Final = re.compile(
    r"\bhow (?:long|deep|old|fast|far|loud|bright|warm|strong|heavy|tall|wide|thick)\b|\bweighs?\b|多长|多重|重さ", re.IGNORECASE
)
_COUNT_OF_STOCK: Final = re.compile(
    r"\bhow many\b.*\b(?:do you have|have you|are there)\b|\bcombien d(?:e |').*\bavez|有(?:多少|几)(?:个|位|名|人)", re.IGNORECASE
)
_COMPARES: Final = re.compile(r"\b(?:heavier|lighter|plus (?:lourd|léger)e?s?)\b|更重|更轻|重一点|轻一点|(?:重い|軽い)", re.IGNORECASE)
_GOES_ON: Final = re.compile(r"^\W*(?:and|what about|how about|et)\b|^那|呢[?？]?$|^(?:では|じゃあ)", re.IGNORECASE)
_ASKS_ANEW: Final = re.compile(
    r"\b(?:is|are|does|do|did|can|could|will|has|have|how(?! about)|what(?! about)|when|where|which|why|in stock|left|free|without"
    r"|est|sont|peut|puis|combien|quand|où|quel(?:le)?s?|sans|avec)\b|[吗几多怎什哪有]|ます|です|か[?？]?$",
    re.IGNORECASE,
)
"""A verb or a word that asks: then something else is asked than before."""
_NUMBER: Final = re.compile(r"\d[\d.,]*")
_MEASURED: Final = re.compile(r"(?<=\d)[ -]?(?:lit(?:er|re)s?|l|ml|cm|kg|g|升|毫升|公斤|克|リットル|ミリ)(?![a-z])", re.IGNORECASE)
"""The unit said with a size: the list may write it otherwise ("28 l")."""
_WEIGHT_ALONE: Final = re.compile(
    r"^(?:weighs?|weight:?|pèse|重)? ?(?P<weight>(?:about )?\d[\d.,]* ?[a-z公斤克]+(?: (?:a|the|per|each)\b.*)?)$", re.IGNORECASE
)


def asked_of_rows(ask: Ask) -> FactAsked | None:
    """The kind of fact that is asked: by this question, or by the one before, which "and the trail shoes?" goes on with."""
    asked = fact_asked(ask.spelled)
    if asked is not None or not any(one.product for one in ask.topic):
        return asked
    before = fact_asked(gone_on_with(ask))
    return replace(before, rest=ask.spelled) if before else None


def gone_on_with(ask: Ask) -> str:
    """The question that "and the macaroon?" goes on with, however often it was gone on with; empty where this one asks for itself."""
    if not _goes_on(ask.spelled):
        return ""
    return next((turn.question for turn in reversed(ask.history) if not _goes_on(turn.question)), "")


def _goes_on(question: str) -> bool:
    return bool(_GOES_ON.search(question)) and not _ASKS_ANEW.search(question)


def tell_of_rows(ask: Ask) -> Reply | None:
    """Tell the fact that is asked of the products the question names, where their rows say it."""
    asked = asked_of_rows(ask)
    if asked is None:
        return None
    told = say_facts(ask, named_by(ask, asked) or meant_before(ask, asked), asked)
    return Reply(STEP, 0.95, f"the row tells the {asked.kind}", tuple(told)) if told else None


def meant_before(ask: Ask, asked: FactAsked) -> list[KnownPassage]:
    """The products just spoken of, where the question names nothing of its own: "what sizes does it come in?"."""
    spoken_of = [] if content_terms(asked.rest) or names_something(asked.rest) else [one for one in ask.topic if one.product]
    return spoken_of[:ROWS_TOLD_MAX]


def say_facts(ask: Ask, passages: Sequence[KnownPassage], asked: FactAsked | None = None) -> list[Said]:
    """One sentence for each of these products whose row says what is asked; none where nothing of the kind is asked or said."""
    asked = asked or asked_of_rows(ask)
    if asked is None:
        return []
    compared = [one for one in ask.topic if one.product and one not in passages] if passages and _COMPARES.search(ask.text) else []
    return [_said(ask, one, asked, fact) for one in (*passages, *compared[:1]) if (fact := told_in(fact_of(one), asked))]


def is_untold(ask: Ask, passage: KnownPassage) -> bool:
    """Say whether a fact is asked that this row does not say, so that its price and stock would be no answer."""
    fact, asked = fact_of(passage), asked_of_rows(ask)
    if asked is not None:
        return is_of_row(fact, asked) and not told_in(fact, asked)
    is_measured = _OTHER_MEASURES.search(ask.text) or (_COUNT_OF_STOCK.search(ask.text) and fact.stock is None)
    return bool(is_measured) and not any(letter.isdigit() for letter in fact.description)


def named_by(ask: Ask, asked: FactAsked) -> list[KnownPassage]:
    """The few products that what is left of the question names by all of its words, and by no mere word for a kind."""
    shelf = shelf_of(ask.index)
    text = _MEASURED.sub(" ", asked.rest)
    wish = read_wish(text, usual_currency(shelf))
    if wish.has_limits or not wish.wanted:
        return []
    matches = [one for one in meant(text, shelf, wish) if one.explained >= EXPLAINED_MIN and one.named > 0]
    numbers = set(_NUMBER.findall(asked.rest))
    sized = [one for one in matches if numbers and numbers <= set(_NUMBER.findall(one.item.fact.name))]
    found = [one.item.passage for one in sized or matches]
    return found if len(found) <= ROWS_TOLD_MAX else []


def _said(ask: Ask, passage: KnownPassage, asked: FactAsked, fact: str) -> Said:
    name = called(fact_of(passage).name, ask.language)
    weight = _WEIGHT_ALONE.match(fact) if asked.kind == "weight" else None
    if weight:
        return say("weighs", ask.language, name=name, fact=weight["weight"], citations=cite(passage))
    return say("row_says", ask.language, name=name, fact=fact, citations=cite(passage))
