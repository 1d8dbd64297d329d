"""Say price, stock and allergens of a product from its row in the price list, by template: these facts are never paraphrased."""

from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.pieces import ProductFact
from app.conversations.knowledge.prices import say_price
from app.conversations.knowledge.variants import called
from app.conversations.knowledge.words import content_terms
from app.conversations.skills.ask import Ask
from app.conversations.skills.frames import say
from app.conversations.skills.phrases import has
from app.conversations.skills.unspaced import is_unspaced
from app.conversations.thoughts import Citation, Said

PER = {"en": " per ", "fr": " par ", "zh": "/", "ja": "/"}


def fact_of(passage: KnownPassage) -> ProductFact:
    """The product a passage describes; only product passages may be asked (TypeError otherwise)."""
    if passage.product is None:
        raise TypeError("This passage describes no product.")
    return passage.product


def asks_a_fact_by_name(ask: Ask, passage: KnownPassage) -> bool:
    """Say whether price, stock or allergens are asked of a product whose whole name is said, word by word."""
    is_fact = any(has(intent, ask.text) for intent in ("price", "stock", "allergens"))
    name = fact_of(passage).name
    return is_fact and not is_unspaced(name) and set(content_terms(name)) <= set(content_terms(ask.spelled))


def cite(passage: KnownPassage) -> tuple[Citation, ...]:
    """Quote the row: what the list says about the product, in the list's own words."""
    fact = fact_of(passage)
    parts = [fact.name, *([price] if (price := price_of(passage)) else [])]
    parts += [part for part in (fact.description, f"allergens: {fact.allergens}" if fact.allergens else "") if part]
    return (Citation(passage.passage_id, passage.document_name, " | ".join(parts)),)


def price_of(passage: KnownPassage, language: str = "en") -> str:
    """The price for people, with what it is for when that is not one piece: "$4.50 per 100 g". Empty when the list gives none."""
    fact = fact_of(passage)
    if fact.price_minor is None or not fact.currency:
        return ""
    price = say_price(fact.price_minor, fact.currency, language)
    return f"{price}{PER.get(language, PER['en'])}{fact.unit}" if fact.unit else price


def say_the_price(ask: Ask, passage: KnownPassage) -> Said:
    """One sentence with the price."""
    name, price = called(fact_of(passage).name, ask.language), price_of(passage, ask.language)
    if not price:
        return say("price_unknown", ask.language, name=name, citations=cite(passage))
    return say("price", ask.language, name=name, price=price, citations=cite(passage))


def say_the_stock(ask: Ask, passage: KnownPassage) -> Said:
    """One sentence on whether it can be had; a stock of -1 means "yes, the list does not say how many"."""
    fact = fact_of(passage)
    frame = {None: "stock_unknown", 0: "sold_out", -1: "in_stock"}.get(fact.stock, "stock_count")
    return say(frame, ask.language, name=called(fact.name, ask.language), count=fact.stock, citations=cite(passage))


def say_the_allergens(ask: Ask, passage: KnownPassage) -> list[Said]:
    """What the list names, and the advice to ask: a list is no kitchen."""
    fact = fact_of(passage)
    name = called(fact.name, ask.language)
    if fact.allergens is None:
        first = say("allergens_unknown", ask.language, name=name, citations=cite(passage))
    elif has_no_allergens(fact.allergens):
        first = say("allergens_none", ask.language, name=name, citations=cite(passage))
    else:
        first = say("allergens", ask.language, name=name, allergens=fact.allergens, citations=cite(passage))
    return [first, say("ask_staff", ask.language)]


def has_no_allergens(allergens: str) -> bool:
    """Say whether the cell says in words that there are none."""
    return allergens.strip(" .").casefold() in {"none", "no", "-", "–", "0", "无", "なし", "aucun", "keine"}
