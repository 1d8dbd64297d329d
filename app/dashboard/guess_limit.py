"""How often a secret may be guessed or a letter asked for: a few mistakes are human, a hundred are a program.

Counted in this process and per address of the caller and per person; behind several processes the limit is that many times as high,
which still ends guessing. At the limit the answer is 429 with the seconds to wait, and the guess is not looked at.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import Request

from app.dashboard.problems import tried_too_often

FAILURES_MAX: Final = 8
WINDOW_MINUTES: Final = 15
KEYS_MAX: Final = 10_000
"""Addresses remembered at once; at the limit the oldest is forgotten first, so memory is bounded."""


@dataclass
class GuessLimit:
    """Failed tries of the last WINDOW_MINUTES by key (a caller's address, an e-mail address, a person)."""

    failures: dict[str, deque[datetime]] = field(default_factory=dict)

    def wait_seconds(self, keys: tuple[str, ...], now: datetime) -> int:
        """Seconds until any of the keys may try again; 0 when none has used up its tries."""
        return max((self._wait(key, now) for key in keys), default=0)

    def note_failure(self, keys: tuple[str, ...], now: datetime) -> None:
        """Count one wrong guess against every key."""
        for key in keys:
            tries = self.failures.pop(key, None) or deque(maxlen=FAILURES_MAX)
            tries.append(now)
            self.failures[key] = tries  # at the end: the dictionary keeps the order of last use
        while len(self.failures) > KEYS_MAX:
            del self.failures[next(iter(self.failures))]

    def forgive(self, key: str) -> None:
        """Forget a key's failures after the right secret."""
        self.failures.pop(key, None)

    def _wait(self, key: str, now: datetime) -> int:
        tries = self.failures.get(key)
        if tries is None or len(tries) < FAILURES_MAX:
            return 0
        free_at = tries[0] + timedelta(minutes=WINDOW_MINUTES)
        return max(0, int((free_at - now).total_seconds()) + 1) if free_at > now else 0


def limit_of(request: Request) -> GuessLimit:
    """This process's count."""
    state: Any = request.app.state
    if not hasattr(state, "guess_limit"):
        state.guess_limit = GuessLimit()
    limit: GuessLimit = state.guess_limit
    return limit


def caller_of(request: Request) -> str:
    """The key of the address a request came from."""
    return f"from {request.client.host if request.client else 'nowhere'}"


def count_try(request: Request, keys: tuple[str, ...], now: datetime) -> None:
    """Refuse with a page when a key has used up its tries, else count this one. Forgive the keys when the try was right."""
    wait_seconds = limit_of(request).wait_seconds(keys, now)
    if wait_seconds:
        raise tried_too_often(wait_seconds)
    limit_of(request).note_failure(keys, now)
