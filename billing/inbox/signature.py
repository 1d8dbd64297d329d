"""Standard Webhooks 1.0.0: is this delivery from the merchant's system, unchanged and fresh?

Written out here because it is short, and because a library that lets a decoding error escape would answer garbage with a crash.
"""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from billing.errors import SignatureInvalid, TimestampOutsideTolerance

TOLERANCE_SECONDS: Final = 300
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - a prefix, not a secret
SECRET_BYTES: Final = 32
SIGNATURES_MAX: Final = 10
KEYS_KEPT_MAX: Final = 4096
"""Secrets whose bytes are remembered: spelled in base64 they would be read again for every delivery."""
_ID = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True)
class SignedHeaders:
    """The three headers of a delivery, checked for shape."""

    delivery_id: str
    timestamp: int
    signatures: tuple[bytes, ...]


def new_secret() -> str:
    """Make a signing secret: `whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, *, delivery_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` value for a body, as a sender makes it."""
    return "v1," + base64.b64encode(_mac(secret, delivery_id, timestamp, body)).decode()


def verify(headers: Mapping[str, str], body: bytes, secrets_accepted: Sequence[str], *, now: datetime) -> SignedHeaders:
    """Check a delivery against one or more secrets and return its headers.

    Raises SignatureInvalid for missing or unreadable headers and for a wrong signature, TimestampOutsideTolerance for one signed
    more than five minutes before or after `now`. Every comparison takes the same time whatever the difference.
    """
    signed = _read_headers(headers)
    matches = [
        hmac.compare_digest(given, _mac(secret, signed.delivery_id, signed.timestamp, body))
        for secret in secrets_accepted
        for given in signed.signatures
    ]
    if not any(matches):
        raise SignatureInvalid("No signature on this delivery was made with the connection's secret.")
    if abs(now.astimezone(UTC).timestamp() - signed.timestamp) > TOLERANCE_SECONDS:
        raise TimestampOutsideTolerance("The delivery was signed more than five minutes from now; check the sender's clock.")
    return signed


def _read_headers(headers: Mapping[str, str]) -> SignedHeaders:
    lower = headers if "webhook-id" in headers else {name.lower(): value for name, value in headers.items()}
    delivery_id, timestamp = lower.get("webhook-id", ""), lower.get("webhook-timestamp", "")
    if not _ID.fullmatch(delivery_id) or not _SECONDS.fullmatch(timestamp):
        raise SignatureInvalid("The headers webhook-id and webhook-timestamp (Unix seconds) are needed.")
    given = lower.get("webhook-signature", "").split(" ")[:SIGNATURES_MAX]
    return SignedHeaders(delivery_id, int(timestamp), tuple(_read_signatures(given)))


def _read_signatures(given: Sequence[str]) -> list[bytes]:
    """The readable `v1,` signatures; anything else in the list is another scheme or garbage, and is passed over."""
    found = []
    for entry in given:
        version, _, value = entry.partition(",")
        if version != "v1":
            continue
        try:
            found.append(base64.b64decode(value.encode("ascii"), validate=True))
        except (binascii.Error, UnicodeEncodeError):
            continue
    return found


def _mac(secret: str, delivery_id: str, timestamp: int, body: bytes) -> bytes:
    return hmac.digest(_key_of(secret), f"{delivery_id}.{timestamp}.".encode("ascii") + body, "sha256")


@lru_cache(KEYS_KEPT_MAX)
def _key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX))
