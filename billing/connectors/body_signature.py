"""The signature many shop systems use: base64 of HMAC-SHA256 over the raw body, in one header."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from billing.errors import SignatureInvalid


def base64_mac(secret: str, message: bytes) -> str:
    """The header's value, as a sender makes it."""
    return base64.b64encode(_mac(secret, message)).decode()


def check_base64_mac(given: str, message: bytes, secrets: Sequence[str]) -> None:
    """Raise SignatureInvalid unless one of the secrets made this signature. Every comparison takes the same time."""
    try:
        signature = base64.b64decode(given.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        signature = b""
    matches = [hmac.compare_digest(signature, _mac(secret, message)) for secret in secrets]
    if not any(matches):
        raise SignatureInvalid("The signature on this delivery was not made with the connection's secret.")


def _mac(secret: str, message: bytes) -> bytes:
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()
