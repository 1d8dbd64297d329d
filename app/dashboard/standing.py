"""Where an employee stands today: applicant, expected, on probation, at work, away, on notice or gone; decided from what is signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from billing.read_contracts import ContractView
from tenants.employee import EmployeeView
from tenants.employment import VERDICTS, Leave, NoteView

Kind = Literal["applicant", "withdrawn", "expected", "probation", "at_work", "away", "notice", "left"]


@dataclass(frozen=True)
class Standing:
    """`kind`, and the day that belongs to it: first day, last day of the probation or the leave, last day at work."""

    kind: Kind
    day: date | None = None
    probation_ends_on: date | None = None
    is_probation_decided: bool = False

    @property
    def is_employed(self) -> bool:
        """Whether a contract holds today."""
        return self.kind in {"probation", "at_work", "away", "notice"}


def standing_of(
    employee: EmployeeView, contracts: Sequence[ContractView], leaves: Sequence[Leave], notes: Sequence[NoteView], *,
    now: datetime, zone: ZoneInfo,
) -> Standing:  # fmt: skip
    """Decide it from the signed versions, the days off and the verdicts; days are those of the shop's zone."""
    today = now.astimezone(zone).date()
    if not contracts:
        return Standing("withdrawn" if employee.is_retired else "applicant")
    governing = next((one for one in contracts if one.governs(now, now + timedelta(microseconds=1))), None)
    later = [one for one in contracts if one.starts_at > now]
    if governing is None:
        last = contracts[-1]
        return Standing("expected", _day(later[0].starts_at, zone)) if later else Standing("left", _last_day(last.ends_at, zone))
    until = probation_last_day(governing, zone)
    decided = any(one.kind in VERDICTS and one.effective_on == until for one in notes)
    open_probation = until if until is not None and until >= today else None
    leave = next((one for one in leaves if one.covers(today)), None)
    if leave is not None:
        return Standing("away", leave.ends_on, open_probation, decided)
    if contracts[-1].ends_at is not None:
        return Standing("notice", _last_day(contracts[-1].ends_at, zone), open_probation, decided)
    if open_probation is not None and not decided:
        return Standing("probation", open_probation, open_probation, decided)
    return Standing("at_work", started_on(contracts, zone), open_probation, decided)


def started_on(contracts: Sequence[ContractView], zone: ZoneInfo) -> date | None:
    """The first day of the present (or last) stretch of work without a gap; None before any contract."""
    start: datetime | None = None
    for version in reversed(contracts):
        if start is not None and version.ends_at != start:
            break
        start = version.starts_at
    return None if start is None else _day(start, zone)


def probation_last_day(version: ContractView, zone: ZoneInfo) -> date | None:
    """The last day of a version's probation, None when it has none."""
    clause = version.terms.probation
    return None if clause is None else _last_day(version.starts_at + timedelta(days=clause.days), zone)


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _last_day(end: datetime | None, zone: ZoneInfo) -> date | None:
    """The last day that has a moment before `end`."""
    return None if end is None else _day(end - timedelta(microseconds=1), zone)
