"""Reads numbers that a script spells out, so that a price is held against the list however it is written: "forty-five", 四十五.

Pure. Fractions of a currency ("and fifty cents") are the reader's of prices, not of this.
"""

import re
from typing import Final

_UNITS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ENGLISH: Final = {word: value for value, word in enumerate(_UNITS)} | {word: 10 * value for value, word in enumerate(_TENS, start=2)}
_ENGLISH_STEPS: Final = {"hundred": 100, "thousand": 1_000}
_ONE: Final = "(?:" + "|".join(sorted((*_ENGLISH, *_ENGLISH_STEPS), key=len, reverse=True)) + ")"
ENGLISH: Final = rf"\b{_ONE}(?:(?:[\s-]|\sand\s){_ONE})*\b"
"""A pattern of English numbers in words, up to the hundred thousands; it needs `re.IGNORECASE`."""
CHINESE: Final = "[零〇一二两三四五六七八九十百千万点]{1,12}"
"""A pattern of what may be a Chinese number."""
_CHINESE: Final = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE_STEPS: Final = {"十": 10, "百": 100, "千": 1_000}


def in_figures(number: str) -> str:
    """A number in words as figures: "forty-five" -> "45", "十二点五" -> "12.5"; "" for what is none, figures as they are."""
    if number[:1].isdigit():
        return number
    return _english(number) if number.isascii() else _chinese(number)


def _english(number: str) -> str:
    total = section = last = 0
    for word in re.findall("[a-z]+", number.lower()):
        if word == "and":
            continue
        step = _ENGLISH_STEPS.get(word)
        if step == 1_000:
            total, section, last = total + (section or 1) * step, 0, 0
        elif step:
            section, last = (section or 1) * step, 0
        elif last and not (last >= 20 and 0 < _ENGLISH[word] < 10):
            return ""  # "nineteen ninety" is a year, or no number
        else:
            section, last = section + _ENGLISH[word], _ENGLISH[word]
    return str(total + section)


def _chinese(number: str) -> str:
    whole, point, part = number.partition("点")
    if not any(one in _CHINESE or one == "十" for one in whole) or (point and not part) or any(one not in _CHINESE for one in part):
        return ""
    total = section = digit = 0
    for character in whole:
        if character == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        elif character in _CHINESE_STEPS:
            section, digit = section + (digit or 1) * _CHINESE_STEPS[character], 0
        elif character in _CHINESE:
            digit = _CHINESE[character]
        else:
            return ""
    return f"{total + section + digit}" + (f".{''.join(str(_CHINESE[one]) for one in part)}" if part else "")
