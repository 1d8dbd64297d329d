"""Reads a table of published rates and says what of it is new. Pure: a file and what stands already go in, rows or an error come out.

The file is CSV with a first line `day,base,quote,rate,source`, such as `2026-11-20,EUR,USD,1.0823,ecb`: one euro buys 1.0823 dollars.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from billing.currencies import exponent_of
from billing.errors import (
    CurrencyUnknown,
    RateAlreadyPublished,
    RateImplausible,
    RateSeriesDiffers,
    RatesOutOfSequence,
    RatesUnreadable,
)
from billing.exchange.rates import BILLION

COLUMNS: Final = ("day", "base", "quote", "rate", "source")
ROWS_MAX: Final = 500_000
"""The European Central Bank's whole history since 1999 has about 240,000 rates."""
JUMP_MAX: Final = 5
"""A rate that moves by more than this factor overnight is likelier a slipped decimal point than a market."""

_RATE = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?", re.ASCII)
_SOURCE = re.compile(r"[a-z][a-z0-9_-]{0,30}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublishedRate:
    """One row: one unit of `base` buys `rate_e9` billionths of `quote`, exactly as published."""

    day: date
    base: str
    quote: str
    rate_e9: int
    source: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What is published already: the newest rate of each quote, and those of the days the file repeats."""

    newest: Mapping[str, PublishedRate]
    repeated: Mapping[tuple[str, date], PublishedRate]


def read_published(text: str, *, today: date) -> tuple[PublishedRate, ...]:
    """The file's rates in the sequence of their days; raises RatesUnreadable, naming the line."""
    if text.count("\n") > ROWS_MAX:
        raise RatesUnreadable(f"A file may hold {ROWS_MAX} lines; send the rest in another.")
    rows = csv.reader(text.removeprefix("\ufeff").splitlines())
    header = next(rows, [])
    if tuple(name.strip() for name in header) != COLUMNS:
        raise RatesUnreadable(f"The first line must be {','.join(COLUMNS)}.")
    found = [_read_row(number, [value.strip() for value in row], today) for number, row in enumerate(rows, start=2) if row]
    return tuple(sorted(found, key=lambda rate: (rate.day, rate.quote)))


def _read_row(number: int, row: list[str], today: date) -> PublishedRate:
    if len(row) != len(COLUMNS):
        raise RatesUnreadable(f"Line {number} has {len(row)} values instead of {len(COLUMNS)}.")
    day_text, base, quote, rate_text, source = row
    try:
        exponent_of(base), exponent_of(quote)
        day = date.fromisoformat(day_text)
    except (CurrencyUnknown, ValueError) as error:
        raise RatesUnreadable(f"Line {number}: {error}") from None
    match = _RATE.fullmatch(rate_text)
    if match is None or not _SOURCE.fullmatch(source) or not _DAY.fullmatch(day_text):
        raise RatesUnreadable(
            f"Line {number} needs a day such as 2026-11-20, a rate with at most nine digits after the point, and a source such as ecb."
        )
    if day > today + timedelta(days=1):  # it may be tomorrow already where the source is
        raise RatesUnreadable(f"Line {number}: {day} has not come yet.")
    rate_e9 = int(match[1]) * BILLION + int((match[2] or "").ljust(9, "0"))
    if rate_e9 == 0 or base == quote:
        raise RatesUnreadable(f"Line {number}: a rate is above zero and leads from one currency to another.")
    return PublishedRate(day, base, quote, rate_e9, source)


def new_rates(published: Iterable[PublishedRate], standing: Standing, *, are_jumps_confirmed: bool = False) -> tuple[PublishedRate, ...]:
    """The rates that are not published yet, in sequence; raises a RatesRefused that says which rate does not fit."""
    newest, repeated = dict(standing.newest), dict(standing.repeated)
    base = next((rate.base for rate in newest.values()), None)
    added: list[PublishedRate] = []
    firsts: list[PublishedRate] = []
    for rate in published:
        base = base or rate.base
        same = repeated.get((rate.quote, rate.day))
        if same is not None:
            _must_equal(rate, same)
            continue
        _must_follow(rate, newest.get(rate.quote), base, are_jumps_confirmed)
        firsts += [] if rate.quote in newest else [rate]
        newest[rate.quote] = repeated[rate.quote, rate.day] = rate
        added.append(rate)
    if firsts and not are_jumps_confirmed:
        raise RateImplausible(_first_rates(firsts))
    return tuple(added)


def _first_rates(firsts: list[PublishedRate]) -> str:
    told = "; ".join(f"1 {rate.base} = {_decimal(rate.rate_e9)} {rate.quote} on {rate.day}" for rate in firsts)
    return f"Nothing stands yet that a first rate could be compared with: {told}. Read each once more, and confirm them if they are right."


def _must_equal(rate: PublishedRate, standing: PublishedRate) -> None:
    if rate != standing:
        raise RateAlreadyPublished(
            f"{rate.quote} of {rate.day} is published already, by {standing.source} at {_decimal(standing.rate_e9)} per {standing.base}; "
            "a published rate never changes, for amounts rest on it. Put a wrong one right with a newer day's rate and confirm the jump; "
            "what orders earned too much by it goes back in a dispute that is decided as adjusted."
        )


def _must_follow(rate: PublishedRate, newest: PublishedRate | None, base: str, are_jumps_confirmed: bool) -> None:
    if rate.base != base:
        raise RateSeriesDiffers(f"All rates stand against {base}; {rate.quote} of {rate.day} stands against {rate.base}.")
    if newest is None:
        return
    if rate.source != newest.source:
        raise RateSeriesDiffers(f"{rate.quote} is published by {newest.source}; a rate of {rate.source} would be another series.")
    if rate.day < newest.day:
        raise RatesOutOfSequence(f"{rate.quote} is published up to {newest.day} and {rate.day} was left out; amounts rest on that.")
    low, high = sorted((rate.rate_e9, newest.rate_e9))
    if high > JUMP_MAX * low and not are_jumps_confirmed:
        raise RateImplausible(
            f"{rate.quote} jumps from {_decimal(newest.rate_e9)} on {newest.day} to {_decimal(rate.rate_e9)} on {rate.day}; "
            "check the decimal point, and confirm the jump if it is real."
        )


def _decimal(rate_e9: int) -> str:
    whole, billionths = divmod(rate_e9, BILLION)
    return f"{whole}.{billionths:09d}".rstrip("0").rstrip(".")
