"""A meter that runs along with one answer: the processor's time of its threads, and what was voiced newly."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from app.costs.note_cost import Spent

Thing = TypeVar("Thing")


@dataclass
class Meter:
    """Adds up from several threads. Nanoseconds inside, milliseconds outside."""

    cpu_ns: int = 0
    gpu_ms: int = 0
    characters: int = 0
    tokens: int = 0
    _lock: Lock = field(default_factory=Lock)

    def timed(self, things: Iterator[Thing]) -> Thing | None:
        """The next thing, None at the end; the time this thread's processor took for it is added."""
        begun_ns = time.thread_time_ns()
        try:
            return next(things, None)
        finally:
            self.add(cpu_ns=time.thread_time_ns() - begun_ns)

    def add(self, *, cpu_ns: int = 0, gpu_ms: int = 0, characters: int = 0, tokens: int = 0) -> None:
        """Add what was used."""
        with self._lock:
            self.cpu_ns, self.gpu_ms = self.cpu_ns + cpu_ns, self.gpu_ms + gpu_ms
            self.characters, self.tokens = self.characters + characters, self.tokens + tokens

    def spent(self) -> Spent:
        """What was used so far."""
        with self._lock:
            return Spent(self.gpu_ms, self.cpu_ns // 1_000_000, self.characters, self.tokens)
