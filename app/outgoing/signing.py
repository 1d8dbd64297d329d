"""Signatures of outgoing webhooks: Standard Webhooks 1.0.0, the same that shops sign with when they write to us."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

START: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A fresh secret, `whsec_` and base64."""
    return START + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(message_id: str, timestamp: int, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers; with two secrets in force both sign, so that a receiver may change over in between."""
    told = f"{message_id}.{timestamp}.".encode() + body
    macs = [hmac.digest(base64.b64decode(key.removeprefix(START)), told, hashlib.sha256) for key in keys]
    signature = " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}
