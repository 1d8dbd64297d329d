"""What the network's work costs, as measured: seconds per bucket, and how many talks it can carry at once.

A bucket is a fixed number of pictures that are made together. The more at once, the cheaper each; but all are ready only at the end.
"""

from collections.abc import Mapping
from typing import Final

from avatar_pipeline.scheduling.wanted import FRAMES_PER_SECOND

SETTLING: Final = 0.125
"""How much one measurement moves the mean; a stray one moves it little, a lasting change is believed after a dozen."""
STRAY_MAX: Final = 4.0
"""A batch counts for at most so many times what was expected of it: one that the whole machine held up tells little of the network."""
LEAST_SECONDS: Final = 0.001
SPREADS: Final = 2.0
"""So many mean deviations are added to the mean, as a network's timer does: what is promised must hold nearly always."""
USE_MAX: Final = 0.85
"""The share of the network's time that is promised to talks; the rest absorbs what comes at once."""
SEATS_MAX: Final = 4096
HOLD_SECONDS: Final = 0.08
"""So long may a picture wait for others to be made with: two pictures' time."""


class MeasuredCosts:
    """Seconds that each bucket takes. It begins with a warm-up's times and follows what every batch took since.

    A bucket that is not run is not measured either, so what was measured last loses its weight with time. Else one bad moment of the
    machine would be believed for ever: no turn would be let in, no picture made, and nothing could show that it is over.
    """

    def __init__(self, warm_up_seconds: Mapping[int, float]) -> None:
        if not warm_up_seconds or min(warm_up_seconds) < 1 or min(warm_up_seconds.values()) < 0:
            raise ValueError("Every bucket holds at least one picture, and none takes less than no time.")
        self.buckets: Final = tuple(sorted(warm_up_seconds))
        self._warm = dict(warm_up_seconds)
        self._mean, self._deviation = dict(warm_up_seconds), dict.fromkeys(self.buckets, 0.0)
        self._believed_at_s = dict.fromkeys(self.buckets, 0.0)

    def note(self, bucket: int, seconds: float, now_s: float) -> None:
        """A batch of this bucket took so long and was done now."""
        self._believed_at_s[bucket] = now_s
        away = min(seconds, STRAY_MAX * max(self.seconds(bucket), LEAST_SECONDS)) - self._mean[bucket]
        self._mean[bucket] += SETTLING * away
        self._deviation[bucket] += SETTLING * (abs(away) - self._deviation[bucket])

    def forget(self, now_s: float) -> None:
        """Bring every bucket that was not run lately nearer to its warm-up time, by one measurement's weight a second."""
        for bucket in self.buckets:
            unconfirmed_s = int(now_s - self._believed_at_s[bucket])
            if unconfirmed_s > 0:
                kept = (1 - SETTLING) ** unconfirmed_s
                above = max(0.0, self._mean[bucket] - self._warm[bucket])
                self._mean[bucket] -= (1 - kept) * above
                self._deviation[bucket] *= kept
                self._believed_at_s[bucket] += unconfirmed_s

    def soonest_s(self) -> float:
        """The least time in which one picture can be made."""
        return min(self.seconds(bucket) for bucket in self.buckets)

    def seconds(self, bucket: int) -> float:
        """How long a batch of this bucket must be expected to take."""
        return self._mean[bucket] + SPREADS * self._deviation[bucket]

    def pictures_per_second(self) -> float:
        """The most the network makes when its best bucket is always full."""
        return max(bucket / max(self.seconds(bucket), 1e-9) for bucket in self.buckets)

    def seats(self) -> int:
        """How many talks may speak at once without a picture being late: what they ask for within one hold fits into its time."""
        return seats_of(tuple((bucket, self.seconds(bucket)) for bucket in self.buckets))


def seats_of(costs: tuple[tuple[int, float], ...]) -> int:
    """The same from (bucket, seconds) pairs. 0 when even one talk is too much for this machine.

    `least[n]` is the least time in which n pictures can be made, whatever buckets are used; talks are added until the hold is full.
    """
    per_hold, allowed = round(FRAMES_PER_SECOND * HOLD_SECONDS), USE_MAX * HOLD_SECONDS
    least, seats = [0.0], 0
    while seats < SEATS_MAX:
        for count in range(len(least), (seats + 1) * per_hold + 1):
            least.append(min(least[max(0, count - bucket)] + seconds for bucket, seconds in costs))
        if least[-1] > allowed:
            break
        seats += 1
    return seats
