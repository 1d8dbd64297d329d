"""Square: signs the address together with the body; its messages only point at what happened, and the order is fetched afterwards.

Sales made in its till app send no message about the order, only about the payment. So a completed payment is what asks for the order.
"""

import hashlib
import re
from typing import Final

from billing.connectors.body_signature import base64_mac, check_base64_mac
from billing.connectors.connector import FETCHED, Attempt, Connector, Document, Reading, Signed, Wanted
from billing.connectors.square_order import read_square_order, read_square_refund
from billing.connectors.values import fields_of
from billing.errors import PayloadRefused
from billing.inbox.strict_json import read_object

PAYMENT_EVENTS: Final = ("payment.created", "payment.updated")
ORDER_EVENTS: Final = ("order.created", "order.updated", "order.fulfillment.updated")
REFUND_EVENTS: Final = ("refund.created", "refund.updated")
_EVENT_ID: Final = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


def _verify(attempt: Attempt) -> Signed:
    check_base64_mac(attempt.headers.get("x-square-hmacsha256-signature", ""), attempt.url.encode() + attempt.body, attempt.secrets)
    return Signed(_event_id(attempt.body), {})


def _event_id(body: bytes) -> str:
    """Square's id of the event; of a body that cannot be read, its hash, so that it is kept and set aside with its reason."""
    try:
        found = read_object(body).get("event_id")
    except PayloadRefused:
        found = None
    return found if isinstance(found, str) and _EVENT_ID.fullmatch(found) else hashlib.sha256(body).hexdigest()


def _read(document: Document) -> Reading:
    fields = fields_of(read_object(document.body))
    if FETCHED in document.headers:
        order = read_square_order(
            fields.object_of("order"), tenant_id=document.tenant_id, now=document.now, is_test=document.is_sandbox
        )  # fmt: skip
        return Reading("order (fetched)", order.external_id, (order,))
    event_type, about = fields.text("type"), fields.object_of("data").object_of("object")
    if event_type in REFUND_EVENTS:
        refund = read_square_refund(about.object_of("refund"), now=document.now)
        return Reading(event_type, refund.external_id, (refund,))
    if event_type in PAYMENT_EVENTS:
        payment = about.object_of("payment")
        order_id = payment.identifier_or_none("order_id")
        if payment.word("status") != "COMPLETED" or order_id is None:
            return Reading(event_type, payment.identifier_or_none("id"), note="The payment is not completed, or is for no order.")
        return Reading(event_type, order_id, wanted=(Wanted("order", order_id),))
    if event_type in ORDER_EVENTS:
        order_id = fields.object_of("data").identifier("id")
        return Reading(event_type, order_id, wanted=(Wanted("order", order_id),))
    return Reading(event_type[:60], None, note="Nothing in an event of this kind concerns sales; it need not be sent.")


def _sign(attempt: Attempt) -> dict[str, str]:
    return {"x-square-hmacsha256-signature": base64_mac(attempt.secrets[0], attempt.url.encode() + attempt.body)}


SQUARE = Connector("square", _verify, _read, _sign, "repeat", ("payment.updated", "order.updated", "refund.updated"))
