"""What would be lost without a channel, by the exact Markov chain of first order. A report only: it never becomes money.

The chain walks from one touch to the next as often as buyers did, and ends in an order or in none. Without a channel every step
into it ends in none; how much rarer orders become is the channel's removal effect. Solved in whole fractions, never by sampling.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Generic, TypeVar

CHANNELS_MAX: Final = 24
"""Exact fractions grow with every channel; beyond this many a report would keep its reader waiting."""

Channel = TypeVar("Channel", bound=Hashable)
_START, _ORDER, _NONE = "start", "order", "none"
_State = tuple[str, Hashable]
_Steps = Mapping[_State, Mapping[_State, int]]


@dataclass(frozen=True, slots=True)
class Path(Generic[Channel]):
    """The channels of one kind of journey, oldest first, and how many such journeys ended in an order and how many in none."""

    channels: Sequence[Channel]
    orders: int
    nones: int


@dataclass(frozen=True, slots=True)
class RemovalEffects(Generic[Channel]):
    """`base_rate`: how often a journey ends in an order. `effects`: which part of that would be lost without each channel, 0 to 1."""

    base_rate: Fraction
    effects: Mapping[Channel, Fraction]

    def share_out(self, total: int | Fraction) -> dict[Channel, Fraction]:
        """Divide a total, such as all orders, in proportion to the effects; nothing to anyone when no channel has an effect."""
        whole = sum(self.effects.values())
        return {channel: total * effect / whole if whole else Fraction(0) for channel, effect in self.effects.items()}


def removal_effects(paths: Iterable[Path[Channel]]) -> RemovalEffects[Channel]:
    """The exact removal effect of every channel. Raises ValueError beyond CHANNELS_MAX."""
    journeys = list(paths)
    channels = sorted({channel for path in journeys for channel in path.channels}, key=str)
    if len(channels) > CHANNELS_MAX:
        raise ValueError(f"{len(channels)} channels are more than the {CHANNELS_MAX} that can be reckoned exactly.")
    steps = _count_steps(journeys)
    base_rate = _order_rate(steps, channels)
    lost = {
        channel: 1 - _order_rate(steps, [other for other in channels if other != channel]) / base_rate if base_rate else Fraction(0)
        for channel in channels
    }
    return RemovalEffects(base_rate, lost)


def _count_steps(paths: Iterable[Path[Channel]]) -> _Steps:
    steps: dict[_State, Counter[_State]] = {}
    for path in paths:
        states: list[_State] = [(_START, None), *(("channel", channel) for channel in path.channels)]
        for here, there in pairwise(states):
            steps.setdefault(here, Counter())[there] += path.orders + path.nones
        last = steps.setdefault(states[-1], Counter())
        last[_ORDER, None] += path.orders
        last[_NONE, None] += path.nones
    return steps


def _order_rate(steps: _Steps, channels: Sequence[Hashable]) -> Fraction:
    """How likely the start ends in an order when only these channels exist: a linear equation for each state, solved exactly."""
    states: list[_State] = [*(("channel", channel) for channel in channels), (_START, None)]
    rows: list[list[Fraction]] = []
    for state in states:
        onward = steps.get(state, {})
        total = sum(onward.values()) or 1
        row = [Fraction((state == other) * total - onward.get(other, 0), total) for other in states]
        rows.append([*row, Fraction(onward.get((_ORDER, None), 0), total)])
    return _last_unknown(rows)


def _last_unknown(rows: list[list[Fraction]]) -> Fraction:
    """The last unknown of as many linear equations as unknowns, each row ending with its right-hand side (Gauss).

    A chain that is always left in the end keeps every pivot above zero, so no rows need to be exchanged.
    """
    for number, pivot_row in enumerate(rows):
        for row in rows[number + 1 :]:
            if row[number]:
                factor = row[number] / pivot_row[number]
                for column in range(number, len(row)):
                    row[column] -= factor * pivot_row[column]
    return rows[-1][-1] / rows[-1][-2]
