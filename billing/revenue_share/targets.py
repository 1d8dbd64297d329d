"""From credits to what each contract version owes for an order by now, rounded once and split so that nothing is lost. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import lcm
from typing import Final
from uuid import UUID

from billing.attribution.evidence import ContractInForce, Credit
from billing.contract_terms import ContractTerms
from billing.exchange.rates import Rate
from billing.money import AMOUNT_MINOR_MAX, PARTS_PER_MILLION, divide_half_even, split
from billing.orders.worth import ByRate, Worth

WEIGHT_TIMES_RATE: Final = 10**12
"""A weight and a rate are both parts per million."""

Part = tuple[Fraction | int, int, int]
"""(base in the order's currency, weight_ppm, rate_ppm)"""


@dataclass(frozen=True, slots=True)
class CreditTarget:
    """One credit, the rate it earns, why that rate, and the cumulative minor units it is worth in the contract's currency."""

    credit: Credit
    share_ppm: int
    rate_kind: str
    target_minor: int


@dataclass(frozen=True, slots=True)
class VersionTarget:
    """What one contract version owes for one order by now.

    `turnover_minor` is what counts towards its tiers. With an exchange `rate` the same share stands in `exchanged_minor` in the
    order's currency. `waits` says that the rate is not known yet, `is_beyond_reason` that the converted sale would pass what any order
    is worth; everything is 0 then. It is said and not raised: an order's rate may come long after the order, among many others'.
    """

    contract: ContractInForce
    parts: tuple[Part, ...]
    target_minor: int
    turnover_minor: int
    rate: Rate | None
    exchanged_minor: int
    waits: bool
    is_beyond_reason: bool
    credits: tuple[CreditTarget, ...]


def targets_of(
    credited: Sequence[Credit], worths: Mapping[UUID, Worth], *, occurred_at: datetime, currency: str, rates: Mapping[str, Rate]
) -> tuple[VersionTarget, ...]:
    """The cumulative target of every contract version that is credited, by version id.

    `worths` is the order's worth under each version's base rules; `rates` convert its currency, by the contract's currency.
    """
    own: dict[UUID, list[Credit]] = {}
    for credit in credited:
        own.setdefault(credit.candidate.contract.contract_version_id, []).append(credit)
    return tuple(_target(own[version], worths[version].by_rate, occurred_at, currency, rates) for version in sorted(own))


def _target(
    credited: Sequence[Credit], by_rate: ByRate, occurred_at: datetime, currency: str,
    rates: Mapping[str, Rate],
) -> VersionTarget:  # fmt: skip
    contract = credited[0].candidate.contract
    terms = contract.terms
    rated = [(credit, *_rate(credit, contract, occurred_at)) for credit in credited]
    rate = rates.get(terms.currency) if terms.currency != currency else None
    waits = terms.currency != currency and rate is None
    is_beyond = rate is not None and rate.convert(sum(base for _, base in by_rate)) > AMOUNT_MINOR_MAX
    if terms.lift is not None or waits or is_beyond or not by_rate:
        idle = tuple(CreditTarget(credit, 0 if terms.lift else share_ppm, kind, 0) for credit, share_ppm, kind in rated)
        return VersionTarget(contract, (), 0, 0, rate, 0, waits, is_beyond, idle)
    common = lcm(*(base.denominator for _, base in by_rate))  # 1 but for refunds by amount: whole numbers from here on are exact
    scaled = [(class_rate, base, base.numerator * (common // base.denominator)) for class_rate, base in by_rate]
    parts: list[Part] = []
    exact: list[int] = []
    turnover = 0
    for credit, share_ppm, kind in rated:
        weight_ppm, earned = credit.weight_ppm, 0
        for class_rate, base, scaled_base in scaled:
            rate_ppm = share_ppm if class_rate is None else class_rate
            parts.append((base, weight_ppm, rate_ppm))
            earned += scaled_base * weight_ppm * rate_ppm
            if class_rate is None and kind in ("own", "probation"):
                turnover += scaled_base * weight_ppm
        exact.append(earned)
    share, sold = (sum(exact), common * WEIGHT_TIMES_RATE), (turnover, common * PARTS_PER_MILLION)
    target_minor = _converted(*share, rate)
    exchanged_minor = divide_half_even(*share) if rate else 0
    return VersionTarget(
        contract, tuple(parts), target_minor, _converted(*sold, rate), rate, exchanged_minor, waits, is_beyond,
        _split(rated, exact, target_minor),
    )  # fmt: skip


def _converted(numerator: int, denominator: int, rate: Rate | None) -> int:
    """An exact amount in the contract's currency, rounded once."""
    return round(rate.convert(Fraction(numerator, denominator))) if rate else divide_half_even(numerator, denominator)


def _rate(credit: Credit, contract: ContractInForce, occurred_at: datetime) -> tuple[int, str]:
    """The rate of a credit where no product rule sets another, and what kind of rate it is."""
    terms: ContractTerms = contract.terms
    if credit.candidate.touch.work_id is not None and terms.royalty_share_ppm is not None:
        return terms.royalty_share_ppm, "royalty"
    if credit.rate_kind == "repeat" and terms.repeat is not None:
        return terms.repeat.share_ppm, "repeat"
    return own_rate(contract, occurred_at)


def own_rate(contract: ContractInForce, occurred_at: datetime) -> tuple[int, str]:
    """The contract's own rate for an order of this moment, and whether it is that of its probation. Both count towards tiers."""
    terms, begun = contract.terms, contract.starts_at
    if terms.probation is not None and begun is not None and occurred_at - begun < timedelta(days=terms.probation.days):
        return terms.probation.share_ppm, "probation"
    return terms.share_ppm, "own"


def _split(rated: Sequence[tuple[Credit, int, str]], exact: Sequence[int], target_minor: int) -> tuple[CreditTarget, ...]:
    """The target among the credits by what each contributed exactly; ties by touch."""
    if len(rated) == 1 or not any(exact):
        (first, share_ppm, kind), *others = rated
        return (
            CreditTarget(first, share_ppm, kind, target_minor),
            *(CreditTarget(credit, rate_ppm, other, 0) for credit, rate_ppm, other in others),
        )
    weights = {(str(rated[n][0].candidate.touch.touch_id), n): one for n, one in enumerate(exact)}
    minors = {number: minor for (_, number), minor in split(target_minor, weights).items()}
    return tuple(CreditTarget(credit, share_ppm, kind, minors[n]) for n, (credit, share_ppm, kind) in enumerate(rated))
