"""Coupon codes: nobody can guess one, and anybody can read one aloud.

Ten symbols out of 32 are 50 random bits; 0, O, 1 and I are left out because people mistake them for each other.
"""

import secrets
from typing import Final

CODE_SYMBOLS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 10
_HALF: Final = CODE_LENGTH // 2


def new_code() -> str:
    """Make a code such as K7QZM-4HXPA."""
    symbols = "".join(secrets.choice(CODE_SYMBOLS) for _ in range(CODE_LENGTH))
    return f"{symbols[:_HALF]}-{symbols[_HALF:]}"


def normal_code(text: str) -> str:
    """The one spelling of a code as typed: capitals, with the dash where we print it; other shops' codes keep their shape."""
    tight = "".join(text.upper().split()).replace("-", "")
    if len(tight) == CODE_LENGTH and all(symbol in CODE_SYMBOLS for symbol in tight):
        return f"{tight[:_HALF]}-{tight[_HALF:]}"
    return text.strip().upper()
