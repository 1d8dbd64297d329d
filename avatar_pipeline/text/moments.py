"""Times of day and dates: 10:30 is "ten thirty", 17:00 "five p.m.", 2026-03-03 "March third, twenty twenty-six"."""

from __future__ import annotations

import re
from typing import Final

from avatar_pipeline.text.number_words import cardinal, ordinal, year
from avatar_pipeline.text.rule import Rule, rule

_MONTHS: Final = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
_NAMES: Final = {name[:length]: name for name in _MONTHS for length in (3, len(name))} | {"Sept": "September"}
_MONTH: Final = "|".join(sorted(_NAMES, key=len, reverse=True))
_DAYS: Final = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thur": "Thursday",
    "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
_DAY: Final = "|".join(sorted(_DAYS, key=len, reverse=True))
_HALF: Final = r"[AaPp](?:\.\s?[Mm]\.|[Mm]\b)"
_CLOCK: Final = rf"(\d{{1,2}})[:.h](\d{{2}})(?::\d{{2}})?(?:\s?({_HALF}))?|(\d{{1,2}})\s?({_HALF})"


def clock(hour: int, minute: int, half: str | None) -> str | None:
    """Say a time of day; `half` is "a", "p" or None. Hours from 13 on are turned to p.m. None when it is no time at all."""
    if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    if half is None and (hour > 12 or hour == 0):
        half = "p" if 12 < hour < 24 else "a"
    shown = hour % 12 or 12
    minutes = "" if minute == 0 else f" oh {cardinal(minute)}" if minute < 10 else f" {cardinal(minute)}"
    tail = {"a": " A.M.", "p": " P.M."}[half] if half else "" if minute else " o'clock"
    return f"{cardinal(shown)}{minutes}{tail}"


def _clock_of(groups: tuple[str | None, ...]) -> str | None:
    hour, minute, half, bare_hour, bare_half = groups
    side = (half or bare_half or "").lower()[:1] or None
    return clock(int(hour or bare_hour or "0"), int(minute or "0"), side)


def _say_time(match: re.Match[str]) -> str | None:
    if "." in match[0][:3] and not match[3]:
        return None  # "4.50" alone is an amount, "4.50 pm" a time
    return _clock_of(match.groups())


def _say_span(match: re.Match[str]) -> str | None:
    groups = match.groups()
    first, last = _clock_of(groups[:5]), _clock_of(groups[5:])
    return f"{first} to {last}" if first and last else None


def _say_short_span(match: re.Match[str]) -> str | None:
    last = _clock_of(match.groups()[1:])
    return f"{cardinal(int(match[1]))} to {last}" if last and 1 <= int(match[1]) <= 12 else None


def date(month: int, day: int, in_year: int | None) -> str | None:
    """Say a date the American way: "March third, twenty twenty-six". None when there is no such day in any year."""
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    return f"{_MONTHS[month - 1]} {ordinal(day)}" + (f", {year(in_year)}" if in_year else "")


def _say_numeric(match: re.Match[str]) -> str | None:
    first, second, written = int(match[1]), int(match[2]), match[3]
    full = int(written) if len(written) == 4 else 2000 + int(written)
    return date(first, second, full) if first <= 12 else date(second, first, full)


def _say_moment(match: re.Match[str]) -> str | None:
    day = date(int(match[2]), int(match[3]), int(match[1]))
    time = clock(int(match[4]), int(match[5]), None)
    return f"{day} at {time}" if day and time else None


def _say_day(match: re.Match[str]) -> str | None:
    first, second = int(match[1]), int(match[2])
    if max(first, second) <= _TENTHS:
        return None  # 3/10 is rather a fraction
    return date(first, second, None) or date(second, first, None)


def _say_days(match: re.Match[str]) -> str:
    *first, last = (_DAYS[day] for day in re.findall(rf"\b(?:{_DAY})\b", match[0]))
    return f"{', '.join(first)} {'or' if ' or ' in match[0] else 'and'} {last}"


def _say_named(match: re.Match[str]) -> str | None:
    month, day = match["month"] or match["month2"], int(match["day"] or match["day2"])
    in_year = int(match["year"]) if match["year"] else None
    name = _NAMES[month]
    if match["of"] or (match["day2"] and match.string[: match.start()].lower().endswith("the ")):
        article = "" if match.string[: match.start()].lower().endswith("the ") else "the "
        return f"{article}{ordinal(day)} of {name}" + (f", {year(in_year)}" if in_year else "") if 1 <= day <= 31 else None
    return date(_MONTHS.index(name) + 1, day, in_year)


_TENTHS: Final = 10
_YEAR: Final = r"(?:,?\s(?P<year>(?:19|20)\d{2})\b)?"
_ORD: Final = r"(?:st|nd|rd|th)?"

RULES: Final[tuple[Rule, ...]] = (
    rule("always open", r"(?<!\w)24/7(?!\w)", lambda _: "twenty-four seven"),
    rule("ISO moment", r"(?<!\w)(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?(?!\w)", _say_moment),
    rule("ISO date", r"(?<!\w)(\d{4})-(\d{2})-(\d{2})(?!\w)", lambda match: date(int(match[2]), int(match[3]), int(match[1]))),
    rule("numeric date", r"(?<![\w/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\w/])", _say_numeric),
    rule(
        "dotted date",
        r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.((?:19|20)\d{2})(?![\w.]*\d)",
        lambda match: date(int(match[2]), int(match[1]), int(match[3])),
    ),
    rule("day of a month", r"(?<![\w/.])(\d{1,2})/(\d{1,2})(?![\w/%])", _say_day),
    rule(
        "named date",
        rf"\b(?:(?P<month>{_MONTH})\b\.?\s(?P<day>\d{{1,2}}){_ORD}|(?P<day2>\d{{1,2}}){_ORD}(?P<of>\sof)?\s(?P<month2>{_MONTH})\b\.?)(?![\d:%]){_YEAR}",
        _say_named,
    ),
    rule("opening hours", rf"(?<![\w.:])(?:{_CLOCK})\s?[-–—]\s?(?:{_CLOCK})(?!\d)", _say_span),
    rule("short opening hours", rf"(?<![\w.:])(\d{{1,2}})\s?[-–—]\s?(?:{_CLOCK.replace('[:.h]', ':')})(?!\d)", _say_short_span),
    rule("time", rf"(?<![\w.:,$€£])(?:{_CLOCK})(?![\d%])", _say_time),
    rule(
        "day range",
        rf"\b({_DAY})\.?\s?[-–—]\s?({_DAY})\b\.?",
        lambda match: f"{_DAYS[match[1]]} to {_DAYS[match[2]]}",
    ),
    rule("days", rf"\b(?:{_DAY})(?:(?:,\s|/)(?:{_DAY}))*(?:,?\s?(?:&|and|\+|or)\s?|/)(?:{_DAY})\b", _say_days),
    rule("day before a time", rf"\b({_DAY})(?=:?\s\d)", lambda match: _DAYS[match[1]]),
    rule("day within a sentence", r"(?<=[a-z\d,;:]\s)(Wed|Sat)\b", lambda match: _DAYS[match[1]]),
    rule("short day", rf"\b({_DAY})\.(?=\s|$)|\b(Tue|Tues|Thu|Thur|Thurs|Fri)\b", lambda match: _DAYS[match[1] or match[2]]),
)
