"""Interview keys: a shop's member talks with an applicant in the same panel a shopper would use, before any contract is signed.

A key is a sealed note (shop, employee, last valid second) that stands where a widget key stands. It is good for two hours, opens only
interviews, and nothing of it is stored: an interview is recorded as such, earns no touch, hands out no coupon and calls nobody.
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

INTERVIEW_HOURS: Final = 2
INTERVIEW_PREFIX: Final = "iv_"
_LAYOUT: Final = struct.Struct(">B16s16sI")  # version, tenant, employee, last valid second
_VERSION: Final = 1
_SEAL_BYTES: Final = 20
_PURPOSE: Final = b"tillhand interview key 1"


@dataclass(frozen=True)
class Interview:
    """Which shop talks with which of its employees or applicants."""

    tenant_id: UUID
    employee_id: UUID


def interview_key(interview: Interview, *, secret: bytes, now: datetime) -> str:
    """Make the key; the panel opens at /w/{key}/frame on the widget's hostname."""
    expires = int((now + timedelta(hours=INTERVIEW_HOURS)).timestamp())
    note = _LAYOUT.pack(_VERSION, interview.tenant_id.bytes, interview.employee_id.bytes, expires)
    return INTERVIEW_PREFIX + base64.urlsafe_b64encode(note + _seal_of(note, secret)).rstrip(b"=").decode()


def read_interview_key(key: str, *, secret: bytes, now: datetime) -> Interview | None:
    """Whose interview a key opens; None when it is not one of ours, or no longer."""
    text = key.removeprefix(INTERVIEW_PREFIX)
    if text == key or not text.isascii():
        return None
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    note, given = content[:-_SEAL_BYTES], content[-_SEAL_BYTES:]
    if len(note) != _LAYOUT.size or not hmac.compare_digest(given, _seal_of(note, secret)):
        return None
    version, tenant, employee, expires = _LAYOUT.unpack(note)
    if version != _VERSION or now.timestamp() > expires:
        return None
    return Interview(UUID(bytes=tenant), UUID(bytes=employee))


def _seal_of(note: bytes, secret: bytes) -> bytes:
    own_key = hmac.digest(secret, _PURPOSE, hashlib.sha256)
    return hmac.digest(own_key, note, hashlib.sha256)[:_SEAL_BYTES]
