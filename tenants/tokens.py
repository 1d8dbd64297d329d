"""Secrets sent by mail or kept in a cookie: made at random, shown once, and known to the database only by their hash."""

import hashlib
import secrets
from typing import Final

TOKEN_LENGTH_MAX: Final = 200
"""Nothing longer was ever made here."""


def new_token() -> str:
    """256 random bits as text that fits an address or a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token. One round is enough: there is nothing to guess in 256 random bits."""
    return hashlib.sha256(token[:TOKEN_LENGTH_MAX].encode()).hexdigest()
