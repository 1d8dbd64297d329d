"""How much of a month a contract version governs, and how much of that our own outages took away.

Moments are cut to whole seconds first, so that two versions that share a month govern exactly all of its seconds together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

from billing.revenue_share.periods import Period

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class GovernedTime:
    """Whole seconds: of the month, of it governed by the version, and of those lost to recorded outages."""

    month_seconds: int
    governed_seconds: int
    outage_seconds: int = 0

    @property
    def served_seconds(self) -> int:
        """Governed seconds during which the service ran."""
        return self.governed_seconds - self.outage_seconds


def governed_time(period: Period, starts_at: datetime, ends_at: datetime | None, outages: Iterable[Interval] = ()) -> GovernedTime:
    """The seconds of a period within [starts_at, ends_at), less every outage counted once however many records tell of it."""
    start = max(_second(period.start), _second(starts_at))
    end = _second(period.end) if ends_at is None else min(_second(period.end), _second(ends_at))
    lost, counted_to = 0, start
    for outage_start, outage_end in sorted((_second(first), _second(last)) for first, last in outages):
        lost += max(0, min(outage_end, end) - max(outage_start, counted_to))
        counted_to = max(counted_to, min(outage_end, end))
    return GovernedTime(_second(period.end) - _second(period.start), max(0, end - start), lost)


def pro_rata(amount_minor: int, seconds: int, month_seconds: int) -> int:
    """The part of a month's amount that falls to these seconds of it: whole minor units, rounded once, half to even."""
    return round(Fraction(amount_minor * seconds, month_seconds))


def _second(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(seconds=1)
