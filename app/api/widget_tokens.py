"""Conversation tokens: a sealed note saying whose conversation this is, so that no other page can read it or write in it.

HMAC-SHA256 under a key of its own; compared in constant time; good for one conversation, one widget key and one day.
"""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

TOKEN_HOURS: Final = 24
TOKEN_LENGTH_MAX: Final = 400
_LAYOUT: Final = struct.Struct(">B16s16s16s16sQ")  # version, tenant, conversation, employee, visitor, last valid second
_VERSION: Final = 1
_SEAL_BYTES: Final = 32
_PURPOSE: Final = b"tillhand conversation token 1"


class TokenRefused(Exception):
    """The token was not made by us, or it has expired."""


@dataclass(frozen=True)
class Visit:
    """A shopper in a conversation with an employee."""

    tenant_id: UUID
    conversation_id: UUID
    employee_id: UUID
    visitor_id: UUID


def seal(visit: Visit, *, widget_key: str, secret: bytes, now: datetime) -> str:
    """Make the token for a visit."""
    ids = (visit.tenant_id, visit.conversation_id, visit.employee_id, visit.visitor_id)
    expires = int((now + timedelta(hours=TOKEN_HOURS)).timestamp())
    note = _LAYOUT.pack(_VERSION, *(one.bytes for one in ids), expires)
    return base64.urlsafe_b64encode(note + _seal_of(note, widget_key, secret)).rstrip(b"=").decode()


def unseal(token: str, *, widget_key: str, secret: bytes, now: datetime) -> Visit:
    """Read a token back; raises TokenRefused when it is not ours, was made for another widget key, or is too old."""
    if len(token) > TOKEN_LENGTH_MAX or not token.isascii():
        raise TokenRefused("The token cannot be read.")
    try:
        content = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise TokenRefused("The token cannot be read.") from error
    note, given = content[:-_SEAL_BYTES], content[-_SEAL_BYTES:]
    if not hmac.compare_digest(given, _seal_of(note, widget_key, secret)) or len(note) != _LAYOUT.size:
        raise TokenRefused("The token was not made for this conversation.")
    version, tenant, conversation, employee, visitor, expires = _LAYOUT.unpack(note)
    if version != _VERSION or now.timestamp() > expires:
        raise TokenRefused("The token has expired. Open a new conversation.")
    return Visit(*(UUID(bytes=one) for one in (tenant, conversation, employee, visitor)))


def _seal_of(note: bytes, widget_key: str, secret: bytes) -> bytes:
    own_key = hmac.digest(secret, _PURPOSE, hashlib.sha256)
    return hmac.digest(own_key, note + b"\0" + widget_key.encode(), hashlib.sha256)
