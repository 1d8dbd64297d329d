"""Answers given before, by their question: a small memory that forgets what was asked least recently, and counts how often it served."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Final

KEPT_MAX: Final = 500
"""Answers per index: a few sentences each, a megabyte or so when full."""


class RememberedAnswers:
    """Calls may come from any thread."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept_max, self._lock = kept_max, Lock()
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._asked = self._served = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def hit_rate(self) -> float:
        """Share (0..1) of the questions looked up that had been answered before; 0 before the first."""
        return self._served / self._asked if self._asked else 0.0

    def get(self, key: Hashable) -> object | None:
        """What was answered, or None."""
        with self._lock:
            self._asked += 1
            if key not in self._kept:
                return None
            self._served += 1
            self._kept.move_to_end(key)
            return self._kept[key]

    def keep(self, key: Hashable, answer: object) -> None:
        """Keep an answer; the one asked least recently makes room."""
        with self._lock:
            self._kept[key] = answer
            self._kept.move_to_end(key)
            while len(self._kept) > self._kept_max:
                self._kept.popitem(last=False)
