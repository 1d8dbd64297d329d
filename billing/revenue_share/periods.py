"""Pay periods: calendar months in the contract's own time zone, from the first moment to before the next month's first."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_MONTHS_KEPT_MAX: Final = 4096


@dataclass(frozen=True)
class Period:
    """[start, end) in UTC, and the month's name such as 2026-11."""

    start: datetime
    end: datetime
    name: str


def period_of(moment: datetime, zone_name: str) -> Period:
    """The month that a moment falls into, in that zone; its length follows the zone's clock changes."""
    local = moment.astimezone(ZoneInfo(zone_name))
    return _month(local.year, local.month, zone_name)


@lru_cache(_MONTHS_KEPT_MAX)
def _month(year: int, month: int, zone_name: str) -> Period:
    zone = ZoneInfo(zone_name)
    start = datetime(year, month, 1, tzinfo=zone)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return Period(start.astimezone(UTC), end.astimezone(UTC), f"{year:04d}-{month:02d}")


def month_text(name: str) -> str:
    """A month's name as people say it: "2026-11" is "November 2026"."""
    return f"{date.fromisoformat(f'{name}-01'):%B %Y}"
