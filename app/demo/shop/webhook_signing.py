"""Signs a delivery by the Standard Webhooks 1.0.0 rules, written from the specification and from nobody's library.

The signed text is `{id}.{timestamp}.{body}`; the signature is the base64 HMAC-SHA256 of it under the secret behind `whsec_`.
"""

import base64
import binascii
import hashlib
import hmac

SECRET_PREFIX = "whsec_"  # noqa: S105 -- the public mark in front of every secret, not a secret


class WebhookSecretInvalid(Exception):
    """The secret is not base64 of 24 to 64 bytes behind `whsec_`; it was probably copied in part."""


def signed_headers(*, secret: str, delivery_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The three headers that let the receiver check who sent this body, and when (unix seconds)."""
    signed = f"{delivery_id}.{timestamp_s}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError) as problem:
        raise WebhookSecretInvalid("The webhook secret is not base64; copy it again from the connection's page.") from problem
    if not 24 <= len(key) <= 64:
        raise WebhookSecretInvalid(f"The webhook secret holds {len(key)} bytes; the standard asks for 24 to 64.")
    return key
