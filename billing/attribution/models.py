"""The ways to divide an order among the touches that count. The contract names one; its sentence stands in the contract's prose."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from billing.attribution import weights
from billing.attribution.asked import Counted
from billing.attribution.evidence import Candidate, Credit, Excluded
from billing.attribution.model_names import MODEL_SENTENCES, name_of
from billing.contract_terms import ContractTerms

Weigh = Callable[[Sequence[Counted], ContractTerms], list[int]]
_MICROSECOND: Final = timedelta(microseconds=1)
_MICROSECONDS_PER_DAY: Final = timedelta(days=1) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Model:
    """One way to divide an order.

    `weigh` takes the touches that count, oldest first, and gives exact proportions. A credit's sentence is that of its step when there
    is one, else `reason`, where `{count}` is how many touches counted; `passed_over` stands on those that count and get nothing.
    Unless it `looks_at_ages`, it sees no more than the steps and the employees, and no terms.
    """

    name: str
    weigh: Weigh
    reason: str
    passed_over: str
    step_reasons: Mapping[str, str] = field(default_factory=dict)
    looks_at_ages: bool = False

    @property
    def sentence(self) -> str:
        """The model in one plain sentence, as the contract says it."""
        return MODEL_SENTENCES[self.name]

    def parts_of(self, counted: Sequence[Counted], terms: ContractTerms) -> list[int]:
        """Parts per million for each touch, summing to 1_000_000; `counted` as in `divide`."""
        return weights.ppm_of(self.weigh(counted, terms), [one.touch.touch_id for one in counted])

    def divide(self, candidates: Sequence[Candidate], terms: ContractTerms) -> tuple[tuple[Credit, ...], list[Excluded]]:
        """Credits, heaviest first, that sum to 1_000_000 ppm, and the touches that count but get nothing.

        `candidates`: one or more, oldest first, ties by touch id.
        """
        parts = self.parts_of(candidates, terms)
        reason = self.reason.format(count=len(candidates)) if len(candidates) > 1 else "It is the only touch that counts."
        credited: list[Credit] = []
        passed_over: list[Excluded] = []
        for candidate, weight_ppm in zip(candidates, parts, strict=True):
            if weight_ppm:
                credited.append(Credit(candidate, weight_ppm, self.step_reasons.get(candidate.step, reason)))
            else:
                passed_over.append(Excluded(candidate.touch.touch_id, self.passed_over))
        if len(credited) > 1:
            credited.sort(key=lambda credit: -credit.weight_ppm)
        return tuple(credited), passed_over


def _steps(candidates: Sequence[Counted]) -> list[str]:
    return [candidate.step for candidate in candidates]


def _by_count(weigh: Callable[[int], list[int]]) -> Weigh:
    return lambda candidates, _: weigh(len(candidates))


def _by_age(candidates: Sequence[Counted], terms: ContractTerms) -> list[int]:
    latest = candidates[-1].touch.occurred_at
    ages = [(latest - candidate.touch.occurred_at) // _MICROSECOND for candidate in candidates]
    return weights.decay_half_life_weights(ages, terms.half_life_days * _MICROSECONDS_PER_DAY)


_STRONGEST_STEP: Final = {
    "coupon": "The order carries a coupon this employee handed out.",
    "link": "The buyer followed this employee's tracked link.",
    "conversation": "This employee was the last to talk with the buyer.",
    "view": "The buyer watched this employee's film before anything else counted.",
}
_SHARES: Final = "It is one of {count} touches that share the order"


def _winner_takes_all(name: str, weigh: Weigh, reason: str = "") -> Model:
    return Model(name, weigh, reason, f"Another touch comes first under the rule “{name_of(name)}”.", {} if reason else _STRONGEST_STEP)


def _shared(name: str, weigh: Weigh, reason: str, *, looks_at_ages: bool = False) -> Model:
    passed_over = f"Its part under the rule “{name_of(name)}” is less than a millionth of the order."
    return Model(name, weigh, _SHARES + reason, passed_over, looks_at_ages=looks_at_ages)


_ALL: Final = (
    _winner_takes_all("coupon_first", lambda touches, _: weights.coupon_first_weights(_steps(touches))),
    _winner_takes_all("link_first", lambda touches, _: weights.link_first_weights(_steps(touches))),
    _winner_takes_all("last", _by_count(weights.last_weights), "It was the last of {count} touches before the order."),
    _winner_takes_all("first", _by_count(weights.first_weights), "It was the first of {count} touches before the order."),
    _shared("linear", _by_count(weights.linear_weights), " equally."),
    _shared("position", _by_count(weights.position_weights), " by their place; the first and the last weigh most."),
    _shared("time_decay_step", _by_count(weights.decay_step_weights), ", each weighing half as much as the next."),
    _shared("time_decay_half_life", _by_age, ", the later ones weighing more.", looks_at_ages=True),
    Model(
        "set_shapley",
        lambda touches, _: weights.shapley_weights([candidate.touch.employee_id for candidate in touches]),
        "It is its employee's last of {count} touches; the employees who met the buyer share the order equally.",
        "Its employee's part goes to a later touch of the same employee.",
    ),
)

MODELS: Final[Mapping[str, Model]] = MappingProxyType({model.name: model for model in _ALL})
