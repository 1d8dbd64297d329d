"""Numbers as English words: 1,250 is "one thousand two hundred and fifty", 22nd is "twenty-second", 2024 "twenty twenty-four"."""

from __future__ import annotations

import re
from typing import Final

_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES: Final = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS: Final = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_DECIMAL_COMMA: Final = re.compile(r",(\d{1,2})$")
CARDINAL_MAX: Final = 10**15  # beyond this a person reads figures one by one, and so do we


def cardinal(number: int) -> str:
    """Say a whole number: -42 is "minus forty-two". Figure by figure from CARDINAL_MAX on."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    if number >= CARDINAL_MAX:
        return digits(str(number))
    for size, name in _SCALES:
        if number >= size:
            head = f"{cardinal(number // size)} {name}"
            rest = number % size
            joint = " and " if 0 < rest < 100 else " "
            return f"{head}{joint}{cardinal(rest)}" if rest else head
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]


def ordinal(number: int) -> str:
    """Say a rank: 22 is "twenty-second"."""
    words = cardinal(number)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    head, last = words[:cut], words[cut:]
    if last in _ORDINALS:
        return head + _ORDINALS[last]
    return head + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def year(number: int) -> str:
    """Say a year: 1999 is "nineteen ninety-nine", 2005 "two thousand and five", 2024 "twenty twenty-four"."""
    century, rest = divmod(number, 100)
    if not 1000 <= number <= 2999 or number % 1000 < 10:
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {f'oh {_ONES[rest]}' if rest < 10 else cardinal(rest)}"


def digits(figures: str) -> str:
    """Say figures one by one: "407" is "four zero seven". Anything that is not a figure is passed over."""
    return " ".join(_ONES[int(figure)] for figure in figures if figure in "0123456789")


def number(written: str) -> str:
    """Say a number as it is written, with thousands commas, a sign or decimals: "-1,250.5" and "0,5" end in "point five"."""
    sign = "minus " if written.startswith(("-", "−")) else ""
    pointed = _DECIMAL_COMMA.sub(r".\1", written.lstrip("-−+"))
    whole, point, decimals = pointed.replace(",", "").partition(".")
    words = cardinal(int(whole or "0"))
    return f"{sign}{words} point {digits(decimals)}" if point and decimals else f"{sign}{words}"


def counted(written: str, one: str, many: str) -> str:
    """Say a number with its noun: "1" gives "one kilogram", "2.5" gives "two point five kilograms"."""
    return f"{number(written)} {one if written.lstrip('+') in ('1', '1.0', '-1') else many}"
