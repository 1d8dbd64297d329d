"""The inbox: conversations in which a person is owed first, then those going on now, then those that are over; filtered and searched."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Select, String, cast, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from app.conversations.handover_tables import Handover, PersonMessage
from app.conversations.tables import HAS_COUPON, Conversation, ShopperMessage, Turn
from tenants.database import tenant_of

RUNNING_MINUTES: Final = 10
"""A conversation in which nobody has said anything for so long is over; the shopper may still take it up again."""
FIRST_MAX: Final = 50
"""Waiting and running conversations shown at once; there is no page two of what needs somebody now."""
SEARCH_LENGTH_MAX: Final = 80
PART_OF_ID: Final = re.compile(r"[0-9a-fA-F-]+")
"""Words that may be a visitor's id, or a piece of one."""
KINDS: Final = ("all", "waiting", "unanswered", "coupon", "flagged")


@dataclass(frozen=True)
class Wish:
    """What the reader wants to see; `kind` is one of KINDS, `words` stand in a question, an answer or a message."""

    employee_id: UUID | None = None
    kind: str = "all"
    words: str = ""


@dataclass(frozen=True)
class InboxLine:
    """One conversation in the list. `state` is waiting, running or over; `held_by` names the person of the shop who holds it."""

    conversation_id: UUID
    employee_id: UUID
    page_url: str
    language: str
    opened_at: datetime
    last_at: datetime
    turn_count: int
    is_answered: bool
    state: str
    wanted_at: datetime | None
    held_by: str
    is_flagged: bool
    last_words: str
    has_message: bool


@dataclass(frozen=True)
class Inbox:
    """One page; `older` continues after its last conversation that is over."""

    waiting: list[InboxLine]
    running: list[InboxLine]
    over: list[InboxLine]
    older: datetime | None

    @property
    def count(self) -> int:
        """Conversations on this page."""
        return len(self.waiting) + len(self.running) + len(self.over)


def inbox(session: Session, wish: Wish, *, limit: int, before: datetime | None = None, now: datetime) -> Inbox:
    """Read one page; with `before` (the `older` of the page before) only conversations that are over."""
    narrowed = _narrowed(session, wish)
    last, since = func.coalesce(Conversation.last_turn_at, Conversation.opened_at), now - timedelta(minutes=RUNNING_MINUTES)
    held = select(Handover.handover_id).where(
        Handover.tenant_id == Conversation.tenant_id,
        Handover.conversation_id == Conversation.conversation_id,
        Handover.returned_at.is_(None),
    )
    is_owed, is_running = Conversation.wanted_at.is_not(None), or_(last >= since, held.exists())
    waiting: Sequence[Conversation] = ()
    running: Sequence[Conversation] = ()
    if before is None:
        waiting = _rows(session, [*narrowed, is_owed], [Conversation.wanted_at], FIRST_MAX)
        running = _rows(session, [*narrowed, ~is_owed, is_running], [last.desc()], FIRST_MAX) if wish.kind != "waiting" else ()
    older = [] if before is None else [Conversation.opened_at < before]
    newest = [Conversation.opened_at.desc(), Conversation.conversation_id.desc()]
    over = _rows(session, [*narrowed, ~is_owed, ~is_running, *older], newest, limit + 1) if wish.kind != "waiting" else ()
    lines = _lines(session, [*waiting, *running, *over[:limit]], {row.conversation_id for row in running})
    cut = (len(waiting), len(waiting) + len(running))
    return Inbox(lines[: cut[0]], lines[cut[0] : cut[1]], lines[cut[1] :], over[limit - 1].opened_at if len(over) > limit else None)


def talks_between(session: Session, *, start: datetime, end: datetime) -> int:
    """How many conversations with at least one question were opened within [start, end); interviews are none."""
    wanted = select(func.count()).where(
        Conversation.tenant_id == tenant_of(session), ~Conversation.is_interview, Conversation.turn_count > 0,
        Conversation.opened_at >= start, Conversation.opened_at < end,
    )  # fmt: skip
    return session.scalar(wanted) or 0


def mark_flag(session: Session, *, conversation_id: UUID, flag: str | None) -> None:
    """Repeat here what the counting house was told about a conversation, so that the list can be narrowed by it."""
    session.get_one(Conversation, (tenant_of(session), conversation_id), with_for_update=True).flag = flag
    session.flush()


def _rows(session: Session, where: Sequence[ColumnElement[bool]], order: Sequence[Any], limit: int) -> Sequence[Conversation]:
    return session.scalars(select(Conversation).where(*where).order_by(*order).limit(limit)).all()


def _narrowed(session: Session, wish: Wish) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [Conversation.tenant_id == tenant_of(session), ~Conversation.is_interview]
    if wish.employee_id is not None:
        where.append(Conversation.employee_id == wish.employee_id)
    if wish.kind == "flagged":
        where.append(Conversation.flag.is_not(None))
    if wish.kind == "unanswered":
        where.append(_has_turn(Turn.route.contains({"steps": [{"step": "unknown"}]})))
    if wish.kind == "coupon":
        where.append(_has_turn(literal_column(HAS_COUPON, Boolean)))
    if wish.words.strip():
        where.append(_holds(session, wish.words.strip()[:SEARCH_LENGTH_MAX]))
    return where


def _has_turn(what: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(Turn.turn_id)
        .where(Turn.tenant_id == Conversation.tenant_id, Turn.conversation_id == Conversation.conversation_id, what)
        .exists()
    )


def _holds(session: Session, words: str) -> ColumnElement[bool]:
    """The words stand somewhere in it, as they are written, whatever the case. Sentences only: no name inside the record is searched.

    What holds them is looked for once, in all conversations together, not in one after the other.
    """
    like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    tenant_id, visited = tenant_of(session), aliased(Conversation)
    found: list[Select[UUID]] = [
        select(Turn.conversation_id).where(Turn.tenant_id == tenant_id, Turn.said.like(func.lower(like))),
        select(PersonMessage.conversation_id).where(PersonMessage.tenant_id == tenant_id, PersonMessage.text.ilike(like)),
        select(ShopperMessage.conversation_id).where(ShopperMessage.tenant_id == tenant_id, ShopperMessage.text.ilike(like)),
    ]
    if PART_OF_ID.fullmatch(words):
        is_visitor = cast(visited.visitor_id, String).like(like.lower())
        found.append(select(visited.conversation_id).where(visited.tenant_id == tenant_id, is_visitor))
    return Conversation.conversation_id.in_(union_all(*found))


def _lines(session: Session, rows: Sequence[Conversation], running: set[UUID]) -> list[InboxLine]:
    ids = [row.conversation_id for row in rows]
    questions = select(Turn.conversation_id, Turn.question).where(Turn.conversation_id.in_(ids))
    last = {
        row.conversation_id: row.question for row in session.execute(questions.order_by(Turn.position))
    }  # the latest question of each stays
    open_ones = select(Handover.conversation_id, Handover.shown_name).where(
        Handover.conversation_id.in_(ids), Handover.returned_at.is_(None)
    )
    holders = {row.conversation_id: row.shown_name for row in session.execute(open_ones)}
    unread = select(ShopperMessage.conversation_id).where(ShopperMessage.conversation_id.in_(ids), ShopperMessage.read_at.is_(None))
    messages = set(session.scalars(unread))
    return [
        InboxLine(
            conversation_id=row.conversation_id,
            employee_id=row.employee_id,
            page_url=row.page_url,
            language=row.language,
            opened_at=row.opened_at,
            last_at=row.last_turn_at or row.opened_at,
            turn_count=row.turn_count,
            is_answered=row.first_answered_at is not None,
            state="waiting" if row.wanted_at else "running" if row.conversation_id in running else "over",
            wanted_at=row.wanted_at,
            held_by=holders.get(row.conversation_id, ""),
            is_flagged=row.flag is not None,
            last_words=last.get(row.conversation_id, ""),
            has_message=row.conversation_id in messages,
        )
        for row in rows
    ]
