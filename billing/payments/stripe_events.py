"""Reads Stripe's own messages about our invoices. They are nudges: what they say is not believed, only what they are about.

So duplicates, any sequence and messages that come late are all the same to us: the invoice is asked for as it stands.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from billing.payment_errors import PaymentEventRefused
from billing.payments.stripe_objects import SHOP, STATEMENT, read_id

TOLERANCE: Final = timedelta(minutes=5)
_STAMP: Final = re.compile(r"(?:^|,)\s*t=([0-9]{1,12})(?:,|$)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message is about: a statement's invoice, a payment, or (with neither) the shop's payment method."""

    event_ref: str
    kind: str
    tenant_id: UUID | None
    statement_id: UUID | None
    payment_ref: str | None
    setup_ref: str | None


def read_event(body: bytes, signature: str, secret: str, now: datetime) -> Heard:
    """Verify and read one message. Raises PaymentEventRefused when it is not signed by Stripe within five minutes, or is no event."""
    import stripe  # loaded late: it takes half a second, and a house without a key never needs it

    try:
        stripe.WebhookSignature.verify_header(body.decode(), signature, secret, tolerance=None)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        raise PaymentEventRefused("The message is not signed with this endpoint's secret.") from None
    stamp = _STAMP.search(signature)
    if stamp is None or abs(now.timestamp() - int(stamp[1])) > TOLERANCE.total_seconds():
        raise PaymentEventRefused("The message was signed too long ago, or in the future.")
    try:
        event = json.loads(body)
        return _heard(str(event["id"]), str(event["type"]), event["data"]["object"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PaymentEventRefused("The message is no event.") from None


def _heard(event_ref: str, kind: str, thing: dict[str, Any]) -> Heard:
    marks, payment = thing.get("metadata") or {}, thing.get("payment_intent")
    setup = thing.get("setup_intent") if kind == "checkout.session.completed" and thing.get("mode") == "setup" else None
    return Heard(
        event_ref=event_ref, kind=kind, tenant_id=read_id("shp", marks.get(SHOP)), statement_id=read_id("stm", marks.get(STATEMENT)),
        payment_ref=payment if kind.startswith("charge.dispute.") and isinstance(payment, str) else None, setup_ref=setup,
    )  # fmt: skip
