"""A clause as people read it, and the small words its sentences are made of."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from billing.currencies import exponent_of
from billing.money import Money

EXAMPLE_UNITS: Final = 100
"""Examples speak of a sale of 100.00 in the contract's currency."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause in plain words; the worked example, if any, is computed by the functions that pay."""

    title: str
    text: str
    example: str | None = None


def example_minor(currency: str, units: int = EXAMPLE_UNITS) -> int:
    """A round amount in minor units."""
    whole: int = 10 ** exponent_of(currency)
    return units * whole


def money(amount_minor: int, currency: str) -> str:
    """An amount as people read it."""
    return str(Money(amount_minor, currency))


def quoted(name: str) -> str:
    """A name in quotation marks, with marks inside it escaped, so that two different names never read the same."""
    return json.dumps(name, ensure_ascii=False)


def listed(words: Iterable[str]) -> str:
    """Write "a", "a and b", "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def days_text(days: int) -> str:
    """Write "1 day" or "30 days"."""
    return f"{days} day{'' if days == 1 else 's'}"
