"""Whom the shop calls by letter when a shopper waits for a person, after how long, and in which hours."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, time
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.errors import CallsInvalid
from app.conversations.handover_tables import CallSetting
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import to_public

WAIT_MINUTES_MIN, WAIT_MINUTES_MAX = 1, 240
DAYS: Final = tuple(range(7))


@dataclass(frozen=True)
class Calls:
    """The setting. `days` are Monday = 0 to Sunday = 6, hours are the shop's own; `people` empty means everybody who may take over.

    A message is told at any hour, for a letter wakes nobody; that somebody waits for a person is told within the hours only.
    """

    tells_messages: bool = True
    tells_waiting: bool = True
    wait_minutes: int = 5
    opens: time = time(9)
    closes: time = time(18)
    days: frozenset[int] = frozenset(DAYS[:5])
    people: frozenset[UUID] = field(default_factory=frozenset)

    def is_open(self, moment: datetime) -> bool:
        """Whether the desk is open at a moment on the shop's clock. Hours that end before they begin go on past midnight."""
        if self.opens < self.closes:
            return moment.weekday() in self.days and self.opens <= moment.time() < self.closes
        is_late = moment.time() >= self.opens
        day = moment.weekday() if is_late else (moment.weekday() - 1) % 7
        return day in self.days and (is_late or moment.time() < self.closes)


def calls_of(session: Session) -> Calls:
    """The shop's setting; what it has when nobody has set one."""
    row = session.get(CallSetting, tenant_of(session))
    if row is None:
        return Calls()
    kept = row.setting
    return Calls(
        kept["tells_messages"], kept["tells_waiting"], kept["wait_minutes"], time.fromisoformat(kept["opens"]),
        time.fromisoformat(kept["closes"]), frozenset(kept["days"]), frozenset(UUID(one) for one in kept["people"]),
    )  # fmt: skip


def set_calls(session: Session, calls: Calls, *, actor: str, now: datetime) -> None:
    """Keep a setting and note who changed it; raises CallsInvalid with the field's name and what to type."""
    if not WAIT_MINUTES_MIN <= calls.wait_minutes <= WAIT_MINUTES_MAX:
        raise CallsInvalid("wait_minutes", f"Say a number of minutes from {WAIT_MINUTES_MIN} to {WAIT_MINUTES_MAX}.")
    if calls.tells_waiting and not calls.days:
        raise CallsInvalid("days", "Choose at least one day, or no letter could ever leave.")
    if calls.tells_waiting and calls.opens == calls.closes:
        raise CallsInvalid("closes", "The desk must close at another time than it opens.")
    row = session.get(CallSetting, tenant_of(session), with_for_update=True)
    if row is None:
        row = CallSetting(tenant_id=tenant_of(session))
        session.add(row)
    row.setting, row.changed_at = _kept(calls), now
    note(session, actor, "desk.calls_set", to_public("shp", tenant_of(session)), _kept(calls), now=now)
    session.flush()


def without(calls: Calls, present: Mapping[UUID, object]) -> Calls:
    """The setting with those people only who still work here."""
    return replace(calls, people=calls.people & present.keys())


def _kept(calls: Calls) -> dict[str, object]:
    return asdict(calls) | {
        "opens": calls.opens.isoformat("minutes"), "closes": calls.closes.isoformat("minutes"),
        "days": sorted(calls.days), "people": sorted(str(one) for one in calls.people),
    }  # fmt: skip
