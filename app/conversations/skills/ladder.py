"""The order in which skills are asked: what protects comes first, what costs least comes early, and honesty comes last."""

from collections.abc import Iterator
from time import perf_counter_ns

from app.conversations.skills.ask import Ask, Reply, Skill
from app.conversations.skills.card import make_card
from app.conversations.skills.care import keep_out_of_it, keep_to_her_place, look_after
from app.conversations.skills.clarify import ask_back, hear_answer
from app.conversations.skills.coupon import offer_coupon
from app.conversations.skills.courtesy import be_honest, be_polite, keep_to_the_shop, protect, stay_calm
from app.conversations.skills.film import make_film
from app.conversations.skills.finder import go_on
from app.conversations.skills.knowing import answer_from_knowledge
from app.conversations.skills.message import admit, fetch_human, look_up_order, recall_person, take_message
from app.conversations.skills.own.dialogue import use_own_skill
from app.conversations.skills.remembering import keep_memory
from app.conversations.skills.reviewed import say_reviewed
from app.conversations.skills.unlisted import admit_of_product
from app.conversations.skills.untaught import tell_of_job
from app.conversations.skills.worded import answer_in_words
from app.conversations.taste.manner import flavoured
from app.conversations.thoughts import Routed, Thought

LADDER: tuple[Skill, ...] = (
    protect, look_after, take_message, hear_answer, be_honest, fetch_human, recall_person, make_film, make_card, keep_memory,
    use_own_skill, say_reviewed, go_on, be_polite, keep_to_the_shop, keep_to_her_place, keep_out_of_it, tell_of_job, look_up_order,
    offer_coupon, answer_from_knowledge, stay_calm, answer_in_words, admit_of_product, ask_back, admit,
)  # fmt: skip


def climb(ask: Ask) -> Iterator[Thought]:
    """Ask each skill in turn until one answers; the step taken is reported first, then what it says. The last skill always answers."""
    started = perf_counter_ns()
    for skill in LADDER:
        reply = skill(ask)
        if reply is not None:
            yield Routed(reply.step, round(reply.confidence * 1_000_000), reply.why, (perf_counter_ns() - started) // 1000)
            yield from _in_her_manner(ask, reply)
            return


def _in_her_manner(ask: Ask, reply: Reply) -> Iterator[Thought]:
    """The shop's taste put around the answer, also around one still being made; offers are looked up only by a taste that mentions them."""
    manner = ask.beside.manner
    has_offer = manner.offer and not any(turn.coupons for turn in ask.history) and bool(ask.powers.offers())
    told = flavoured(reply.step, reply.thoughts, manner, ask.language, has_offer=has_offer)
    place = told.index(reply.thoughts[-1]) + 1 if reply.more is not None else len(told)
    yield from told[:place]
    yield from reply.more or ()
    yield from told[place:]
