"""Keeps a delivery's bytes under a key of their own, so that deleting 32 bytes erases them and leaves the proof (the sha256) standing."""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BITS: Final = 256
_NONCE: Final = bytes(12)
"""Every key seals exactly one body, so a fixed nonce is never used twice with one key."""


class BodyUnreadable(Exception):
    """The key does not open these bytes: one of them was changed."""


def seal(body: bytes, *, bound_to: str) -> tuple[bytes, bytes]:
    """Encrypt a body with a fresh key; return (sealed, key). `bound_to` ties it to its row, so rows cannot be swapped unseen."""
    key = AESGCM.generate_key(_KEY_BITS)
    return AESGCM(key).encrypt(_NONCE, body, bound_to.encode()), key


def unseal(sealed: bytes, key: bytes, *, bound_to: str) -> bytes:
    """Decrypt a body; raises BodyUnreadable when anything was changed."""
    try:
        return AESGCM(key).decrypt(_NONCE, sealed, bound_to.encode())
    except InvalidTag as error:
        raise BodyUnreadable("The sealed body does not open with its key.") from error
