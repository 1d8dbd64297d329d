"""Keep what was said: open a conversation, record a question, record the answer, keep a message for the staff.

Every verb here is safe to repeat, for the widget repeats itself whenever a connection drops.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.errors import ConversationFull, ConversationUnknown, EmployeeUnknown, TurnsTooFast, TurnUnknown
from app.conversations.events import MessageLeft, TouchHappened
from app.conversations.guardrails.personal_data import contact_in, mask_numbers
from app.conversations.guardrails.plain_text import QUESTION_LENGTH_MAX, clean
from app.conversations.handover import holder
from app.conversations.memory.transcript import answer_to_json, route_to_json
from app.conversations.tables import Conversation, ShopperMessage, Turn
from app.conversations.thoughts import ANSWERING_STEPS, WANTS_PERSON_STEP, Routed, Thought
from tenants.database import tenant_of
from tenants.identifiers import new_id
from tenants.outbox import announce
from tenants.tables import Employee

TURNS_MAX = 200
"""Turns one conversation may hold; a page reload opens a new one."""
FAST_TURNS, FAST_SECONDS = 12, 30
"""More than this many questions within so many seconds is a program, not a shopper."""
KEY_LENGTH_MAX, PAGE_URL_LENGTH_MAX, LANGUAGE_LENGTH_MAX = 100, 1000, 20


def open_conversation(
    session: Session, *, employee_id: UUID, visitor_id: UUID, page_url: str, language: str, now: datetime, is_interview: bool = False
) -> UUID:
    """Start a conversation and return its id; raises EmployeeUnknown. No touch happens yet: opening a panel earns nothing.

    An interview is the shop's own talk with somebody it may hire: it is recorded, listed nowhere, and never earns or calls anybody.
    """
    if session.get(Employee, (tenant_of(session), employee_id)) is None:
        raise EmployeeUnknown(f"No employee {employee_id} works here.")
    conversation_id = new_id(now)
    session.add(
        Conversation(
            tenant_id=tenant_of(session),
            conversation_id=conversation_id,
            employee_id=employee_id,
            visitor_id=visitor_id,
            page_url=clean(page_url)[:PAGE_URL_LENGTH_MAX],
            language=clean(language)[:LANGUAGE_LENGTH_MAX],
            opened_at=now,
            turn_count=0,
            is_interview=is_interview,
        )
    )
    session.flush()
    return conversation_id


def record_question(session: Session, *, conversation_id: UUID, message_key: str, text: str, now: datetime) -> UUID:
    """Store what the shopper asked and return the turn's id; the same `message_key` returns the same turn.

    Card numbers are masked before anything is stored. Raises ConversationUnknown, ConversationFull, TurnsTooFast.
    """
    key = clean(message_key)[:KEY_LENGTH_MAX]
    conversation = _locked(session, conversation_id)
    known = session.scalar(select(Turn.turn_id).where(Turn.conversation_id == conversation_id, Turn.message_key == key))
    if known is not None:
        return known
    _refuse_flood(session, conversation, now)
    turn_id = new_id(now)
    conversation.turn_count += 1
    conversation.last_turn_at = now
    session.add(
        Turn(
            tenant_id=tenant_of(session),
            turn_id=turn_id,
            conversation_id=conversation_id,
            message_key=key,
            position=conversation.turn_count,
            question=mask_numbers(clean(text)[:QUESTION_LENGTH_MAX]),
            asked_at=now,
            answer={},
            route={},
            cost_micro=0,
        )
    )
    session.flush()
    return turn_id


def record_answer(session: Session, *, turn_id: UUID, thoughts: Iterable[Thought], interrupted_after: int | None, now: datetime) -> None:
    """Store what was said; `interrupted_after` is the number of sentences heard before the shopper cut in (None: all of them).

    The first answered question of a conversation announces its touch in this transaction. Repeating the call changes nothing.
    Raises TurnUnknown.
    """
    turn = session.get(Turn, (tenant_of(session), turn_id), with_for_update=True)
    if turn is None:
        raise TurnUnknown(f"No turn {turn_id} is recorded here.")
    if turn.answered_at is not None:
        return
    kept = tuple(thoughts)
    steps = [thought for thought in kept if isinstance(thought, Routed)]
    turn.answer = answer_to_json(kept, interrupted_after)
    turn.route, turn.cost_micro = route_to_json(steps), sum(step.cost_micro for step in steps)
    turn.answered_at, turn.interrupted_after = now, interrupted_after
    was_heard = bool(turn.answer["sentences"] or turn.answer["coupons"])
    if was_heard and any(step.step in ANSWERING_STEPS for step in steps):
        _announce_first_answer(session, turn, now)
    if any(step.step == WANTS_PERSON_STEP for step in steps) and holder(session, turn.conversation_id) is None:
        _want_person(_locked(session, turn.conversation_id), now)


def leave_message(session: Session, *, turn_id: UUID, text: str, now: datetime) -> UUID:
    """Keep a shopper's message for the staff, once per turn, and announce it; return its id. Raises TurnUnknown."""
    tenant_id = tenant_of(session)
    turn = session.get(Turn, (tenant_id, turn_id), with_for_update=True)
    if turn is None:
        raise TurnUnknown(f"No turn {turn_id} is recorded here.")
    known = session.scalar(select(ShopperMessage.message_id).where(ShopperMessage.turn_id == turn_id))
    if known is not None:
        return known
    conversation = session.get_one(Conversation, (tenant_id, turn.conversation_id))
    if conversation.is_interview:
        return turn_id  # nobody is to be told of what was said to an applicant
    kept = mask_numbers(clean(text)[:QUESTION_LENGTH_MAX])
    left = MessageLeft(new_id(now), conversation.conversation_id, turn_id, conversation.employee_id, len(kept))
    session.add(
        ShopperMessage(
            tenant_id=tenant_id,
            message_id=left.message_id,
            conversation_id=left.conversation_id,
            turn_id=turn_id,
            employee_id=left.employee_id,
            text=kept,
            contact=contact_in(kept),
            left_at=now,
        )
    )
    _want_person(_locked(session, conversation.conversation_id), now)
    announce(session, left, now=now)
    return left.message_id


def _locked(session: Session, conversation_id: UUID) -> Conversation:
    conversation = session.get(Conversation, (tenant_of(session), conversation_id), with_for_update=True)
    if conversation is None:
        raise ConversationUnknown(f"No conversation {conversation_id} is recorded here.")
    return conversation


def _refuse_flood(session: Session, conversation: Conversation, now: datetime) -> None:
    if conversation.turn_count >= TURNS_MAX:
        raise ConversationFull(f"A conversation holds at most {TURNS_MAX} questions. Please start a new one.")
    position = conversation.turn_count - FAST_TURNS + 1
    earlier = session.scalar(select(Turn.asked_at).where(Turn.conversation_id == conversation.conversation_id, Turn.position == position))
    if earlier is not None and now - earlier < timedelta(seconds=FAST_SECONDS):
        raise TurnsTooFast(f"At most {FAST_TURNS} questions in {FAST_SECONDS} seconds. Please wait a moment.")


def _want_person(conversation: Conversation, now: datetime) -> None:
    """Somebody of the shop is owed to the shopper, since the first time they asked."""
    if not conversation.is_interview:
        conversation.wanted_at = conversation.wanted_at or now


def _announce_first_answer(session: Session, turn: Turn, now: datetime) -> None:
    conversation = _locked(session, turn.conversation_id)
    if conversation.first_answered_at is not None or conversation.is_interview:
        return
    conversation.first_answered_at = now
    touch = TouchHappened(
        touch_id=new_id(now),
        occurred_at=now,
        kind="conversation",
        employee_id=conversation.employee_id,
        visitor_id=conversation.visitor_id,
        conversation_id=conversation.conversation_id,
        turn_id=turn.turn_id,
    )
    announce(session, touch, now=now)
