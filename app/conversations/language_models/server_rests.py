"""How long a language model's server that failed is left alone: each failure in a row doubles the rest, and one turn alone tries it again.

A server that refuses costs nothing, but one that is silent costs whoever asks it the whole patience of a turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

REST_S, REST_S_MAX = 30.0, 600.0
DOUBLED_MAX: Final = 10


class ServerRests(Exception):
    """The server failed lately and is left alone, or another turn is finding out whether it is well again."""


class ServerFailed(Exception):
    """Raised within a try of the server that is to count as one more failure."""


class RestsOfServer:
    """The rests of one server. Safe from several threads; `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._failures, self._until, self._is_probed = 0, 0.0, False

    @contextmanager
    def tried(self) -> Iterator[None]:
        """One turn with the server. Raises ServerRests instead when it is left alone.

        ServerFailed from within begins a rest; a whole turn ends the row of failures; anything else, such as a shopper who goes away,
        says nothing about the server.
        """
        before, has_failed = self._begin(), None
        try:
            yield
            has_failed = False
        except ServerFailed:
            has_failed = True
            raise
        finally:
            self._end(before, has_failed=has_failed)

    def _begin(self) -> int:
        with self._lock:
            if self._failures and (self._is_probed or self._clock() < self._until):
                raise ServerRests
            self._is_probed = self._failures > 0
            return self._failures

    def _end(self, before: int, *, has_failed: bool | None) -> None:
        with self._lock:
            if before != self._failures:  # it began before somebody else's failure, and tells nothing new
                return
            self._is_probed = False
            if has_failed:
                self._failures += 1
                self._until = self._clock() + min(REST_S_MAX, REST_S * 2.0 ** min(before, DOUBLED_MAX))
            elif has_failed is False:
                self._failures = 0
