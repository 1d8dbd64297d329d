"""Card numbers never reach our tables: they are masked in memory, before the question is stored or thought about."""

import re

MASK = "[card number removed]"
CARD_DIGITS_MIN, CARD_DIGITS_MAX = 13, 19
_LONG_NUMBER = re.compile(r"(?<![\d.])\d(?:[ \-.]?\d){12,18}(?!\d)")
_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}")
_PHONE = re.compile(r"\+?\d[\d\-() ]{6,18}\d")


def mask_numbers(text: str) -> str:
    """Replace what passes a payment card's check digit (Luhn, ISO/IEC 7812) by a mask; other numbers stay, for they may be orders."""
    return _LONG_NUMBER.sub(lambda found: MASK if _is_card(found.group()) else found.group(), text)


def holds_card_number(text: str) -> bool:
    """Say whether a text holds a card number, masked or not."""
    return MASK in text or mask_numbers(text) != text


def contact_in(text: str) -> str:
    """The e-mail address or telephone number in a message; empty when there is none."""
    found = _EMAIL.search(text) or _PHONE.search(text)
    return found.group().strip() if found else ""


def _is_card(text: str) -> bool:
    digits = [int(letter) for letter in text if letter.isascii() and letter.isdigit()]
    if not CARD_DIGITS_MIN <= len(digits) <= CARD_DIGITS_MAX or len(set(digits)) == 1:
        return False
    doubled = [digit if place % 2 == 0 else sum(divmod(digit * 2, 10)) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0
