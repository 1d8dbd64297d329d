"""Names for things: ids that sort by time inside, and readable prefixed ids outside (`emp_01J...` in a URL or an API answer)."""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no i, l, o, u to misread
_PAIRS: Final = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_PAIR_SHIFTS: Final = tuple(range(120, -1, -10))
_PUBLIC_LENGTH: Final = 26
_VERSION_7: Final = 0x7
_VARIANT_RFC: Final = 0b10
_LOW_62_BITS: Final = (1 << 62) - 1


class PublicIdUnreadable(ValueError):
    """The text is not an id of the expected kind."""


def new_id(now: datetime) -> UUID:
    """Make a UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits, so that ids sort by the time they were made."""
    milliseconds = int(now.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    chance = secrets.randbits(74)
    return UUID(int=milliseconds << 80 | _VERSION_7 << 76 | chance >> 62 << 64 | _VARIANT_RFC << 62 | chance & _LOW_62_BITS)


def to_public(prefix: str, identifier: UUID) -> str:
    """Write an id for people and APIs: `prefix_` and 26 base-32 characters."""
    value = identifier.int
    return f"{prefix}_{''.join([_PAIRS[value >> shift & 1023] for shift in _PAIR_SHIFTS])}"


def from_public(prefix: str, text: str) -> UUID:
    """Read an id back; raises PublicIdUnreadable when the prefix or the characters are not ours."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != _PUBLIC_LENGTH or any(letter not in _ALPHABET for letter in tail):
        raise PublicIdUnreadable(f"{text[:60]!r} is not an id that starts with {prefix}_.")
    value = 0
    for letter in tail:
        value = value << 5 | _ALPHABET.index(letter)
    if value >> 128:
        raise PublicIdUnreadable(f"{text[:60]!r} is too large to be an id.")
    return UUID(int=value)
