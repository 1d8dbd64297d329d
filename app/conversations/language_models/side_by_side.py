"""Two readings of one question at once: the runtime computes without Python's lock, so a second core shortens the shopper's wait.

No more is computed than before, only sooner. Each session keeps its single thread, for threads *inside* one product wait for each other
by spinning (see DECISIONS.md); whole readings do not.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Generic, TypeVar

Given = TypeVar("Given")


class Begun(Generic[Given]):
    """Work that another thread may have begun."""

    def __init__(self, work: Callable[[], Given]) -> None:
        """Put the work in line. On a machine of one core nothing is gained by that, so it waits until it is asked for."""
        hands = _hands()
        self._work = work
        self._future: Future[Given] | None = hands.submit(work) if hands else None

    def result(self) -> Given:
        """What the work gave, or its error. Whoever asks for work that nobody has begun does it: no question waits behind another's."""
        if self._future is None or self._future.cancel():
            return self._work()
        return self._future.result()


@lru_cache(maxsize=1)
def _hands() -> ThreadPoolExecutor | None:
    """The further threads of this process, one for each further core."""
    further = len(os.sched_getaffinity(0)) - 1
    return ThreadPoolExecutor(further, thread_name_prefix="reading") if further > 0 else None


os.register_at_fork(after_in_child=_hands.cache_clear)  # a forked worker has none of its parent's threads
