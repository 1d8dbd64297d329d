"""Which conversations the shop's people are to be called to by letter now: a message was left, or somebody has waited too long.

A conversation gives one letter an hour at most; what comes meanwhile is told together in the next. Whoever takes the conversation, or
says that it is dealt with, ends the wait, and nothing more is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.conversations.handover_setting import Calls
from app.conversations.handover_tables import DeskCall
from app.conversations.tables import Conversation, ShopperMessage
from tenants.database import Database, tenant_of

QUIET: Final = timedelta(hours=1)
CALLS_MAX: Final = 50
"""Conversations told of at one time; the others' turn comes with the next round."""


@dataclass(frozen=True)
class Owed:
    """A conversation in which a person is owed, and what the staff was told of it so far."""

    conversation_id: UUID
    employee_id: UUID
    wanted_at: datetime
    messages_left_at: tuple[datetime, ...] = ()
    called_at: datetime | None = None
    told_message_at: datetime | None = None
    told_wanted_at: datetime | None = None


@dataclass(frozen=True)
class Call:
    """One letter's worth: how many messages were left that nobody was told of, and since when somebody waits."""

    conversation_id: UUID
    employee_id: UUID
    message_count: int
    waiting_since: datetime


def call_for(owed: Owed, calls: Calls, *, now: datetime, zone: ZoneInfo) -> Call | None:
    """Decide whether a conversation calls now; None when it does not, or not yet."""
    if owed.called_at is not None and now - owed.called_at < QUIET:
        return None
    fresh = [moment for moment in owed.messages_left_at if owed.told_message_at is None or moment > owed.told_message_at]
    if fresh and calls.tells_messages:
        return Call(owed.conversation_id, owed.employee_id, len(fresh), owed.wanted_at)
    is_told = owed.told_wanted_at == owed.wanted_at
    has_waited = now - owed.wanted_at >= timedelta(minutes=calls.wait_minutes)
    if calls.tells_waiting and not is_told and has_waited and calls.is_open(now.astimezone(zone)):
        return Call(owed.conversation_id, owed.employee_id, 0, owed.wanted_at)
    return None


def calls_due(session: Session, calls: Calls, *, now: datetime, zone: ZoneInfo) -> list[Call]:
    """The calls of this shop that are due, the longest wait first. Locks their rows, so that two workers never write one letter."""
    found = (call_for(one, calls, now=now, zone=zone) for one in _owed(session))
    return [call for call in found if call is not None][:CALLS_MAX]


def note_called(session: Session, made: Sequence[Call], *, now: datetime) -> None:
    """Keep that the staff was told."""
    for call in made:
        told: dict[str, object] = {"called_at": now, "told_wanted_at": call.waiting_since}
        if call.message_count:
            told["told_message_at"] = now
        row = insert(DeskCall).values(tenant_id=tenant_of(session), conversation_id=call.conversation_id, **told)
        session.execute(row.on_conflict_do_update(index_elements=["tenant_id", "conversation_id"], set_=told))


def people_owed(session: Session) -> int:
    """In how many conversations a person of the shop is owed to the shopper."""
    return (
        session.scalar(select(func.count()).where(Conversation.tenant_id == tenant_of(session), Conversation.wanted_at.is_not(None))) or 0
    )


def called_at(session: Session, conversation_id: UUID) -> datetime | None:
    """When a letter about a conversation last went to the staff."""
    row = session.get(DeskCall, (tenant_of(session), conversation_id))
    return None if row is None else row.called_at


def shops_with_people_owed(database: Database) -> list[UUID]:
    """The shops in which somebody waits, found in one query, as the operator."""
    with database.operator_session() as session:
        wanted = select(Conversation.tenant_id).where(Conversation.wanted_at.is_not(None)).distinct()
        return list(session.scalars(wanted.order_by(Conversation.tenant_id)))


def _owed(session: Session) -> list[Owed]:
    waiting = select(Conversation).where(
        Conversation.tenant_id == tenant_of(session), Conversation.wanted_at.is_not(None), ~Conversation.is_interview
    )
    rows = session.scalars(waiting.order_by(Conversation.wanted_at).with_for_update(skip_locked=True)).all()
    ids = [row.conversation_id for row in rows]
    told = {row.conversation_id: row for row in session.scalars(select(DeskCall).where(DeskCall.conversation_id.in_(ids)))}
    left: dict[UUID, list[datetime]] = {}
    unread = select(ShopperMessage.conversation_id, ShopperMessage.left_at).where(
        ShopperMessage.conversation_id.in_(ids), ShopperMessage.read_at.is_(None)
    )
    for conversation_id, left_at in session.execute(unread):
        left.setdefault(conversation_id, []).append(left_at)
    return [_one(row, tuple(left.get(row.conversation_id, ())), told.get(row.conversation_id)) for row in rows]


def _one(row: Conversation, messages: tuple[datetime, ...], told: DeskCall | None) -> Owed:
    before = (told.called_at, told.told_message_at, told.told_wanted_at) if told else (None, None, None)
    return Owed(row.conversation_id, row.employee_id, row.wanted_at or row.opened_at, messages, *before)
