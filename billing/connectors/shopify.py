"""Shopify: signs the raw body, without a time in the signature, so repeats are known for ever by the id that every retry carries.

The topic stands in a header that the signature does not cover. So it only says how to read; what happened is read from the body.
"""

from typing import Final

from billing.connectors.body_signature import base64_mac, check_base64_mac
from billing.connectors.connector import HEADER_LENGTH_MAX, Attempt, Connector, Document, Reading, Signed, kept_headers
from billing.connectors.shopify_order import read_shopify_order
from billing.connectors.shopify_refund import read_shopify_refund
from billing.connectors.values import fields_of
from billing.errors import SignatureInvalid
from billing.inbox.strict_json import read_object

ORDER_TOPICS: Final = ("orders/paid", "orders/updated", "orders/edited", "orders/cancelled", "orders/create")
REFUND_TOPICS: Final = ("refunds/create",)
_KEPT: Final = tuple(
    f"x-shopify-{name}" for name in ("topic", "webhook-id", "event-id", "shop-domain", "api-version", "triggered-at")
)  # fmt: skip


def _verify(attempt: Attempt) -> Signed:
    check_base64_mac(attempt.headers.get("x-shopify-hmac-sha256", ""), attempt.body, attempt.secrets)
    kept = kept_headers(attempt.headers, _KEPT)
    delivery_id = kept.get("x-shopify-webhook-id")
    if delivery_id is None:
        raise SignatureInvalid(f"The header X-Shopify-Webhook-Id is needed, of at most {HEADER_LENGTH_MAX} characters.")
    return Signed(str(delivery_id), kept)


def _read(document: Document) -> Reading:
    topic = str(document.headers.get("x-shopify-topic", "")) or "without topic"
    if topic == "orders/edited":
        return Reading(topic, None, note="The edit itself names only changed lines; orders/updated, sent with it, carries the whole order.")
    if topic in ORDER_TOPICS:
        fields = fields_of(read_object(document.body))
        order = read_shopify_order(fields, tenant_id=document.tenant_id, now=document.now)
        refunds = [read_shopify_refund(one, now=document.now, order_id=order.external_id) for one in fields.objects_of("refunds")]
        return Reading(topic, order.external_id, (order, *(refund for refund in refunds if refund is not None)))
    if topic in REFUND_TOPICS:
        fields = fields_of(read_object(document.body))
        refund = read_shopify_refund(fields, now=document.now, order_id=fields.identifier("order_id"))
        note = None if refund else "No money and no goods went back."
        return Reading(topic, fields.identifier("id"), (refund,) if refund else (), note=note)
    return Reading(topic[:60], None, note="Nothing in a message of this kind concerns orders; it need not be sent.")


def _sign(attempt: Attempt) -> dict[str, str]:
    return {
        "x-shopify-hmac-sha256": base64_mac(attempt.secrets[0], attempt.body),
        "x-shopify-webhook-id": attempt.headers["webhook-id"],
        "x-shopify-topic": attempt.headers.get("topic", "orders/paid"),
    }


SHOPIFY = Connector(
    "shopify", _verify, _read, _sign, "keep", ("orders/paid", "orders/updated", "orders/cancelled", "refunds/create")
)  # fmt: skip
