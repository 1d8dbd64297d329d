"""WooCommerce: signs the raw body; its payload is the order as it stands when the message is made, not as it stood at the event.

Two deliveries in one second carry the same delivery id, so a repeat is known by its bytes. WooCommerce has no message about refunds: they
stand inside the order. When a webhook is saved, an unsigned form asks whether anybody is there; that is answered and not kept.
"""

import hashlib
import html
import re
from typing import Final

from billing.connectors.body_signature import base64_mac, check_base64_mac
from billing.connectors.connector import FETCHED, Attempt, Connector, Document, Reading, Signed, kept_headers
from billing.connectors.values import fields_of
from billing.connectors.woocommerce_order import read_woo_order, read_woo_refunds
from billing.inbox.strict_json import read_object

ORDER_TOPICS: Final = ("order.created", "order.updated", "order.restored")
PING: Final = re.compile(rb"webhook_id=[0-9]{1,20}", re.ASCII)
_KEPT: Final = tuple(f"x-wc-webhook-{name}" for name in ("topic", "id", "delivery-id", "source"))


def _verify(attempt: Attempt) -> Signed:
    secrets = [html.unescape(secret) for secret in attempt.secrets]  # WordPress signs with the secret as it was before escaping
    check_base64_mac(attempt.headers.get("x-wc-webhook-signature", ""), attempt.body, secrets)
    kept = kept_headers(attempt.headers, _KEPT)
    return Signed(f"{kept.get('x-wc-webhook-topic', '')} {hashlib.sha256(attempt.body).hexdigest()}".strip(), kept)


def _read(document: Document) -> Reading:
    topic = str(document.headers.get("x-wc-webhook-topic", ""))
    if topic in ORDER_TOPICS or FETCHED in document.headers:
        fields = fields_of(read_object(document.body))
        order = read_woo_order(fields, tenant_id=document.tenant_id, now=document.now)
        return Reading(topic or FETCHED, order.external_id, (order, *read_woo_refunds(fields, order)))
    if topic == "order.deleted":
        return Reading(
            topic, None, note="The order was deleted in the shop; what it told before stands. Cancel an order before deleting it."
        )
    return Reading(topic[:60] or "without topic", None, note="Nothing in a message of this kind concerns orders; it need not be sent.")


def _sign(attempt: Attempt) -> dict[str, str]:
    signature = base64_mac(html.unescape(attempt.secrets[0]), attempt.body)
    return {"x-wc-webhook-signature": signature, "x-wc-webhook-topic": attempt.headers.get("topic", "order.updated")}


WOOCOMMERCE = Connector("woocommerce", _verify, _read, _sign, "repeat", ("order.created", "order.updated"))
