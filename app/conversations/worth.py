"""What each conversation was worth: small talk, advice, an assisted sale or a saved one; with its cost beside it, never billed by turns.

A sale is one that the counting house credits to the conversation: this room grades, it reckons no money. Turns per session say how much
shoppers like to talk; they are shown, and nothing is paid for them.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.memory.transcript import route_from_json
from app.conversations.skills.phrases import has
from app.conversations.tables import Turn
from app.conversations.thoughts import ANSWERING_STEPS, Routed
from tenants.database import tenant_of

GRADES: Final = ("small_talk", "advice", "assisted_sale", "saved_sale")
_TROUBLE: Final = ("hesitation", "complaint", "abuse", "human")
"""What a shopper says when a sale hangs in the balance: too dear, angry, or asking for a person."""


@dataclass(frozen=True)
class Exchange:
    """A question and the way it took: all that grading needs of a turn."""

    question: str
    route: tuple[Routed, ...]
    cost_micro: int


@dataclass(frozen=True)
class Worth:
    """A conversation's grade (one of GRADES), its turns, those answered, and what answering cost (millionths of the account's unit)."""

    grade: str
    turn_count: int
    answered_count: int
    cost_micro: int


def grade(exchanges: Sequence[Exchange], *, has_order: bool) -> Worth:
    """Grade one conversation. A sale is saved when the shopper was in trouble first and something was answered after it."""
    answered = [any(step.step in ANSWERING_STEPS for step in one.route) for one in exchanges]
    troubled = [any(has(kind, one.question) for kind in _TROUBLE) or _was_left_open(one) for one in exchanges]
    first = troubled.index(True) if any(troubled) else len(exchanges)
    is_saved = any(answered[first:])
    sale = "saved_sale" if is_saved else "assisted_sale"
    told = "advice" if any(answered) else "small_talk"
    return Worth(sale if has_order else told, len(exchanges), sum(answered), sum(one.cost_micro for one in exchanges))


def worth_of(session: Session, conversation_ids: Sequence[UUID], *, with_orders: AbstractSet[UUID]) -> dict[UUID, Worth]:
    """Grade several conversations in one reading; `with_orders` are those an order is credited to."""
    wanted = (
        select(Turn.conversation_id, Turn.question, Turn.route, Turn.cost_micro)
        .where(Turn.tenant_id == tenant_of(session), Turn.conversation_id.in_(conversation_ids))
        .order_by(Turn.conversation_id, Turn.position)
    )
    held: dict[UUID, list[Exchange]] = {one: [] for one in conversation_ids}
    for conversation_id, question, route, cost_micro in session.execute(wanted):
        held[conversation_id].append(Exchange(question, route_from_json(route), cost_micro))
    return {one: grade(exchanges, has_order=one in with_orders) for one, exchanges in held.items()}


def turns_per_session(found: Iterable[Worth]) -> float | None:
    """Engagement: the mean number of turns of conversations in which something was asked; None without any."""
    counts = [one.turn_count for one in found if one.turn_count]
    return sum(counts) / len(counts) if counts else None


def _was_left_open(one: Exchange) -> bool:
    return any(step.step == "unknown" for step in one.route)
