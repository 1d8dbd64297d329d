"""Stripe: signs time and body together, several signatures beside each other while a secret is rolled; an event's id stands in its body.

Retried events differ in a counter, so an event is known by its id and not by its bytes.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Final

from billing.connectors.connector import Attempt, Connector, Document, Fact, Reading, Signed
from billing.connectors.stripe_orders import StripeEvent, read_checkout, read_dispute, read_invoice, read_refund
from billing.connectors.values import fields_of
from billing.errors import PayloadRefused, SignatureInvalid, TimestampOutsideTolerance
from billing.inbox.signature import SIGNATURES_MAX, TOLERANCE_SECONDS
from billing.inbox.strict_json import read_object

_EVENT_ID: Final = re.compile(r"evt_[0-9A-Za-z_]{1,190}", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_CHECKOUT: Final = "checkout.session."
READERS: Final[Mapping[str, Callable[[StripeEvent], Fact | str]]] = {
    f"{_CHECKOUT}completed": read_checkout,
    f"{_CHECKOUT}async_payment_succeeded": read_checkout,
    f"{_CHECKOUT}async_payment_failed": read_checkout,
    "invoice.paid": read_invoice,
    "refund.created": read_refund,
    "refund.updated": read_refund,
    "refund.failed": read_refund,
    "charge.dispute.created": read_dispute,
    "charge.dispute.updated": read_dispute,
    "charge.dispute.funds_withdrawn": read_dispute,
    "charge.dispute.funds_reinstated": read_dispute,
    "charge.dispute.closed": read_dispute,
}
_ONLY_A_SUM: Final = ("charge.refunded",)


def _verify(attempt: Attempt) -> Signed:
    stamp, given = _read_header(attempt.headers.get("stripe-signature", ""))
    matches = [
        hmac.compare_digest(one.encode(), _signature(secret, stamp, attempt.body).encode()) for secret in attempt.secrets for one in given
    ]
    if not any(matches):
        raise SignatureInvalid("No signature on this delivery was made with the connection's secret.")
    if abs(attempt.now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise TimestampOutsideTolerance("The delivery was signed more than five minutes from now; check the sender's clock.")
    return Signed(_event_id(attempt.body), {"stripe-timestamp": int(stamp)})


def _read_header(header: str) -> tuple[str, list[str]]:
    """The time and the v1 signatures of `t=...,v1=...,v1=...`; other schemes are passed over."""
    parts = [part.strip().partition("=") for part in header.split(",")[: 2 * SIGNATURES_MAX]]
    stamp = next((value for name, _, value in parts if name == "t"), "")
    if not _SECONDS.fullmatch(stamp):
        raise SignatureInvalid("The header Stripe-Signature needs a time in Unix seconds (t=) and a signature (v1=).")
    return stamp, [value for name, _, value in parts if name == "v1" and value.isascii()]


def _signature(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _event_id(body: bytes) -> str:
    """The event's id; of a body that cannot be read, its hash, so that it is kept and set aside with its reason."""
    try:
        found = read_object(body).get("id")
    except PayloadRefused:
        found = None
    return found if isinstance(found, str) and _EVENT_ID.fullmatch(found) else hashlib.sha256(body).hexdigest()


def _read(document: Document) -> Reading:
    fields = fields_of(read_object(document.body))
    event_type = fields.text("type")
    if event_type in _ONLY_A_SUM:
        return Reading(event_type, None, note="This event has only a running sum; refund.created, refund.updated and refund.failed count.")
    reader = READERS.get(event_type)
    if reader is None:
        return Reading(event_type[:60], None, note="Nothing in an event of this kind concerns sales; it need not be sent.")
    event = StripeEvent(
        event_type, fields.seconds("created", now=document.now), fields.values.get("livemode") is False or document.is_sandbox,
        fields.object_of("data").object_of("object"), document.tenant_id, document.now,
    )  # fmt: skip
    fact = reader(event)
    if isinstance(fact, str):
        return Reading(event_type, None, note=fact)
    return Reading(event_type, fact.external_id, (fact,))


def _sign(attempt: Attempt) -> dict[str, str]:
    stamp = str(int(attempt.now.timestamp()))
    return {"stripe-signature": f"t={stamp},v1={_signature(attempt.secrets[0], stamp, attempt.body)}"}


STRIPE = Connector("stripe", _verify, _read, _sign, "repeat", tuple(READERS))
