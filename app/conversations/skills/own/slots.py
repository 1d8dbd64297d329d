"""What a shopper's words hold for a slot: an order number, an address, a day, a number, one of several choices, or the words themselves."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from babel.dates import get_month_names

from app.conversations.skills.own.describe import Slot

TEXT_LENGTH_MAX: Final = 200
_ORDER: Final = re.compile(r"(?<![\w@.-])#?(?=[A-Za-z0-9-]*\d)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?![\w@]|\.\w)", re.ASCII)
_ORDER_LENGTH_MIN, _ORDER_LENGTH_MAX, _DIGITS_MIN = 3, 40, 5
_EMAIL: Final = re.compile(r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_NUMBER: Final = re.compile(r"(?<![\w.,-])-?\d{1,12}(?:\.\d{1,6})?(?![\w]|[.,]\d)", re.ASCII)
_ISO: Final = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_EASTERN: Final = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号號]")
_NEAR: Final = (
    (re.compile(r"day after tomorrow|après-demain|后天|後天|明後日|あさって", re.IGNORECASE), 2),
    (re.compile(r"\btomorrow\b|\bdemain\b|明天|明日|あした", re.IGNORECASE), 1),
    (re.compile(r"\btoday\b|\baujourd'hui\b|今天|今日|きょう", re.IGNORECASE), 0),
)
_PAST_DAYS_MAX: Final = 183
"""A day without a year is the nearest one: at most half a year ago, else the coming one."""


def value_in(slot: Slot, text: str, now: datetime, *, is_asked: bool) -> str | None:
    """The slot's value in a message, None when it holds none. What was not asked for is taken only where it is unmistakable."""
    if slot.kind in ("number", "text"):  # either may be part of any sentence
        return _plain(slot, text) if is_asked else None
    value: str | None = None
    if slot.kind == "email" and (found := _EMAIL.search(text)):
        value = found.group()
    elif slot.kind == "order_number":
        value = _order_number(text, is_asked=is_asked)
    elif slot.kind == "date" and (day := _day(text, now)):
        value = day.isoformat()
    elif slot.kind == "choice":
        value = max((one for one in slot.choices if one.casefold() in text.casefold()), key=len, default=None)
    return value


def without_value(slot: Slot, text: str, now: datetime) -> str:
    """The message less the slot's unmistakable value: what remains is compared with the example sentences."""
    value = value_in(slot, text, now, is_asked=False) if slot.kind in ("email", "order_number", "choice") else None
    return text.replace(value, " ") if value else text


def _plain(slot: Slot, text: str) -> str | None:
    numbers = _NUMBER.findall(text)
    if slot.kind == "number":
        return numbers[0] if len(numbers) == 1 else None
    return text.strip()[:TEXT_LENGTH_MAX] or None


def _order_number(text: str, *, is_asked: bool) -> str | None:
    """The longest word with a digit in it; unasked it must be marked as a number (#1042) or hold letters and digits, or five digits."""
    words = [found.group() for found in _ORDER.finditer(_EMAIL.sub(" ", text))]
    fitting = [one for one in words if _ORDER_LENGTH_MIN <= len(one) <= _ORDER_LENGTH_MAX]
    if not is_asked:
        fitting = [one for one in fitting if one.startswith("#") or "-" in one or sum(map(str.isdigit, one)) >= _DIGITS_MIN]
    return max(fitting, key=len).removeprefix("#") if fitting else None


def _day(text: str, now: datetime) -> date | None:
    for near, days in _NEAR:
        if near.search(text):
            return now.date() + timedelta(days=days)
    for year, month, day in _numbers(text):
        try:
            found = date(year or now.year, month, day)
        except ValueError:
            continue
        if year is None and (now.date() - found).days > _PAST_DAYS_MAX:
            found = _next_year(found)
        return found
    return None


def _next_year(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def _numbers(text: str) -> Iterator[tuple[int | None, int, int]]:
    for found in _ISO.finditer(text):
        yield int(found[1]), int(found[2]), int(found[3])
    for found in _EASTERN.finditer(text):
        yield int(found[1]) if found[1] else None, int(found[2]), int(found[3])
    names, pattern = _months()
    for found in pattern.finditer(text):
        month, year = names[(found["m"] or found["n"]).casefold()], found["y"] or found["z"]
        yield int(year) if year else None, month, int(found["d"] or found["e"])


@lru_cache(maxsize=1)
def _months() -> tuple[dict[str, int], re.Pattern[str]]:
    names = {
        name.rstrip(".").casefold(): number
        for locale in ("en", "fr")
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=locale).items()
    }
    either = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    ordinal = r"(?:st|nd|rd|th|er)?"
    day_first = rf"(?P<d>\d{{1,2}}){ordinal}\s+(?:of\s+)?(?P<m>{either})\b\.?(?:,?\s+(?P<y>\d{{4}}))?"
    month_first = rf"(?P<n>{either})\b\.?\s+(?P<e>\d{{1,2}}){ordinal}\b(?:,?\s+(?P<z>\d{{4}}))?"
    return names, re.compile(rf"\b(?:{day_first}|{month_first})", re.IGNORECASE)
