"""The hands that work in the demo's past: somebody talks, somebody buys, goods come back, and the clock stands at that day.

Each goes the way a real one would: a talk through the mind's records, a sale through the signed webhook and the inbox. Deliveries are
read a few at a time, as a busy worker does, which makes the first start of the demo much shorter.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.conversations.record import open_conversation, record_answer, record_question
from app.conversations.thoughts import Offered, OfferedCoupon, Routed, Said, Thought
from app.demo.account import DemoAccount
from app.demo.shop.webhook_signing import signed_headers
from app.flows import VERBS
from billing.handle_inbox import handle_inbox
from billing.issue_coupon import IssuedCoupon, issue_coupon
from billing.money import format_amount
from billing.offers import active_offers
from billing.receive_webhook import receive_webhook
from tenants.database import Database
from tenants.identifiers import new_id
from tenants.outbox import deliver_due

CURRENCY: Final = "USD"
DISCOUNT_PPM: Final = 100_000
PAGE: Final = "https://kestrel.example/"


@dataclass(frozen=True)
class Talk:
    """Whom they spoke with, and the coupon they gave, if any."""

    visitor_id: UUID
    coupon: IssuedCoupon | None


@dataclass(frozen=True)
class Bought:
    """One line of a sale: the product as the price list names it, pieces, and what one costs in cents."""

    product: str
    quantity: int
    price_minor: int


@dataclass(frozen=True)
class PastDays:
    """The demo shop with its employee, worked by past clocks."""

    database: Database
    account: DemoAccount

    @property
    def tenant_id(self) -> UUID:
        """The shop."""
        return UUID(self.account.tenant_id)

    @property
    def employee_id(self) -> UUID:
        """The employee."""
        return UUID(self.account.employee_id)

    def talk(self, question: str, answer: str, *, has_coupon: bool, at: datetime) -> Talk:
        """A visitor asks, the employee answers, and gives a coupon where there is one to give."""
        visitor_id = new_id(at)
        with self.database.tenant_session(self.tenant_id) as session:
            opened = open_conversation(
                session, employee_id=self.employee_id, visitor_id=visitor_id, page_url=PAGE, language="en", now=at
            )  # fmt: skip
            turn_id = record_question(session, conversation_id=opened, message_key=str(visitor_id), text=question, now=at)
            issued = None
            if has_coupon:
                offer = active_offers(session, self.employee_id, at)[0]
                issued = issue_coupon(
                    session, offer_id=offer.offer_id, visitor_id=visitor_id, conversation_id=opened, turn_id=turn_id, now=at
                )  # fmt: skip
            heard = at + timedelta(seconds=2)
            record_answer(session, turn_id=turn_id, thoughts=_thoughts(answer, issued), interrupted_after=None, now=heard)
        return Talk(visitor_id, issued)

    def sell(self, number: str, bought: Sequence[Bought], talk: Talk | None, *, at: datetime) -> int:
        """The shop reports a sale; returns what the buyer paid, in cents. A coupon takes a tenth off every line."""
        kept_ppm = 1_000_000 - DISCOUNT_PPM * bool(talk and talk.coupon)
        lines = [(one, one.quantity * one.price_minor * kept_ppm // 1_000_000) for one in bought]
        total_minor = sum(minor for _, minor in lines)
        order: dict[str, Any] = {
            "id": number, "number": number, "currency": CURRENCY, "total": _text(total_minor), "created_at": at.isoformat(),
            "updated_at": at.isoformat(), "codes": [talk.coupon.code] if talk and talk.coupon else [],
            "attribution": {"visitor": str(talk.visitor_id)} if talk else {},
            "lines": [
                {"id": str(place), "product": one.product, "quantity": one.quantity, "total": _text(minor)}
                for place, (one, minor) in enumerate(lines, 1)
            ],
        }  # fmt: skip
        self._post("order.paid", order, at + timedelta(seconds=4))
        return total_minor

    def refund(self, number: str, amount_minor: int, *, at: datetime) -> None:
        """Money goes back to the buyer."""
        refund = {"id": f"R-{number}", "order": number, "currency": CURRENCY, "amount": _text(amount_minor), "created_at": at.isoformat()}
        self._post("refund.created", refund, at + timedelta(seconds=4))

    def hear_of(self, moment: datetime) -> None:
        """Everything announced by then is heard, and every delivery that came in is read."""
        while deliver_due(self.database, VERBS, clock=lambda: moment):
            pass
        while handle_inbox(self.database, clock=lambda: moment):
            pass

    def _post(self, kind: str, data: dict[str, Any], moment: datetime) -> None:
        body, delivery_id = json.dumps({"type": kind, "data": data}).encode(), f"msg_{kind}_{data['id']}"
        headers = signed_headers(
            secret=self.account.webhook_secret, delivery_id=delivery_id, timestamp_s=int(moment.timestamp()), body=body
        )  # fmt: skip
        receive_webhook(self.database, connection_key=self.account.connection_key, headers=headers, body=body, now=moment)


def _text(amount_minor: int) -> str:
    return format_amount(amount_minor, CURRENCY)


def _thoughts(answer: str, issued: IssuedCoupon | None) -> list[Thought]:
    step = "coupon" if issued else "product"
    thoughts: list[Thought] = [
        Routed("understand", 940_000, "A question in English.", 410),
        Routed(step, 890_000, "It asks for that.", 5_200),
    ]
    thoughts.append(Said(answer))
    if issued:
        thoughts.append(Offered(OfferedCoupon(issued.code, issued.offer_name, issued.terms_text, issued.expires_at)))
    return thoughts
