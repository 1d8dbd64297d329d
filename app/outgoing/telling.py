"""Writes messages for the addresses that want them, in the transaction that gives the reason; the worker sends them afterwards.

A message is {"type", "timestamp", "data"}; `data` is the thing as the lists of the public API show it. The same happening is told to one
address once, however often it is heard of here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.api.reading_items import CouponItem, CreditItem, FilmItem, StatementItem, TouchItem
from app.outgoing.endpoints import locked
from app.outgoing.tables import OutgoingEndpoint, OutgoingMessage
from app.studio.events import FilmFinished
from billing.events import CouponRedeemed, StatementClosed, TouchRecorded
from billing.read_offers import coupons_by_id
from billing.read_pages import CreditPlace, credits_since, touches_by_id
from billing.read_statement import statement_view
from tenants.database import Database, tenant_of
from tenants.every_shop import shops_with
from tenants.identifiers import new_id
from tenants.outbox import Announced

CREDITS_AT_ONCE: Final = 200
TEST_TOPIC: Final = "endpoint.test"


def tell_of_touch(session: Session, announced: Announced, now: datetime) -> None:
    """A touch was written down."""
    for row in touches_by_id(session, [announced.read(TouchRecorded).touch_id]) if is_wanted(session, "touch.recorded") else ():
        tell(session, "touch.recorded", TouchItem.of(row), happened=announced.event_id, now=now)


def tell_of_redemption(session: Session, announced: Announced, now: datetime) -> None:
    """A code was used at the till."""
    for row in coupons_by_id(session, [announced.read(CouponRedeemed).coupon_id], now=now) if is_wanted(session, "coupon.redeemed") else ():
        tell(session, "coupon.redeemed", CouponItem.of(row), happened=announced.event_id, now=now)


def tell_of_statement(session: Session, announced: Announced, now: datetime) -> None:
    """A month was closed."""
    if is_wanted(session, "statement.closed"):
        row = statement_view(session, statement_id=announced.read(StatementClosed).statement_id)
        tell(session, "statement.closed", StatementItem.of(row), happened=announced.event_id, now=now)


def tell_of_film(session: Session, announced: Announced, now: datetime) -> None:
    """A film was finished."""
    if is_wanted(session, "film.ready"):
        tell(session, "film.ready", FilmItem.of(announced.read(FilmFinished)), happened=announced.event_id, now=now)


def tell_of_credits(database: Database, *, now: datetime) -> int:
    """Tell every address that follows the book what was sealed since it was last told; return how many messages were written."""
    told = 0
    with database.intake_session() as session:
        concerned = shops_with(session, OutgoingEndpoint, OutgoingEndpoint.removed_at.is_(None))
    for tenant_id in concerned:
        with database.tenant_session(tenant_id) as session:
            following = [row.endpoint_id for row in _listening(session, "credit.posted")]
        for endpoint_id in following:
            with database.tenant_session(tenant_id) as session:
                told += _follow(session, locked(session, endpoint_id), now)
    return told


def tell(session: Session, topic: str, data: BaseModel, *, happened: UUID, now: datetime) -> None:
    """Write one message for each address that wants the topic."""
    for row in _listening(session, topic):
        _write(session, row, topic, data.model_dump(mode="json"), name=str(happened), now=now)


def tell_test(session: Session, *, endpoint_id: UUID, now: datetime) -> UUID:
    """Write a message that means nothing for one address, also while it is switched off; return its id. Raises EndpointUnknown."""
    row, name = locked(session, endpoint_id), str(new_id(now))
    return _write(session, row, TEST_TOPIC, {"hello": "from Tillhand"}, name=name, now=now, is_test=True)


def is_wanted(session: Session, topic: str) -> bool:
    """Whether any address of the shop wants a topic."""
    return bool(_listening(session, topic))


def _follow(session: Session, row: OutgoingEndpoint, now: datetime) -> int:
    lines = credits_since(session, since=CreditPlace(**row.book_place), limit=CREDITS_AT_ONCE)
    for line in lines:
        item = CreditItem.of(line)
        _write(session, row, "credit.posted", item.model_dump(mode="json"), name=item.id, now=now)
    if lines:
        last = lines[-1].place
        row.book_place = {"segment": last.segment, "position": last.position, "number": last.number}
    return len(lines)


def _listening(session: Session, topic: str) -> list[OutgoingEndpoint]:
    mine = OutgoingEndpoint.tenant_id == tenant_of(session), OutgoingEndpoint.removed_at.is_(None)
    rows = session.scalars(select(OutgoingEndpoint).where(*mine).order_by(OutgoingEndpoint.endpoint_id))
    return [row for row in rows if topic in row.topics["topics"]]


def _write(
    session: Session, row: OutgoingEndpoint, topic: str, data: Mapping[str, Any], *, name: str, now: datetime, is_test: bool = False
) -> UUID:  # fmt: skip
    message_id = uuid5(row.endpoint_id, f"{topic} {name}")
    state = "waiting" if row.disabled_at is None or is_test else "held"
    values: dict[str, Any] = {
        "tenant_id": row.tenant_id, "message_id": message_id, "endpoint_id": row.endpoint_id, "topic": topic, "written_at": now,
        "body": to_json({"type": topic, "timestamp": now, "data": dict(data)}), "state": state, "attempts": 0, "next_try_at": now,
    }  # fmt: skip
    session.execute(insert(OutgoingMessage).values(**values).on_conflict_do_nothing())
    return message_id
