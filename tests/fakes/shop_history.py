"""A shop with some weeks behind it, made only by the product's own verbs: people, an employee under contract, talks, coupons, orders.

Tests and pictures of the dashboard start from it. Times are spread backwards from a given moment, so a month always has days in it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from app.conversations.record import leave_message, open_conversation, record_answer, record_question
from app.conversations.tables import Passage
from app.conversations.teach import teach_document
from app.conversations.thoughts import Citation, Offered, OfferedCoupon, Routed, Said, Thought
from app.flows import ROUTES, VERBS
from billing.connections import ConnectionMade, create_connection
from billing.contract_terms import ContractTerms
from billing.handle_inbox import handle_inbox
from billing.inbox.signature import sign
from billing.issue_coupon import IssuedCoupon, issue_coupon
from billing.offers import OfferTerms, create_offer
from billing.receive_webhook import receive_webhook
from billing.sign_contract import sign_contract
from tenants.database import Database
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import new_id
from tenants.outbox import deliver_due
from tenants.sign_in import add_member
from tenants.tenant import open_tenant

PASSWORD = "correct horse battery"
HOUSE_RULES = b"""# House rules

## Opening hours

We are open Monday to Friday from 7:00 to 18:00, and on Saturday from 8:00 to 16:00. On Sundays we roast and stay closed.

## Returns

Unopened bags of beans may come back within 30 days. Opened bags we replace once if you do not like them.
"""
NAMESPACE = UUID("8f9c1a52-7f2d-4d43-9a52-0b7a4e6c1d11")


@dataclass
class Shop:
    """A shop and the hands it works with."""

    database: Database
    tenant_id: UUID
    email: str
    employee_id: UUID
    offer_id: UUID
    connection: ConnectionMade
    passages: list[Passage]
    conversations: list[UUID] = field(default_factory=list)

    def talk(self, question: str, said: Sequence[str], *, now: datetime, cited: int | None = None, coupon: bool = False) -> "Talk":
        """One question and its answer, `cited` naming the passage it rests on; perhaps with a coupon."""
        visitor_id = new_id(now)
        with self.database.tenant_session(self.tenant_id) as session:
            opened = open_conversation(
                session,
                employee_id=self.employee_id,
                visitor_id=visitor_id,
                page_url="https://kestrel.example/beans",
                language="en",
                now=now,
            )
            turn_id = record_question(session, conversation_id=opened, message_key=str(new_id(now)), text=question, now=now)
        issued = self._issue(visitor_id, opened, turn_id, now) if coupon else None
        with self.database.tenant_session(self.tenant_id) as session:
            thoughts = self._thoughts(said, cited, issued)
            record_answer(session, turn_id=turn_id, thoughts=thoughts, interrupted_after=None, now=now + timedelta(seconds=2))
        deliver_due(self.database, VERBS, clock=lambda: now + timedelta(seconds=3))
        self.conversations.append(opened)
        return Talk(visitor_id, opened, turn_id, issued)

    def message(self, talk: "Talk", text: str, *, now: datetime) -> None:
        """The shopper leaves a message for the staff."""
        with self.database.tenant_session(self.tenant_id) as session:
            leave_message(session, turn_id=talk.turn_id, text=text, now=now)

    def post(self, kind: str, data: dict[str, Any], *, now: datetime, handle: bool = True) -> None:
        """The shop's back office sends one signed delivery."""
        self.post_raw(json.dumps({"type": kind, "data": data}).encode(), f"msg_{kind}_{data['id']}", now=now, handle=handle)

    def post_raw(self, body: bytes, delivery_id: str, *, now: datetime, handle: bool = True) -> None:
        """The same with any bytes at all."""
        stamp = int(now.timestamp())
        headers = {"Webhook-Id": delivery_id, "Webhook-Timestamp": str(stamp)}
        headers["Webhook-Signature"] = sign(self.connection.secret, delivery_id=delivery_id, timestamp=stamp, body=body)
        receive_webhook(self.database, connection_key=self.connection.public_key, headers=headers, body=body, now=now)
        if handle:
            handle_inbox(self.database, clock=lambda: now + timedelta(seconds=1))

    def sell(self, number: str, price: str, *, now: datetime, talk: "Talk | None" = None, product: str = "Lantern Blend, 250 g") -> None:
        """An order of one line, with the talk's coupon on it when it gave one."""
        codes = [talk.coupon.code] if talk and talk.coupon else []
        attribution = {"visitor": str(talk.visitor_id)} if talk else {}
        moments = {"created_at": now.isoformat(), "updated_at": now.isoformat()}
        line = {"id": "1", "product": product, "quantity": 1, "total": price}
        order = {"id": number, "number": number, "currency": "USD", "lines": [line], "total": price, "codes": codes}
        self.post("order.paid", {**order, "attribution": attribution, **moments}, now=now + timedelta(seconds=5))

    def refund(self, identifier: str, number: str, amount: str, *, now: datetime) -> None:
        """Money goes back to the buyer."""
        data = {"id": identifier, "order": number, "currency": "USD", "amount": amount, "created_at": now.isoformat()}
        self.post("refund.created", data, now=now + timedelta(seconds=5))

    def _issue(self, visitor_id: UUID, conversation_id: UUID, turn_id: UUID, now: datetime) -> IssuedCoupon:
        with self.database.tenant_session(self.tenant_id) as session:
            return issue_coupon(
                session, offer_id=self.offer_id, visitor_id=visitor_id, conversation_id=conversation_id, turn_id=turn_id, now=now
            )

    def _thoughts(self, said: Sequence[str], cited: int | None, issued: IssuedCoupon | None) -> list[Thought]:
        step = "coupon" if issued else "rule" if cited is not None else "unknown"
        thoughts: list[Thought] = [
            Routed("understand", 930_000, "A question in English.", 380),
            Routed(step, 870_000, "Closest passage.", 6_400),
        ]
        for text in said:
            citations = ()
            if cited is not None:
                passage = self.passages[cited]
                citations = (Citation(passage.passage_id, "house_rules.md", passage.sentences["sentences"][0]),)
            thoughts.append(Said(text, citations))
        if issued:
            thoughts.append(Offered(OfferedCoupon(issued.code, issued.offer_name, issued.terms_text, issued.expires_at)))
        return thoughts


@dataclass(frozen=True)
class Talk:
    """What came out of one talk."""

    visitor_id: UUID
    conversation_id: UUID
    turn_id: UUID
    coupon: IssuedCoupon | None


def open_shop(database: Database, tenant_id: UUID, *, now: datetime, email: str, name: str = "Kestrel Coffee & Snacks") -> Shop:
    """A shop with one member, one hired employee, one offer and one connection, opened at `now`."""
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name=name, time_zone="America/New_York", allowed_origins=("https://kestrel.example",), now=now)
        add_member(session, email=email, password=PASSWORD, display_name="Robin Vale", role="owner", now=now)
        employee = add_applicant(
            session, Applicant("Amara", "Shop seller", "amara", "amara", "Hello, I am Amara, an AI.", "Sells coffee with care."), now=now
        )
        terms = ContractTerms(currency="USD", share_ppm=100_000, period_time_zone="America/New_York")
        sign_contract(session, employee_id=employee.employee_id, terms=terms, accepted_by="Robin Vale", now=now)
        offer = OfferTerms("10 % off your first bag", "USD", 500, now, now + timedelta(days=90), percent_ppm=100_000)
        offer_id = create_offer(session, employee_id=employee.employee_id, offer=offer, now=now)
        connection = create_connection(session, name="Kestrel back office", channel="online", is_order_book=True, now=now)
        taught = teach_document(
            session,
            employee_id=employee.employee_id,
            name="house_rules.md",
            media_type="text/markdown",
            body=HOUSE_RULES,
            embed=fixed_vectors,
            now=now,
        )
        wanted = select(Passage).where(Passage.document_id == taught.document_id).order_by(Passage.position)
        passages = list(session.scalars(wanted))
    deliver_due(database, VERBS, clock=lambda: now + timedelta(seconds=1))
    return Shop(database, tenant_id, email, employee.employee_id, offer_id, connection, passages)


def fixed_vectors(texts: Sequence[str], kind: Literal["query", "passage"]) -> NDArray[np.float32]:
    """Unit vectors that depend on the text alone: the dashboard only shows passages, nothing here searches them."""
    rows = [np.random.default_rng(uuid5(NAMESPACE, f"{kind}:{text}").int % 2**32).normal(size=384) for text in texts]
    return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32)


def routed(database: Database) -> Database:
    """The same database with the product's own routes from event to verb."""
    return Database(database.app, database.intake, database.operator, ROUTES)
