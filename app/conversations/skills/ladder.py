"""The order in which skills are asked: what protects comes first, what costs least comes early, and honesty comes last."""

from collections.abc import Iterator
from time import perf_counter_ns

from app.conversations.skills.ask import Ask, Skill
from app.conversations.skills.clarify import ask_back, hear_answer
from app.conversations.skills.coupon import offer_coupon
from app.conversations.skills.courtesy import be_honest, be_polite, keep_to_the_shop, protect, stay_calm
from app.conversations.skills.finder import find_products, go_on, recognise_product
from app.conversations.skills.message import admit, fetch_human, recall_person, take_message
from app.conversations.skills.reviewed import say_reviewed
from app.conversations.skills.rules import quote_rule
from app.conversations.thoughts import Routed, Thought

LADDER: tuple[Skill, ...] = (
    protect, take_message, hear_answer, be_honest, fetch_human, recall_person, say_reviewed, go_on, be_polite, keep_to_the_shop,
    offer_coupon, find_products, quote_rule, recognise_product, stay_calm, ask_back, admit,
)  # fmt: skip


def climb(ask: Ask) -> Iterator[Thought]:
    """Ask each skill in turn until one answers; the step taken is reported first, then what it says. The last skill always answers."""
    started = perf_counter_ns()
    for skill in LADDER:
        reply = skill(ask)
        if reply is not None:
            yield Routed(reply.step, round(reply.confidence * 1_000_000), reply.why, (perf_counter_ns() - started) // 1000)
            yield from reply.thoughts
            return
