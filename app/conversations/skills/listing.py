"""Say a list of products as a shop assistant would: three at most in one breath, each with its price, then whether to go on."""

from collections.abc import Sequence

from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.sentences import SPOKEN_WORDS_MAX, word_count
from app.conversations.knowledge.variants import called
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.frames import listed, phrase, say, yes_or_no
from app.conversations.skills.phrases import has
from app.conversations.skills.products import cite, fact_of, price_of, say_the_price, say_the_stock
from app.conversations.skills.wish import UNLISTED, read_wish
from app.conversations.thoughts import Said, Thought

LISTED_MAX = 3


def list_products(ask: Ask, passages: Sequence[KnownPassage], why: str, sure: float) -> Reply:
    """At most three products in one breath, then the question whether to go on."""
    if not passages:
        return Reply("finder", sure, "nothing fits", (say("nothing_found", ask.language),))
    passages = sorted(passages, key=lambda passage: fact_of(passage).stock == 0)
    said: list[Thought] = [*say_together(ask, passages[:LISTED_MAX])]
    if has("allergens", ask.text) or not UNLISTED.issuperset(read_wish(ask.spelled, None).excluded):
        said.append(say("ask_staff", ask.language))
    if len(passages) > LISTED_MAX:
        said += [say("go_on", ask.language), yes_or_no(ask.language)]
    return Reply("finder", sure, why, tuple(said))


def say_together(ask: Ask, passages: Sequence[KnownPassage]) -> list[Said]:
    """Products with their prices in one sentence where one breath holds it; what is sold out or has no price gets its own."""
    priced = [passage for passage in passages if price_of(passage) and fact_of(passage).stock != 0]
    spoken = ask.language
    parts = [phrase("found", spoken, name=called(fact_of(each).name, spoken), price=price_of(each, spoken)) for each in priced]
    whole = phrase("found_all", ask.language, products=listed(parts, ask.language)) if len(parts) > 1 else ""
    if not whole or word_count(whole) > SPOKEN_WORDS_MAX:
        return [_said_alone(ask, passage) for passage in passages]
    told = {passage.passage_id for passage in priced}
    rest = [_said_alone(ask, passage) for passage in passages if passage.passage_id not in told]
    return [Said(whole, tuple(citation for passage in priced for citation in cite(passage))), *rest]


def _said_alone(ask: Ask, passage: KnownPassage) -> Said:
    return say_the_stock(ask, passage) if fact_of(passage).stock == 0 else say_the_price(ask, passage)
