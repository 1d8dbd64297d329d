"""Which of several ways to try next: mostly the one that seems to sell best, in proportion to how likely it is to be the best, and for a
fixed share of visitors any of them by an even draw.

Thompson sampling on the worth per visitor. Its belief about a way's mean is normal, around a mean and with a variance that are drawn
towards those of all ways together, as if each had been seen PRIOR_VISITORS times more: a way with two lucky visitors is not yet believed.
The even draws never end (the floor), for two reasons: what sells changes with the seasons, and only visitors drawn evenly can be
compared honestly, because the others were chosen by what had sold before.

Source: Chapelle and Li, "An empirical evaluation of Thompson sampling", NIPS 2011; for the even draws, Nie, Tian, Taylor and Zou, "Why
adaptively collected data have negative bias and how to correct for it", AISTATS 2018.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final, Generic, TypeVar

PRIOR_VISITORS: Final = 30
FLOOR_PPM: Final = 200_000
"""The share of visitors who get any of the ways by an even draw."""

Way = TypeVar("Way")


@dataclass(frozen=True)
class Tally:
    """What one way brought: visitors, buyers among them, and the sum and the sum of squares of their orders' worth (minor units)."""

    visitors: int = 0
    buyers: int = 0
    total_minor: int = 0
    squares: int = 0

    def with_visitor(self, worth_minor: int) -> "Tally":
        """One visitor more, whose orders came to so much."""
        return Tally(self.visitors + 1, self.buyers + (worth_minor > 0), self.total_minor + worth_minor, self.squares + worth_minor**2)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.visitors + other.visitors, self.buyers + other.buyers, self.total_minor + other.total_minor, self.squares + other.squares
        )


@dataclass(frozen=True)
class Drawn(Generic[Way]):
    """A choice, and whether it was an even draw."""

    way: Way
    is_explored: bool


def draw(tallies: Mapping[Way, Tally], random: Random, *, floor_ppm: int = FLOOR_PPM) -> Drawn[Way]:
    """Choose one of the ways, in their order where all are alike. At least one is needed."""
    ways = list(tallies)
    if random.randrange(1_000_000) < floor_ppm:
        return Drawn(random.choice(ways), is_explored=True)
    beliefs = _beliefs(tallies)
    drawn = {way: random.gauss(*beliefs[way]) for way in ways}
    return Drawn(max(ways, key=lambda way: drawn[way]), is_explored=False)


def _beliefs(tallies: Mapping[Way, Tally]) -> dict[Way, tuple[float, float]]:
    """The mean worth per visitor that each way is believed to bring, and the deviation of that belief."""
    together = sum(tallies.values(), Tally())
    if not together.visitors:
        return dict.fromkeys(tallies, (0.0, 1.0))
    pooled = together.total_minor / together.visitors
    spread = max(together.squares / together.visitors - pooled**2, 1.0)
    return {
        way: (
            (PRIOR_VISITORS * pooled + one.total_minor) / (PRIOR_VISITORS + one.visitors),
            math.sqrt(spread / (PRIOR_VISITORS + one.visitors)),
        )
        for way, one in tallies.items()
    }
