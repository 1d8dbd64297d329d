"""Tell somebody who names what they want to have what each thing costs, what is sold out or not sold here, and what it all comes to.

Whoever says "two croissants and a small cappuccino, please" asks nothing, and yet waits for an answer. A sum is said only where every
part is one product with a price for a piece of it: money that is guessed is worse than none.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from app.conversations.guardrails.instructions import is_instruction
from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.kinds import is_general
from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.prices import say_price
from app.conversations.knowledge.shelf import Match, Shelf, shelf_of
from app.conversations.knowledge.variants import called
from app.conversations.knowledge.words import CONCEPT_MARK, STOP_WORDS, concepts, content_terms, stem, terms, words
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.family import family_in
from app.conversations.skills.frames import listed, phrase, say
from app.conversations.skills.listing import say_together
from app.conversations.skills.naming import EXPLAINED_MIN, WHOLE_NAME_MIN, meant
from app.conversations.skills.phrases import has
from app.conversations.skills.products import cite, fact_of
from app.conversations.skills.several import Order, read_order
from app.conversations.skills.unspaced import is_unspaced
from app.conversations.skills.wish import Wish, read_wish
from app.conversations.thoughts import Citation, Said

STEP: Final = "finder"
ROWS_OF_A_THING_MAX: Final = 3
QUOTED_WORDS_MAX, QUOTED_LETTERS_MAX = 3, 24
"""What is not on the list is said back in the shopper's words where these are a name and no tale."""
SIZES: Final = frozenset(CONCEPT_MARK + one for one in ("small", "large"))
_SIZE_WORDS: Final = re.compile(
    r"\b(?:small|large|big|medium|regular|petite?s?|grande?s?|moyen(?:ne)?s?)\b|[大中小][杯号份]|(?:小さい|大きい)",
    re.IGNORECASE,
)
_PACK: Final = re.compile(
    r"\b(?:dozen|packs?|packets?|box(?:es)?|bags?|sets?|pairs?|trays?|bundles?|cases?|lots?|boîtes?|paquets?|douzaine)\b"
    r"|\b\d+ ?(?:pcs|pieces|x)\b|\bx ?\d|\d+ ?(?:个|枚|個|片|包|本)|[盒包袋箱打]装|入り?$|セット|套",
    re.IGNORECASE,
)
"""More than one piece under one price: "six eggs" are not six times the half dozen."""
_NAME: Final = re.compile(r"[^\W\d_]+(?:[\s'-][^\W\d_]+)*")
_SOLID: Final = re.compile(r"[\u30a0-\u30ff\u3400-\u9fff々]")


def take_order(ask: Ask) -> Reply | None:
    """Answer a message that does nothing but name several things, or several of one with a sum to say; None for anything else."""
    order = _order_in(ask)
    if order is None or not order.is_plain:
        return None
    is_told = len(order.things) > 1 or (order.things[0].part.count != 1 and _total(ask, order) is not None)
    return _answered(ask, order) if is_told else None


def name_prices(ask: Ask) -> Reply | None:
    """Answer with the prices of all that a message names and nothing else, be it one thing."""
    order = _order_in(ask)
    return _answered(ask, order) if order is not None and all(one.named for one in order.things) else None


def accept_order(ask: Ask) -> Reply:
    """Answer somebody who is about to buy: what the things they name cost, and how to go on where it is clear which are meant."""
    how = say("buy_how", ask.language)
    order = _order_in(ask)
    if order is None:
        return Reply("courtesy", 0.8, "purchase", (how,))
    reply = _answered(ask, order)
    is_clear = all(len(one.named) == len(_in_stock(one.named)) == 1 for one in order.things)
    return replace(reply, thoughts=(how, *reply.thoughts)) if is_clear else reply


def _order_in(ask: Ask) -> Order | None:
    """What the message wants, where most of it is on the list, and no paper of the shop speaks of the rest."""
    shelf = shelf_of(ask.index)
    if not shelf.items or read_wish(ask.spelled, None).has_limits or any(has(one, ask.text) for one in ("stock", "allergens", "diet")):
        return None
    order = read_order(ask.spelled, partial(_named_by, ask, shelf))
    if order is None:
        return None
    missing = [one for one in order.things if not one.named]
    is_sure = 2 * len(missing) < len(order.things) or (len(missing) == 1 and len(order.things) == 2)
    return order if is_sure and all(one.part.is_counted and is_strange_name(ask, one.part.text) for one in missing) else None


def _named_by(ask: Ask, shelf: Shelf, text: str) -> tuple[KnownPassage, ...]:
    """The products that a part of a message names by all of its words; those of the size that was said, where there is that size."""
    wish = read_wish(text, None)
    matches = _all_said(ask, text, shelf, wish)
    if not matches:
        bare = replace(wish, wanted=tuple(term for term in wish.wanted if term not in SIZES))
        in_size = _all_said(ask, _SIZE_WORDS.sub(" ", text), shelf, bare) if bare.wanted else []
        sizes = SIZES & set(content_terms(text))
        matches = [match for match in in_size if sizes and sizes <= match.item.name_terms] or in_size
    whole = [match for match in matches if match.named >= WHOLE_NAME_MIN]
    passages = [match.item.passage for match in whole or matches]
    return tuple((family_in(passages, wish.wanted) or passages)[:ROWS_OF_A_THING_MAX])


def _all_said(ask: Ask, text: str, shelf: Shelf, wish: Wish) -> list[Match]:
    return [match for match in meant(text, shelf, wish) if match.explained >= EXPLAINED_MIN and _is_called_so(ask, text, match)]


def _is_called_so(ask: Ask, text: str, match: Match) -> bool:
    """Say whether a row holds the very words; of another language than the list's, whether the lexicon has one for each.

    A brownie is a cake to the lexicon, and no answer where only another cake is sold; who says 牛角包 means the croissant.
    """
    item = match.item
    if is_unspaced(item.fact.name):
        return True  # the letters told
    if ask.language == language_of(" ".join(item.passage.sentences)):
        said = {stem(word) for word in words(text) if word not in STOP_WORDS}
        return said <= item.all_terms
    kinds = {term for term in content_terms(text) if is_general(term)} - SIZES
    return not letters_unheard(text) and kinds <= set(terms(item.fact.category))


def letters_unheard(text: str) -> str:
    """The Chinese and Japanese letters that the lexicon has no word for: a name in them is then not wholly understood."""
    for phrases in concepts(text).values():
        for heard in phrases:
            text = text.replace(heard, " ")
    return "".join(_SOLID.findall(text))


def is_strange_name(ask: Ask, text: str) -> bool:
    """Say whether a text is a short name of something that the shop speaks of nowhere: "lasagna", and not "receipt"."""
    is_name = len(text.split()) <= QUOTED_WORDS_MAX and len(text) <= QUOTED_LETTERS_MAX
    if not is_name or not _NAME.fullmatch(text) or has("abuse", text) or is_instruction(text):
        return False
    spoken = {CONCEPT_MARK + concept for concept in concepts(text)}
    said = set(terms(text)) - spoken
    return bool(said) and not any(ask.index.knows(term) for term in said) and not _is_in_a_rule(ask, spoken)


def _is_in_a_rule(ask: Ask, spoken: set[str]) -> bool:
    """Say whether a house rule speaks of a concept: "a refund" is nothing to buy, "a brownie" is, though the list has another cake."""
    return any(not spoken.isdisjoint(terms(passage.text)) for passage in ask.index.passages if passage.product is None)


def _answered(ask: Ask, order: Order) -> Reply:
    passages = list({passage.passage_id: passage for one in order.things for passage in one.named}.values())
    said = say_together(ask, passages)
    said += [say("not_sold", ask.language, name=one.part.text) for one in order.things if not one.named]
    total = _total(ask, order)
    if total:
        said.append(total)
    elif order.is_plain and any(len(_in_stock(one.named)) > 1 for one in order.things):
        said.append(say("which_one", ask.language))
    return Reply(STEP, 0.95, f"{len(order.things)} things were named", tuple(said))


def _total(ask: Ask, order: Order) -> Said | None:
    """What it all comes to; None where a part is none or several products or one named before, is sold out, has no number or no price
    for one piece.
    """
    minor, currencies, parts, citations = 0, set[str](), list[str](), list[Citation]()
    for one in order.things:
        fact = fact_of(one.named[0]) if len(one.named) == 1 else None
        if fact is None or fact.stock == 0 or fact.price_minor is None or not fact.currency or one.part.count is None:
            return None
        if fact.unit or (one.part.count > 1 and _PACK.search(fact.name)):
            return None
        minor += fact.price_minor * one.part.count
        currencies.add(fact.currency)
        name = called(fact.name, ask.language).removeprefix("the ")
        parts.append(phrase("so_many", ask.language, count=one.part.count, name=name))
        citations += cite(one.named[0])
    if len({one.named[0].passage_id for one in order.things}) < len(order.things):
        return None  # the same thing twice: one of them was no thing of its own
    if len(currencies) != 1 or (len(parts) == 1 and order.things[0].part.count == 1):
        return None
    total = say_price(minor, currencies.pop(), ask.language)
    return say("comes_to", ask.language, things=listed(parts, ask.language), total=total, citations=tuple(citations))


def _in_stock(passages: Sequence[KnownPassage]) -> list[KnownPassage]:
    return [passage for passage in passages if fact_of(passage).stock != 0]
