"""What each model would have credited, for the same orders side by side, and what would be lost without a channel. Never becomes money."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final
from uuid import UUID

from billing.attribution.evidence import Candidate
from billing.attribution.markov import CHANNELS_MAX, Path, removal_effects
from billing.attribution.models import MODELS

_Key = tuple[str, *tuple[Hashable, ...]]
PATH_LENGTH_MAX: Final = 50
"""Of a longer journey the latest touches are looked at: what lies before them no longer tells one channel from another."""


@dataclass(frozen=True, order=True, slots=True)
class Channel:
    """One employee by one kind of touch. A coupon is the kind "coupon_issue" whether or not its code was used: the chain compares
    journeys that ended in an order with those that did not, and only the former could ever use one."""

    employee_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class ModelCredit:
    """What one model would credit to one channel: whole and partial orders, and their exact worth in minor units of one currency."""

    model: str
    channel: Channel
    currency: str
    orders: Fraction
    base: Fraction


@dataclass(frozen=True, slots=True)
class ChannelLoss:
    """Which part of all orders would be lost without a channel (0 to 1), and the orders it is credited with in that proportion."""

    channel: Channel
    effect: Fraction
    orders: Fraction


@dataclass(frozen=True, slots=True)
class Removal:
    """The chain's answer: how often a journey ends in an order, each channel's loss, or the sentence that says why there is none."""

    base_rate: Fraction
    losses: tuple[ChannelLoss, ...]
    why_none: str | None = None


@dataclass(slots=True)
class _Alike:
    """Orders that a model cannot tell apart: one of their journeys, how many there are, and what they are worth together."""

    candidates: Sequence[Candidate]
    channels: Sequence[Channel]
    order_count: int = 0
    base: Fraction = Fraction(0)


@dataclass(slots=True)
class Comparison:
    """Takes orders one by one and weighs each journey once, however many orders took it.

    Memory grows with channels and distinct journeys. To the models that look at ages, journeys differ by these too.
    """

    order_count: int = 0
    _by_path: dict[_Key, _Alike] = field(default_factory=dict)
    _by_age: dict[_Key, _Alike] = field(default_factory=dict)
    _bought: Counter[tuple[Channel, ...]] = field(default_factory=Counter)

    def add(self, candidates: Sequence[Candidate], base: Fraction, currency: str) -> None:
        """One order that is worth something, with the touches that count, oldest first; one or more."""
        self.order_count += 1
        channels = tuple(Channel(candidate.touch.employee_id, candidate.touch.kind) for candidate in candidates)
        self._bought[channels[-PATH_LENGTH_MAX:]] += 1
        path = currency, channels, tuple(candidate.step for candidate in candidates)
        latest = candidates[-1].touch.occurred_at
        ages = tuple(latest - candidate.touch.occurred_at for candidate in candidates)
        half_life_days = candidates[-1].contract.terms.half_life_days if len(candidates) > 1 else 0
        for kept, key in ((self._by_path, path), (self._by_age, (*path, ages, half_life_days))):
            alike = kept.setdefault(key, _Alike(candidates, channels))
            alike.order_count += 1
            alike.base += base

    def credits(self) -> tuple[ModelCredit, ...]:
        """Every model's credits, by model, channel and currency; each model's orders add up to the number of orders."""
        sums: dict[tuple[str, Channel, str], tuple[Fraction, Fraction]] = {}
        for name, model in MODELS.items():
            for (currency, *_), alike in (self._by_age if model.looks_at_ages else self._by_path).items():
                weights = model.weigh(alike.candidates, alike.candidates[-1].contract.terms)
                total = sum(weights)
                for channel, weight in zip(alike.channels, weights, strict=True):
                    if weight:
                        orders, worth = sums.get((name, channel, currency), (Fraction(0), Fraction(0)))
                        part = Fraction(weight, total)
                        sums[name, channel, currency] = orders + part * alike.order_count, worth + part * alike.base
        return tuple(ModelCredit(*key, *credited) for key, credited in sorted(sums.items()))

    def removal(self, left: Iterable[tuple[Sequence[Channel], int]]) -> Removal:
        """The chain over the journeys that ended in an order and those that `left`, each with how often it was seen."""
        paths: dict[tuple[Channel, ...], list[int]] = defaultdict(lambda: [0, 0])
        for path, count in self._bought.items():
            paths[path][0] += count
        for channels, count in left:
            paths[tuple(channels)][1] += count
        if not paths:
            return Removal(Fraction(0), (), "Nobody met an employee in this time.")
        if len({channel for path in paths for channel in path}) > CHANNELS_MAX:
            return Removal(Fraction(0), (), f"There are more than {CHANNELS_MAX} channels; look at a shorter time or at fewer employees.")
        found = removal_effects(Path(path, bought, nones) for path, (bought, nones) in paths.items())
        orders = found.share_out(self.order_count)
        losses = sorted((ChannelLoss(channel, effect, orders[channel]) for channel, effect in found.effects.items()), key=_by_channel)
        return Removal(found.base_rate, tuple(losses))


def _by_channel(loss: ChannelLoss) -> Channel:
    return loss.channel
