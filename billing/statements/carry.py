"""What a closed month leaves each payee: what is paid, what is kept back, and what is carried into the next month.

A month that ends below zero pays nothing and is carried, never clamped away. A reserve is a part of what the month itself brought,
kept for late refunds; when its day has come it flows back first, so that it covers what is owed before anything is paid.
"""

from dataclasses import asdict, dataclass
from typing import Any

from billing.money import share_of


@dataclass(frozen=True, slots=True)
class PayeeBalance:
    """One payee's month in minor units. `brought_forward_minor` and `carried_minor` are zero or negative, the others never are,
    except `earned_minor`, which is the signed sum of the month's movements."""

    payee: str
    brought_forward_minor: int
    earned_minor: int
    released_minor: int
    reserved_minor: int
    payable_minor: int
    carried_minor: int

    def document(self) -> dict[str, Any]:
        """The amounts by name, without the payee's key."""
        return {name: value for name, value in asdict(self).items() if name != "payee"}


def balance_of(payee: str, *, brought_forward_minor: int, earned_minor: int, released_minor: int, reserve_ppm: int) -> PayeeBalance:
    """Split a month's result; everything in minor units. brought + earned + released = reserved + payable + carried, always."""
    own = brought_forward_minor + earned_minor
    total = own + released_minor
    available = max(total, 0)
    reserved = min(available, share_of(max(own, 0), reserve_ppm))
    return PayeeBalance(payee, brought_forward_minor, earned_minor, released_minor, reserved, available - reserved, min(total, 0))
