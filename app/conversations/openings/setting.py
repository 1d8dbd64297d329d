"""When they may speak first: switched on, in the shop's hours, not too often, and never again to a visitor who sent their words away."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from app.conversations.errors import FieldNotFit

DAYS: Final = tuple(range(7))
PER_WEEK_MAX: Final = 14
VISIT: Final = timedelta(minutes=30)
"""Words chosen for a visitor stay the same for so long: a page that is loaded again is the same visit."""
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class OpeningRules:
    """The setting. Quiet hours are the shop's own; `days` are Monday = 0 to Sunday = 6."""

    is_on: bool = False
    per_week: int = 2
    quiet_from: time = time(22)
    quiet_until: time = time(7)
    days: frozenset[int] = frozenset(DAYS)

    def is_quiet(self, moment: datetime) -> bool:
        """Whether nothing is said first at a moment on the shop's clock. Quiet hours may go on past midnight; equal ones are none."""
        at = moment.time()
        if self.quiet_from <= self.quiet_until:
            is_night = self.quiet_from <= at < self.quiet_until
        else:
            is_night = at >= self.quiet_from or at < self.quiet_until
        return is_night or moment.weekday() not in self.days


@dataclass(frozen=True)
class Heard:
    """What a visitor was already told first: when, newest last, and whether any of it was sent away."""

    told_at: tuple[datetime, ...] = ()
    was_dismissed: bool = False


def may_speak(rules: OpeningRules, heard: Heard, *, moment: datetime) -> bool:
    """Whether they may speak first now; `moment` is on the shop's clock."""
    lately = [one for one in heard.told_at if moment - one < WEEK]
    return rules.is_on and not heard.was_dismissed and not rules.is_quiet(moment) and len(lately) < rules.per_week


def checked(rules: OpeningRules) -> OpeningRules:
    """The rules; raises FieldNotFit."""
    if not 1 <= rules.per_week <= PER_WEEK_MAX:
        raise FieldNotFit("per_week", f"Say a number of times from 1 to {PER_WEEK_MAX}.")
    if rules.is_on and not rules.days:
        raise FieldNotFit("days", "Choose at least one day, or nothing could ever be said first.")
    return rules


def to_json(rules: OpeningRules) -> dict[str, Any]:
    """As it stands in its row."""
    hours = {"quiet_from": rules.quiet_from.isoformat("minutes"), "quiet_until": rules.quiet_until.isoformat("minutes")}
    return asdict(rules) | hours | {"days": sorted(rules.days)}


def from_json(kept: Mapping[str, Any]) -> OpeningRules:
    """Read it back."""
    hours = time.fromisoformat(kept["quiet_from"]), time.fromisoformat(kept["quiet_until"])
    return OpeningRules(kept["is_on"], kept["per_week"], *hours, frozenset(kept["days"]))
