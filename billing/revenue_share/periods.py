"""Pay periods: calendar months in the contract's own time zone, from the first moment to before the next month's first."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Period:
    """[start, end) in UTC, and the month's name such as 2026-11."""

    start: datetime
    end: datetime
    name: str


def period_of(moment: datetime, zone_name: str) -> Period:
    """The month that a moment falls into, in that zone; its length follows the zone's clock changes."""
    zone = ZoneInfo(zone_name)
    local = moment.astimezone(zone)
    start = datetime(local.year, local.month, 1, tzinfo=zone)
    end = datetime(local.year + local.month // 12, local.month % 12 + 1, 1, tzinfo=zone)
    return Period(start.astimezone(UTC), end.astimezone(UTC), f"{local.year:04d}-{local.month:02d}")


def month_text(name: str) -> str:
    """A month's name as people say it: "2026-11" is "November 2026"."""
    return f"{date.fromisoformat(f'{name}-01'):%B %Y}"
