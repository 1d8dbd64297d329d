"""How often one shopper, one conversation and one address may call, so that no page can wear an employee out."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

CALLERS_REMEMBERED_MAX: Final = 50_000
"""Callers each limit remembers per process; the one not seen for longest is forgotten, and starts afresh."""


@dataclass(frozen=True)
class Pace:
    """At most `burst` calls at once, and `per_minute` in the long run."""

    burst: int
    per_minute: int


BOOTS_PER_ADDRESS: Final = Pace(burst=60, per_minute=120)
OPENINGS_PER_ADDRESS: Final = Pace(burst=60, per_minute=60)
OPENINGS_PER_VISITOR: Final = Pace(burst=10, per_minute=10)
MESSAGES_PER_VISITOR: Final = Pace(burst=15, per_minute=30)
CALLS_PER_CONVERSATION: Final = Pace(burst=30, per_minute=120)
MICROPHONES_PER_VISITOR: Final = Pace(burst=10, per_minute=10)


class Limiter:
    """Counts calls per caller: each call takes one token, and tokens grow back with time."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._callers: OrderedDict[object, tuple[float, datetime]] = OrderedDict()

    def wait_s(self, caller: object, now: datetime) -> float:
        """Take a token and return 0, or return the seconds until there is one again."""
        tokens, seen = self._callers.pop(caller, (float(self._pace.burst), now))
        per_second = self._pace.per_minute / 60
        tokens = min(self._pace.burst, tokens + max(0.0, (now - seen).total_seconds()) * per_second)
        is_allowed = tokens >= 1
        self._callers[caller] = (tokens - 1 if is_allowed else tokens, max(now, seen))
        while len(self._callers) > CALLERS_REMEMBERED_MAX:
            self._callers.popitem(last=False)
        return 0.0 if is_allowed else (1 - tokens) / per_second
