"""What a code to be made in a merchant's system promises, and what such a system has to know how to do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from billing.connectors.pulling import Account
from billing.connectors.saying import Say
from billing.money import PARTS_PER_MILLION

_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """One single-use code: its spelling, the offer's name and reference (offer and version), what it takes off, and until when.

    Exactly one of `percent_ppm` and `amount_minor` is set.
    """

    code: str
    title: str
    reference: str
    percent_ppm: int | None
    amount_minor: int | None
    currency: str
    minimum_minor: int
    starts_at: datetime
    ends_at: datetime

    @property
    def mark(self) -> str:
        """What tells our codes apart from others in the merchant's lists."""
        return f"Tillhand {self.reference}"


@dataclass(frozen=True, slots=True)
class CodeMaker:
    """One system's ways. All raise FetchFailed.

    `check` asks whether the account can hold such codes at all (the shop's currency). `make` makes a code and returns the system's id of
    it; made before by us, it returns the same id; it raises CodeTaken where somebody else has the code. `find` says the id of a code of
    ours, or None. `end` makes a code void; void or gone already is fine.
    """

    check: Callable[[Say, Account, CodeWanted], None]
    make: Callable[[Say, Account, CodeWanted], str]
    find: Callable[[Say, Account, CodeWanted], str | None]
    end: Callable[[Say, Account, str, datetime], None]


def share_text(ppm: int) -> str:
    """A share as a plain decimal between 0 and 1: 75,000 parts per million is "0.075"."""
    whole, rest = divmod(ppm, PARTS_PER_MILLION)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def percent_text(ppm: int) -> str:
    """A share as a plain percentage: 75,000 parts per million is "7.5"."""
    return share_text(ppm * 100)
