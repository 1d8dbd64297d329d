"""Find products for a wish: by name, by category, by price limit, by what must not be in them; and know what "the large one" means."""

import re
from collections.abc import Sequence
from dataclasses import replace

from app.conversations.knowledge.calibration import ANSWER_CONFIDENCE_MIN
from app.conversations.knowledge.index import KnownPassage
from app.conversations.knowledge.shelf import Match, Shelf, ShelfItem, shelf_of
from app.conversations.knowledge.words import CONCEPT_MARK, content_terms, terms, words
from app.conversations.skills.ask import Ask, Reply
from app.conversations.skills.basket import name_prices, take_order
from app.conversations.skills.browse import is_undecided, show_kinds
from app.conversations.skills.family import family_in, say_the_prices
from app.conversations.skills.frames import say
from app.conversations.skills.listing import LISTED_MAX, list_products
from app.conversations.skills.naming import EXPLAINED_MIN, NAMED_MIN, meant, usual_currency
from app.conversations.skills.phrases import has
from app.conversations.skills.products import (
    asks_a_fact_by_name,
    cite,
    fact_of,
    has_no_allergens,
    say_the_allergens,
    say_the_price,
    say_the_stock,
)
from app.conversations.skills.shelf_names import as_listed
from app.conversations.skills.talked_wish import wish_in_talk
from app.conversations.skills.told_facts import asked_of_rows, gone_on_with, is_untold, say_facts, tell_of_rows
from app.conversations.skills.unspaced import is_unspaced, matches_by_letters, names_something, says_a_name
from app.conversations.skills.wish import DIETS, UNLISTED, Wish, is_said_to_be_free_of, read_wish
from app.conversations.thoughts import Said

LISTED_FACTS = ("price", "stock", "allergens", "purchase")
"""What is asked of a product and has its own place in the row, or is the wish to have it."""
SAID_CONFIDENCE_MIN, FACT_CONFIDENCE_MIN, NEVER = 0.35, 0.6, 1.1
"""Enough in a question for one of a product's facts, where its whole name is said and where it is not. Of twenty shops left out, from the
latter to the usual threshold: 18 such rows answered, one was another's, and none was told to an unanswerable question."""
HELD_CONFIDENCE_MIN = 0.65
"""How sure the judge must be that a row answers when the words name a product and another fact of it is asked. Of twenty shops left out,
below this the words named a row in 13 questions that nothing answers, in 44 that another passage answers, and in 2 that it does."""
KIND_WORDS_MAX, KIND_LETTERS_MAX = 3, 4
"""A message of so many words, or letters where none stand between blanks, can be nothing but the word for a kind."""
RULE_OVER_PRICE_MIN = 0.86
_REFERS = re.compile(
    r"\b(?:it|its|that|this|these|those|they|them|one|ones|same|celui|celle|ça|cela)\b|^(?:and|what about|how about|et)\b"
    r"|那个|这个|它|那|それ|これ|その|大きい方|小さい方|^[大中小][杯号份]?呢",
    re.IGNORECASE,
)
_POINTS = re.compile(r"\b(?:this|these|here|celui-ci|celle-ci|cet?|cette)\b|这个|这款|这|これ|この", re.IGNORECASE)
_ASKS_WHETHER = re.compile(r"^\W*(?:is|are|does|do) (?:the|your|these|this|that)\b|^est-ce que (?:le|la|les)\b", re.IGNORECASE)
_ASKS_WHETHER_IT = re.compile(r"^\W*(?:(?:and )?(?:is|are|does|do) (?:it|they|this|that|these|those)\b|est-ce que c'est\b)", re.IGNORECASE)
_ASKS_TO_HAVE = re.compile(
    r"\b(?:do you (?:have|sell|stock|carry|do|serve|offer)|have you(?: got)?|got any|looking for|i(?:'d| would) (?:like|love)|i want"
    r"|(?:can|could) (?:i|we) (?:please )?(?:get|have|buy)|i need|something|anything|smth|(?:u|you) got"
    r"|what can (?:i|we) (?:eat|drink|get|have|buy)|tell me (?:more )?about|describe|recommend|suggest|which|any|show me"
    r"|what .{1,30} (?:do you|have you)|avez-vous|vous avez (?:comme|quoi|des|du|de la|une?)|quelque chose|vendez-vous"
    r"|je cherche|je voudrais|quel(?:le)?s?)\b|, please\W*$"
    r"|有没有|吃什么|喝什么|有什么|有.{0,8}吗|卖|推荐|我想要|想要|想买|我要|ありますか|あります|おすすめ|欲しい|売って|ください",
    re.IGNORECASE,
)


def find_products(ask: Ask) -> Reply | None:
    """Answer about products when the shopper names them, limits the choice, or refers to those just spoken of."""
    shelf = shelf_of(ask.index)
    if not shelf.items or _complains(ask):
        return None
    listed = as_listed(ask.text, shelf.names, ask.language)
    if listed != ask.text:
        ask = replace(ask, text=listed)
    asked = asked_of_rows(ask)
    wish = read_wish(asked.rest if asked else ask.spelled, usual_currency(shelf))
    return take_order(ask) or _pointed_at(ask, shelf, wish) or tell_of_rows(ask) or _sought(ask, shelf, wish)


def _complains(ask: Ask) -> bool:
    """Say whether something went wrong for the shopper and nothing is wished for: "my coffee arrived cold" asks for no cold brew."""
    return has("complaint", ask.text)


def _pointed_at(ask: Ask, shelf: Shelf, wish: Wish) -> Reply | None:
    """Answer about the products just spoken of, or about one whose contents are asked."""
    referred = [] if says_a_name(ask.spelled, shelf) else _referred(ask, shelf, wish)
    if referred and not all(is_untold(ask, one) for one in referred):
        return _told(ask, referred, "what was spoken of before", 0.95)
    asked_of = _asked_of(ask, shelf, wish)
    return _told(ask, asked_of, "asked what a product contains", 0.95) if asked_of else None


def _sought(ask: Ask, shelf: Shelf, wish: Wish) -> Reply | None:
    """Answer with what is within the limits, else with what the words name, one thing or several, else with the kinds there are."""
    within = wish_in_talk(ask.spelled, ask.history, shelf)
    found = _called_so(ask.spelled, shelf, _limited(shelf, within) or _limited(shelf, wish)) if wish.has_limits else []
    if wish.has_limits and (found or not wish.wanted or _all_known(shelf, wish)):
        return list_products(ask, found, f"{len(found)} products fit the limits", 0.95)
    named = meant(ask.spelled, shelf, wish)
    if named:
        return _by_name(ask, named, wish) if _is_about(ask, named[0]) else None
    return (name_prices(ask) if _wants_product(ask) else None) or show_kinds(ask, shelf, wish)


def recognise_product(ask: Ask) -> Reply | None:
    """Answer when meaning, not words, leads to a product (another language, a paraphrase) and the calibrated model is sure enough."""
    best = next(iter(ask.candidates), None)
    if best is None or best.passage.product is None or is_untold(ask, best.passage) or _complains(ask):
        return None
    if best.confidence < _needed(ask, best.passage):
        return None
    return _told(ask, [best.passage], f'meaning leads to "{best.passage.product.name}"', best.confidence)


def _needed(ask: Ask, passage: KnownPassage) -> float:
    if asks_a_fact_by_name(ask, passage):
        return SAID_CONFIDENCE_MIN
    if not any(has(intent, ask.text) for intent in LISTED_FACTS):
        return HELD_CONFIDENCE_MIN if fact_of(passage).name.casefold() in ask.spelled.casefold() else ANSWER_CONFIDENCE_MIN
    if not is_unspaced(fact_of(passage).name):
        return FACT_CONFIDENCE_MIN
    return NEVER if matches_by_letters(ask.spelled, shelf_of(ask.index)) == [] else ANSWER_CONFIDENCE_MIN  # a cousin is no answer


def tell_of(ask: Ask, passage: KnownPassage, why: str) -> Reply:
    """Say what was asked of one product that the shopper confirmed."""
    return _told(ask, [passage], why, 1.0)


def _by_name(ask: Ask, named: Sequence[Match], wish: Wish) -> Reply:
    """Answer about the products that the words name: one thing in several sizes in one sentence when its price is asked."""
    why, sure = f'the words name "{named[0].item.fact.name}"', min(0.99, named[0].explained)
    passages = [match.item.passage for match in named]
    family = family_in(passages, wish.wanted) if has("price", ask.text) else []
    if family:
        return Reply("product", sure, f"{why}, in {len(family)} sizes", (say_the_prices(ask, family),))
    return _told(ask, passages, why, sure)


def go_on(ask: Ask) -> Reply | None:
    """Continue a list after "shall I go on?"."""
    if not ask.history or not has("more", ask.text) or "finder" not in ask.history[-1].steps:
        return None
    shelf = shelf_of(ask.index)
    hers = [place for place, turn in enumerate(ask.history) if not turn.by_person]
    place = next((place for place in reversed(hers) if not has("more", ask.history[place].question)), 0)
    told = {citation.passage_id for turn in ask.history[place:] for said in turn.said for citation in said.citations}
    question = as_listed(ask.history[place].question, shelf.names, ask.language)
    wish = wish_in_talk(question, ask.history[:place], shelf)
    items = _limited(shelf, wish) if wish.has_limits else [match.item.passage for match in meant(question, shelf, wish)]
    rest = [passage for passage in items if passage.passage_id not in told]
    if not rest:
        return Reply("finder", 1.0, "the list is at its end", (say("nothing_more", ask.language),))
    return list_products(ask, rest, "more of the last list", 1.0)


def _wants_product(ask: Ask) -> bool:
    return any(has(intent, ask.text) for intent in LISTED_FACTS) or bool(_ASKS_TO_HAVE.search(ask.text))


def _all_known(shelf: Shelf, wish: Wish) -> bool:
    return all(any(term in item.all_terms for item in shelf.items) for term in wish.wanted)


def _limited(shelf: Shelf, wish: Wish) -> list[KnownPassage]:
    """Products within every limit, cheapest first. What the list does not say about allergens or price is never assumed."""
    is_kind = any(item.kind_terms.issuperset(wish.wanted) for item in shelf.items)
    fitting = [item for item in shelf.items if _fits(item, wish) and (not is_kind or item.kind_terms.issuperset(wish.wanted))]
    fitting.sort(key=lambda item: (item.fact.price_minor is None, item.fact.price_minor or 0, item.fact.row_number))
    return [item.passage for item in fitting][: 1 if wish.is_cheapest else None]


def _fits(item: ShelfItem, wish: Wish) -> bool:
    fact = item.fact
    if fact.stock == 0 or not all(term in item.all_terms for term in wish.wanted):
        return False
    if wish.under_minor is not None and (fact.price_minor is None or fact.price_minor > wish.under_minor):
        return False
    if not wish.excluded:
        return True
    if fact.allergens is None and not UNLISTED.issuperset(wish.excluded):
        return False
    if "allergy" in wish.excluded and fact.allergens is not None:
        return has_no_allergens(fact.allergens)
    held = item.allergen_terms | item.name_terms
    return all(is_said_to_be_free_of(fact, one) if one in UNLISTED else CONCEPT_MARK + one not in held for one in wish.excluded)


def _called_so(text: str, shelf: Shelf, passages: list[KnownPassage]) -> list[KnownPassage]:
    """Of what is within the limits, what the letters of the question name; all of it where they name nothing."""
    named = {match.item.passage.passage_id for match in matches_by_letters(text, shelf) or ()}
    return [passage for passage in passages if passage.passage_id in named] if named else passages


def _is_about(ask: Ask, match: Match) -> bool:
    """Say whether the question is really about the product whose words it holds, and is one that its row answers."""
    if is_untold(ask, match.item.passage):
        return False
    if _asks_for_kind(ask, match):
        return True
    if _rule_is_surer(ask, match):
        return False
    if any(has(intent, ask.text) for intent in LISTED_FACTS) or (match.explained >= EXPLAINED_MIN and _ASKS_TO_HAVE.search(ask.text)):
        return True
    if match.explained < EXPLAINED_MIN and _holds_a_strange_word(ask, match):
        return False
    return (_wants_product(ask) or match.named >= NAMED_MIN) and _is_held(ask, match)


def _is_held(ask: Ask, match: Match) -> bool:
    """Say whether the row holds what is asked: the name alone does not tell ("who plays the piano in the quintet")."""
    if set(content_terms(ask.spelled)) <= match.item.name_terms or (has("diet", ask.text) and match.item.fact.allergens is not None):
        return True  # nothing is asked but the thing itself, or what the list of allergens tells
    sure = next((one.confidence for one in ask.candidates if one.passage is match.item.passage), 0.0)
    return sure >= HELD_CONFIDENCE_MIN


def _asks_for_kind(ask: Ask, match: Match) -> bool:
    """Say whether a message is nothing but the word for a kind of thing: "coffee?", "sandwiches"."""
    is_short = len(ask.text) <= KIND_LETTERS_MAX if is_unspaced(ask.text) else len(words(ask.spelled)) <= KIND_WORDS_MAX
    return is_short and match.item.kind_terms.issuperset(content_terms(ask.spelled))


def _holds_a_strange_word(ask: Ask, match: Match) -> bool:
    """Say whether something is asked of a product that no paper of the shop speaks of: "what processor is in the Larkbook"."""
    return any(term not in match.item.all_terms and not ask.index.knows(term) for term in content_terms(ask.spelled))


def _rule_is_surer(ask: Ask, match: Match) -> bool:
    """A house rule wins over a product of which only a part of the name was said, and must be surer still when price or stock was asked."""
    if match.named >= NAMED_MIN or (match.explained >= EXPLAINED_MIN and len(words(ask.spelled)) <= KIND_WORDS_MAX):
        return False
    best = next(iter(ask.candidates), None)
    needed = RULE_OVER_PRICE_MIN if has("price", ask.text) or has("stock", ask.text) else ANSWER_CONFIDENCE_MIN
    return best is not None and best.passage.product is None and best.confidence >= needed


def _asked_of(ask: Ask, shelf: Shelf, wish: Wish) -> list[KnownPassage]:
    """ "Is the ramen gluten free?" asks about one product; "anything gluten free?" looks for some."""
    thing = replace(wish, wanted=tuple(term for term in wish.wanted if term not in DIETS))
    is_asked = thing.wanted and (wish.excluded or thing.wanted != wish.wanted) and _ASKS_WHETHER.search(ask.spelled)
    if not is_asked or UNLISTED.intersection(wish.excluded):
        return []
    return [match.item.passage for match in meant(ask.spelled, shelf, thing)][:1]


def _referred(ask: Ask, shelf: Shelf, wish: Wish) -> list[KnownPassage]:
    """Resolve "and the large one?" and "is it vegan?" by the products of the last answer."""
    topic = _spoken_of_or_seen(ask)
    if not topic or wish.has_limits or not (_REFERS.search(ask.text) or not (wish.wanted or names_something(_REFERS.sub(" ", ask.text)))):
        return []
    if not wish.wanted:
        return topic[:LISTED_MAX] if _wants_product(ask) and (_REFERS.search(ask.text) or not is_undecided(ask.text)) else []
    if _ASKS_WHETHER_IT.search(ask.spelled):
        return topic[:1]
    wanted = set(wish.wanted)
    for base in (set(terms(fact_of(one).name)) for one in topic):
        related = [item for item in shelf.items if wanted <= item.all_terms and base & item.name_terms]
        if related:
            return [max(related, key=lambda item: (len(base & item.name_terms), -item.fact.row_number)).passage]
    return []


def _spoken_of_or_seen(ask: Ask) -> list[KnownPassage]:
    """The products of the last answer; "this one", and a question that names nothing, may mean the product on the page."""
    spoken_of = [passage for passage in ask.topic if passage.product]
    if not ask.looked_at or (spoken_of and not _POINTS.search(ask.text)):
        return spoken_of
    asks_a_fact = any(has(intent, ask.text) for intent in ("price", "stock", "allergens"))
    return list(ask.looked_at) if asks_a_fact or _REFERS.search(ask.text) else spoken_of


def _told(ask: Ask, passages: Sequence[KnownPassage], why: str, sure: float) -> Reply:
    """Say what was asked of one product; of several, list them with their prices."""
    if len(passages) > 1:
        return list_products(ask, passages, why, sure)
    passage, said = passages[0], say_facts(ask, passages)
    if said:
        return Reply("product", sure, why, tuple(said))
    fact, question = fact_of(passage), f"{gone_on_with(ask)} {ask.text}".strip()
    asks_stock, asks_diet = has("stock", question), has("diet", question)
    if asks_stock:
        said.append(say_the_stock(ask, passage))
    if asks_diet and has("diet", fact.description):
        said.append(Said(fact.description.rstrip(".") + ".", cite(passage)))
    if asks_diet or has("allergens", question) or read_wish(question if question != ask.text else ask.spelled, None).excluded:
        said += say_the_allergens(ask, passage)
    if not said or has("price", ask.text):
        said.insert(0, say_the_price(ask, passage))
    if len(said) == 1 and not has("price", ask.text) and fact.description and not asks_stock:
        said.append(Said(fact.description.rstrip(".") + ".", cite(passage)))
    if fact.stock == 0 and not asks_stock:
        said.append(say_the_stock(ask, passage))  # whoever asks its price means to have it
    return Reply("product", sure, why, tuple(said))
