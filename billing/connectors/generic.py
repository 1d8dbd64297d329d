"""Our own message (app/api/ORDERS.md), signed by Standard Webhooks: for own shops, tills and anything without a connector."""

from typing import Any

from billing.connectors.connector import Attempt, Connector, Document, Reading, Signed
from billing.errors import SignatureInvalid
from billing.inbox.earnings import EARNING_TYPES
from billing.inbox.generic import ORDER_TYPES, REFUND_TYPES, read_delivery
from billing.inbox.signature import sign, verify


def _verify(attempt: Attempt) -> Signed:
    signed = verify(attempt.headers, attempt.body, attempt.secrets, now=attempt.now)
    return Signed(signed.delivery_id, {"webhook-id": signed.delivery_id, "webhook-timestamp": signed.timestamp})


def _read(document: Document) -> Reading:
    event_type, fact = read_delivery(document.body, now=document.now, tenant_id=document.tenant_id)
    return Reading(event_type, fact.external_id, (fact,))


def _sign(attempt: Attempt) -> dict[str, str]:
    delivery_id, stamp = attempt.headers["webhook-id"], int(attempt.now.timestamp())
    signature: Any = sign(attempt.secrets[0], delivery_id=delivery_id, timestamp=stamp, body=attempt.body)
    return {"webhook-id": delivery_id, "webhook-timestamp": str(stamp), "webhook-signature": signature}


def _take_no_messages(attempt: Attempt) -> Signed:
    del attempt
    raise SignatureInvalid("This connection takes files, not messages.")


GENERIC = Connector("generic", _verify, _read, _sign, "refuse", (*ORDER_TYPES, *REFUND_TYPES, *EARNING_TYPES))

FILES = Connector("csv", _take_no_messages, _read, _sign, "repeat")
"""Orders imported from files: each becomes a message of ours, made and stored by the import."""
