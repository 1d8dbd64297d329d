"""How often one key may ask, said in every answer (draft-ietf-httpapi-ratelimit-headers-11), so that programs can pace themselves."""

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

CALLERS_REMEMBERED_MAX: Final = 50_000
"""Callers remembered in one process; the one not seen for longest is forgotten, and starts afresh."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one caller may do: `left` of `quota` requests, and the seconds until the next (0 while some are left) and until all are back."""

    quota: int
    window_seconds: int
    left: int
    wait_seconds: int
    full_in_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """The draft's two headers, and Retry-After where nothing is left."""
        found = {
            "RateLimit-Policy": f'"default";q={self.quota};w={self.window_seconds}',
            "RateLimit": f'"default";r={self.left};t={self.full_in_seconds}',
        }
        return found | ({"Retry-After": str(self.wait_seconds)} if self.wait_seconds else {})


@dataclass
class RateLimit:
    """At most `quota` requests at once, growing back evenly over `window_seconds`; counted in this process."""

    quota: int = 600
    window_seconds: int = 60
    callers: OrderedDict[object, tuple[float, datetime]] = field(default_factory=OrderedDict)

    def take(self, caller: object, now: datetime) -> Allowance:
        """Count one request; `wait_seconds` above 0 means that it must not be served."""
        per_second = self.quota / self.window_seconds
        tokens, seen = self.callers.pop(caller, (float(self.quota), now))
        tokens = min(self.quota, tokens + max(0.0, (now - seen).total_seconds()) * per_second)
        is_served = tokens >= 1
        tokens -= is_served
        self.callers[caller] = (tokens, max(now, seen))
        while len(self.callers) > CALLERS_REMEMBERED_MAX:
            self.callers.popitem(last=False)
        wait_seconds = 0 if is_served else max(1, math.ceil((1 - tokens) / per_second))
        return Allowance(self.quota, self.window_seconds, int(tokens), wait_seconds, math.ceil((self.quota - tokens) / per_second))
