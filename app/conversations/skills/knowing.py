"""Answer from what was taught: products and house rules. The same question asked again is answered from memory (the ladder's first level).

The memory belongs to an index, so to one employee of one shop and one version of their knowledge: a new lesson makes a new index and
an empty memory. Only answers are kept that rest on nothing but the question: none that lean on what was said before or on the page the
shopper has open, and each only for the day on which it was given and the days it asks for: "today" is another day tomorrow, and may be
two days at once for a shop without a time zone. Taste, memory and offers are put around an answer later, and are never kept.
"""

from dataclasses import replace
from uuid import UUID

from app.conversations.knowledge.weekdays import days_asked
from app.conversations.skills.ask import Ask, Reply, Skill
from app.conversations.skills.finder import find_products, recognise_product
from app.conversations.skills.follow_up import follow_on, go_on_about_rule
from app.conversations.skills.rules import quote_rule
from app.conversations.skills.two_questions import two_questions, two_things
from app.conversations.thoughts import Said

_SKILLS: tuple[Skill, ...] = (go_on_about_rule, find_products, quote_rule, follow_on, recognise_product)
_END_SIGNS = " ?!.？。！"


def answer_from_knowledge(ask: Ask) -> Reply | None:
    """The first of finding products, quoting a rule and recognising a product that answers; None when none does."""
    if ask.looked_at or ask.topic:
        return _found(ask)
    days = frozenset(days_asked(ask.spelled, ask.now))
    key = (" ".join(ask.text.casefold().split()).rstrip(_END_SIGNS), ask.language, ask.now.date(), days)
    known = ask.index.answers.get(key)
    if isinstance(known, Reply):
        return replace(known, why=f"asked before: {known.why}")
    reply = _found(ask)
    if reply is not None:
        ask.index.answers.keep(key, reply)
    return reply


def _found(ask: Ask) -> Reply | None:
    whole = _first(ask)
    return _both(ask, whole) or whole


def _first(ask: Ask) -> Reply | None:
    return next((reply for skill in _SKILLS if (reply := skill(ask)) is not None), None)


def _both(ask: Ask, whole: Reply | None) -> Reply | None:
    """The answers to two questions in one message, where each is sure, from another passage than the other's; and none but theirs would
    answer the message as a whole.
    """
    parts = two_questions(ask.text) or (two_things(ask.text) if whole is None or whole.step == "rule" else None)
    if parts is None:
        return None
    one, other = (_first(replace(ask, text=part)) for part in parts)
    if one is None or other is None or not _cited(one) or not _cited(other) or _cited(one) & _cited(other):
        return None
    if whole is not None and not _cited(whole) <= _cited(one) | _cited(other):
        return None
    why = f"two questions: {one.why}; {other.why}"
    return Reply(one.step, min(one.confidence, other.confidence), why, (*one.thoughts, *other.thoughts))


def _cited(reply: Reply) -> set[UUID]:
    """The passages of an answer that does nothing but tell; none where it asks back, which two answers in a row cannot."""
    said = [thought for thought in reply.thoughts if isinstance(thought, Said)]
    return {citation.passage_id for one in said for citation in one.citations} if len(said) == len(reply.thoughts) else set()
