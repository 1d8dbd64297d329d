"""Secrets that we have to know again, sealed under a key of the house that is kept outside the database.

AES-256-GCM (NIST SP 800-38D) under a key that HKDF (RFC 5869) draws from the house's for one purpose. Each is bound to the id of its row,
so that a sealed secret copied into another row does not open there.
"""

import secrets
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES: Final = 12


def seal(secret: bytes, *, purpose: str, bound_to: UUID, house_key: bytes) -> bytes:
    """The secret so that only `unseal` with the same three things gives it back."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(purpose, house_key)).encrypt(nonce, secret, bound_to.bytes)


def unseal(sealed: bytes, *, purpose: str, bound_to: UUID, house_key: bytes) -> bytes:
    """The secret again; raises cryptography.exceptions.InvalidTag when any of the three differs."""
    return AESGCM(_key(purpose, house_key)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to.bytes)


def _key(purpose: str, house_key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(house_key)
