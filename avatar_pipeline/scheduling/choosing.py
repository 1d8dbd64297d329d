"""The choice of the next batch: the most urgent pictures of all talks, in the bucket that serves them best.

Ordering by deadline is the best order there is for work of equal size. The bucket is the one that makes the most pictures per second
among those that are ready before the most urgent picture is due. When none is, the network is behind, and then the quickest
per picture gets it back soonest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from avatar_pipeline.scheduling.costs import HOLD_SECONDS, MeasuredCosts

SAFETY_SECONDS: Final = 0.01
"""Left between the end of a batch and the moment its most urgent picture is due: for the way out of the network."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Make `count` pictures in `bucket` now; or, when `bucket` is 0, look again at `again_at_s`."""

    bucket: int
    count: int
    again_at_s: float


def choose(due_s: Sequence[float], *, oldest_free_s: float, now_s: float, costs: MeasuredCosts) -> Choice:
    """Choose for pictures that are free to be made and due at `due_s`, in that order; the one longest free since `oldest_free_s`."""
    most = costs.buckets[-1]
    bucket = _best(len(due_s), due_s[0] - now_s - SAFETY_SECONDS, costs)
    if len(due_s) < most:
        wait_until = min(oldest_free_s + HOLD_SECONDS, due_s[0] - SAFETY_SECONDS - costs.seconds(bucket) - costs.seconds(most))
        if wait_until > now_s:
            return Choice(0, 0, wait_until)
    return Choice(bucket, min(bucket, len(due_s)), now_s)


def _best(waiting: int, slack_s: float, costs: MeasuredCosts) -> int:
    def rate(bucket: int) -> float:
        return min(bucket, waiting) / max(costs.seconds(bucket), 1e-9)

    in_time = [bucket for bucket in costs.buckets if costs.seconds(bucket) <= slack_s]
    return max(in_time or costs.buckets, key=lambda bucket: (rate(bucket), -bucket))
