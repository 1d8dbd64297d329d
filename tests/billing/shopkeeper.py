"""A small shop for tests: it signs a contract, hands out coupons, posts signed webhooks through the real door and reads its book."""

import itertools
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing.connections import ConnectionMade, create_connection
from billing.contract_terms import ContractTerms
from billing.handle_inbox import handle_inbox
from billing.inbox.signature import sign
from billing.issue_coupon import IssuedCoupon, issue_coupon
from billing.ledger.tables import Posting
from billing.offers import OfferTerms, create_offer
from billing.read_deliveries import DeliveryView, deliveries
from billing.read_payslip import Payslip, payslip
from billing.receive_webhook import Received, receive_webhook
from billing.record_touch import Touch, record_touch
from billing.sign_contract import sign_contract
from tenants.database import Database
from tenants.identifiers import new_id

TERMS = ContractTerms(currency="EUR", share_ppm=80_000)


@dataclass
class Shopkeeper:
    """One tenant with one employee, one order book and a clock that tests move by hand."""

    database: Database
    now: datetime
    terms: ContractTerms = TERMS
    tenant_id: UUID = field(init=False)
    employee_id: UUID = field(init=False)
    visitor_id: UUID = field(init=False)
    book: ConnectionMade = field(init=False)

    def __post_init__(self) -> None:
        self.tenant_id, self.employee_id, self.visitor_id = (new_id(self.now) for _ in range(3))
        self._numbers = itertools.count(1)
        with self.session() as session:
            sign_contract(session, employee_id=self.employee_id, terms=self.terms, accepted_by="Ada", now=self.now - timedelta(days=60))
            self.book = create_connection(session, name="Shop", channel="online", is_order_book=True, now=self.now)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.database.tenant_session(self.tenant_id) as session:
            yield session

    def clock(self) -> datetime:
        return self.now

    def connect(self, name: str, channel: str, *, is_order_book: bool) -> ConnectionMade:
        with self.session() as session:
            return create_connection(session, name=name, channel=channel, is_order_book=is_order_book, now=self.now)

    def offer(self, *, coupons_max: int = 100, **changed: Any) -> UUID:
        terms = OfferTerms(
            "Welcome",
            "EUR",
            coupons_max,
            self.now - timedelta(days=1),
            self.now + timedelta(days=60),
            **({"percent_ppm": 100_000} | changed),
        )
        with self.session() as session:
            return create_offer(session, employee_id=self.employee_id, offer=terms, now=self.now)

    def coupon(self, offer_id: UUID, *, visitor_id: UUID | None = None, turn_id: UUID | None = None) -> IssuedCoupon:
        with self.session() as session:
            return issue_coupon(
                session, offer_id=offer_id, visitor_id=visitor_id or self.visitor_id, conversation_id=new_id(self.now),
                turn_id=turn_id or new_id(self.now), now=self.now,
            )  # fmt: skip

    def touch(self, kind: str = "conversation", *, at: datetime | None = None, **changed: Any) -> Touch:
        defaults = {"visitor_id": self.visitor_id, "employee_id": self.employee_id, "conversation_id": new_id(self.now)}
        touch = Touch(new_id(self.now), at or self.now - timedelta(hours=1), kind, **(defaults | changed))
        with self.session() as session:
            record_touch(session, touch, now=self.now)
        return touch

    def post(self, body: bytes | dict[str, Any], *, delivery_id: str | None = None, connection: ConnectionMade | None = None) -> Received:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        to = connection or self.book
        return receive_webhook(
            self.database, connection_key=to.public_key, headers=self.headers(raw, delivery_id, to.secret), body=raw, now=self.now
        )

    def headers(self, body: bytes, delivery_id: str | None = None, secret: str | None = None) -> dict[str, str]:
        name, stamp = delivery_id or f"msg_{next(self._numbers)}", int(self.now.timestamp())
        signature = sign(secret or self.book.secret, delivery_id=name, timestamp=stamp, body=body)
        return {"webhook-id": name, "webhook-timestamp": str(stamp), "webhook-signature": signature}

    def work(self, *, limit: int = 1000) -> int:
        return handle_inbox(self.database, clock=self.clock, limit=limit)

    def work_together(self, workers: int, *, rounds: int) -> int:
        """Several workers at once, each taking one delivery at a time; then one more after the first retries are due."""
        start = threading.Barrier(workers)

        def work(_: int) -> int:
            start.wait()
            return sum(self.work(limit=1) for _ in range(rounds))

        with ThreadPoolExecutor(workers) as pool:
            handled = sum(pool.map(work, range(workers)))
        self.now += timedelta(seconds=5)
        return handled + self.work()

    def tell(self, body: bytes | dict[str, Any], **how: Any) -> DeliveryView:
        """Post one delivery, let the worker handle it, and return what became of it."""
        received = self.post(body, **how)
        self.work()
        with self.session() as session:
            return next(view for view in deliveries(session, limit=200).deliveries if view.event_id == received.event_id)

    def slip(self, *, month: datetime | None = None) -> Payslip:
        with self.session() as session:
            return payslip(session, employee_id=self.employee_id, period_start=month, now=self.now)

    def balances(self) -> dict[tuple[str, str], int]:
        """Every account's balance by currency, straight from the postings; accounts at zero are left out."""
        with self.session() as session:
            return balances(session)

    def earned(self) -> int:
        return sum(minor for (account, _), minor in self.balances().items() if account.startswith("employee."))


def balances(session: Session) -> dict[tuple[str, str], int]:
    sides = select(Posting.destination.label("account"), Posting.currency, Posting.amount_minor).union_all(
        select(Posting.source, Posting.currency, case((Posting.amount_minor > 0, -Posting.amount_minor)))
    )
    rows = sides.subquery()
    query = select(rows.c.account, rows.c.currency, func.sum(rows.c.amount_minor)).group_by(rows.c.account, rows.c.currency)
    return {(account, currency): int(total) for account, currency, total in session.execute(query) if total}


def order_message(order_id: str = "1001", *, total: str = "30.00", at: str = "2026-11-20T09:00:00Z", **changed: Any) -> dict[str, Any]:
    """An order of one line without tax; `changed` replaces or adds fields of `data`."""
    line = {"id": "1", "product": "beans", "quantity": 1, "total": total}
    data = {"id": order_id, "currency": "EUR", "created_at": at, "updated_at": at, "lines": [line], "total": total}
    return {"type": "order.updated", "data": data | changed}


def refund_message(
    refund_id: str, amount: str, *, order_id: str | None = "1001", at: str = "2026-11-20T09:10:00Z", **changed: Any
) -> dict[str, Any]:
    data = {"id": refund_id, "order": order_id, "currency": "EUR", "amount": amount, "created_at": at}
    return {"type": "refund.created", "data": data | changed}
