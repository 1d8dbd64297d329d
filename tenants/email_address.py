"""E-mail addresses in the one form they are compared in."""

import re
from typing import Final

from tenants.errors import EmailUnreadable

EMAIL_LENGTH_MAX: Final = 254  # RFC 5321's limit on a path, less its brackets
_SHAPE: Final = re.compile(r"[^@\s<>,;:\"\\]{1,64}@[^@\s<>,;:\"\\]+\.[^@\s<>,;:\"\\.]+")


def normal_email(text: str) -> str:
    """Bring an address to lower case without spaces around it; raises EmailUnreadable. Only a letter proves that it exists."""
    address = text.strip().lower()
    if len(address) > EMAIL_LENGTH_MAX or not address.isprintable() or _SHAPE.fullmatch(address) is None:
        raise EmailUnreadable("Write an address like name@shop.example.")
    return address
