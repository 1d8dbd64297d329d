"""The lines of a whole month: what tiers add, what measured lift pays, what the cap takes, what the minimum fills up.

A pure function of a contract version's month: its sales, what its orders, royalties and bonuses earned, how much of the month it
governs. A part month has thresholds, cap and minimum in proportion. Every line is a cumulative target with the working from which
anyone can redo it; the book receives target minus what it already holds. All amounts are minor units of the contract's currency.

Working, by kind (each also carries month_seconds and governed_seconds):
- tier: tiers ("marginal" or "volume"), share_ppm, turnover_minor, bands [[from_minor, rate_ppm, turnover_in_band_minor], ...] with
  from_minor already pro rata. The target is round_half_even(sum of turnover_in_band * (rate - share_ppm) / 1_000_000).
- lift: whatever the measurement gives, and target_minor.
- cap: earned_minor (orders, royalties, bonuses, tier and lift together, less disputed_minor, which stands there only when disputes hold
  or gave back something), cap_minor pro rata. The target is -max(0, earned - cap).
- minimum: earned_minor (orders to lift, disputed or not, and the cap), outage_seconds, minimum_minor pro rata of governed - outage,
  is_final. The target is max(0, minimum - earned) once the month is being closed, 0 before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal

from billing.money import PARTS_PER_MILLION, Money
from billing.revenue_share.governed import GovernedTime, pro_rata
from billing.terms.percent import percent_text
from billing.terms.terms import ContractTerms

LineKind = Literal["tier", "lift", "cap", "minimum"]
LINE_KINDS: Final[tuple[LineKind, ...]] = ("tier", "lift", "cap", "minimum")


@dataclass(frozen=True, slots=True)
class LiftAmount:
    """What a contract on measured lift pays for the month, with the measurement's own sentence and working."""

    amount_minor: int
    sentence: str
    working: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """What the function looks at. `subtotal_minor` is what orders, royalties and bonuses earned; `turnover_minor` counts for tiers.

    `disputed_minor` is what disputes hold or gave back of the month: the cap looks at what is left.
    """

    turnover_minor: int
    subtotal_minor: int
    time: GovernedTime
    lift: LiftAmount | None = None
    is_final: bool = False
    disputed_minor: int = 0


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One line's cumulative target (negative for a cap), a sentence, and what one needs to redo it."""

    kind: LineKind
    target_minor: int
    why: str
    working: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Band:
    """The turnover that lies in one band, and the band's rate."""

    from_minor: int
    rate_ppm: int
    turnover_minor: int


def period_lines(terms: ContractTerms, facts: PeriodFacts) -> tuple[PeriodLine, ...]:
    """Every line the contract has for the month, in the sequence they build on each other: tier, lift, cap, minimum."""
    lines: list[PeriodLine] = []
    if terms.tiers is not None:
        lines.append(_tier_line(terms, facts))
    if terms.lift is not None and facts.lift is not None:
        working = {**_time(facts), **facts.lift.working, "target_minor": facts.lift.amount_minor}
        lines.append(PeriodLine("lift", facts.lift.amount_minor, facts.lift.sentence, working))
    earned = facts.subtotal_minor + sum(line.target_minor for line in lines)
    if terms.cap_minor is not None:
        lines.append(_cap_line(terms, facts, terms.cap_minor, earned - facts.disputed_minor))
        earned += lines[-1].target_minor
    if terms.minimum_minor is not None:
        lines.append(_minimum_line(terms, facts, terms.minimum_minor, earned))
    return tuple(lines)


def total_minor(facts: PeriodFacts, lines: tuple[PeriodLine, ...]) -> int:
    """What the month pays in all."""
    return facts.subtotal_minor + sum(line.target_minor for line in lines)


def bands_of(terms: ContractTerms, turnover_minor: int, time: GovernedTime) -> tuple[Band, ...]:
    """How a month's turnover lies in the tiers, the first band at the contract's own rate.

    Marginal tiers divide the turnover among the bands; volume tiers put all of it into the highest band it reaches.
    """
    if terms.tiers is None:
        return (Band(0, terms.share_ppm, turnover_minor),)
    steps = [(pro_rata(step.from_minor, time.governed_seconds, time.month_seconds), step.share_ppm) for step in terms.tiers.steps]
    starts = [(0, terms.share_ppm), *steps]
    if terms.tiers.kind == "volume":
        reached = max(number for number, (start, _) in enumerate(starts) if start <= max(0, turnover_minor))
        return tuple(Band(start, rate, turnover_minor if number == reached else 0) for number, (start, rate) in enumerate(starts))
    ends = [*(start for start, _ in starts[1:]), max(turnover_minor, starts[-1][0])]
    return tuple(Band(start, rate, max(0, min(turnover_minor, end) - start)) for (start, rate), end in zip(starts, ends, strict=True))


def _tier_line(terms: ContractTerms, facts: PeriodFacts) -> PeriodLine:
    assert terms.tiers is not None  # noqa: S101 - period_lines asked first
    bands = bands_of(terms, facts.turnover_minor, facts.time)
    above = sum(band.turnover_minor * (band.rate_ppm - terms.share_ppm) for band in bands)
    target = round(Fraction(above, PARTS_PER_MILLION))
    working = {
        **_time(facts), "tiers": terms.tiers.kind, "share_ppm": terms.share_ppm, "turnover_minor": facts.turnover_minor,
        "bands": [[band.from_minor, band.rate_ppm, band.turnover_minor] for band in bands],
    }  # fmt: skip
    return PeriodLine("tier", target, _tier_sentence(terms, facts, bands, target), working)


def _tier_sentence(terms: ContractTerms, facts: PeriodFacts, bands: tuple[Band, ...], target: int) -> str:
    sold = Money(facts.turnover_minor, terms.currency)
    reached = [band for band in bands[1:] if band.turnover_minor]
    if not reached:
        return f"The month's sales of {sold} stay below the first step of the tiers, {Money(bands[1].from_minor, terms.currency)}."
    parts = " and ".join(f"{Money(band.turnover_minor, terms.currency)} earn {percent_text(band.rate_ppm)}" for band in reached)
    change = f"{Money(abs(target), terms.currency)} {'less' if target < 0 else 'more'}"
    return f"Of the month's sales of {sold}, {parts}: {change} than at {percent_text(terms.share_ppm)}."


def _cap_line(terms: ContractTerms, facts: PeriodFacts, cap_minor: int, earned: int) -> PeriodLine:
    cap = pro_rata(cap_minor, facts.time.governed_seconds, facts.time.month_seconds)
    target = -max(0, earned - cap)
    limit = f"the cap of {Money(cap, terms.currency)}{_part(facts)}"
    working = {**_time(facts), "earned_minor": earned, "cap_minor": cap}
    month = "The month"
    if facts.disputed_minor:
        working["disputed_minor"] = facts.disputed_minor
        month = f"Without {Money(facts.disputed_minor, terms.currency)} held or given back in disputes, the month"
    if target:
        why = f"{month} earned {Money(earned, terms.currency)}; what passes {limit}, {Money(-target, terms.currency)}, stays with the shop."
    else:
        why = f"{month} earned {Money(earned, terms.currency)}, which does not pass {limit}."
    return PeriodLine("cap", target, why, working)


def _minimum_line(terms: ContractTerms, facts: PeriodFacts, minimum_minor: int, earned: int) -> PeriodLine:
    time = facts.time
    minimum = pro_rata(minimum_minor, time.served_seconds, time.month_seconds)
    target = max(0, minimum - earned) if facts.is_final else 0
    guaranteed = f"the guaranteed minimum of {Money(minimum, terms.currency)}{_part(facts, time.outage_seconds)}"
    working = {
        **_time(facts), "outage_seconds": time.outage_seconds, "earned_minor": earned, "minimum_minor": minimum,
        "is_final": facts.is_final,
    }  # fmt: skip
    if target:
        why = f"The month earned {Money(earned, terms.currency)}; {Money(target, terms.currency)} fill it up to {guaranteed}."
    elif facts.is_final:
        why = f"The month earned {Money(earned, terms.currency)}, which reaches {guaranteed}."
    else:
        why = f"The month is still open; {guaranteed} is looked at when it closes."
    return PeriodLine("minimum", target, why, working)


def _part(facts: PeriodFacts, outage_seconds: int = 0) -> str:
    """Why a threshold is not the contract's round figure."""
    time = facts.time
    reasons = []
    if time.governed_seconds < time.month_seconds:
        reasons.append(f"the contract governs {percent_text(time.governed_seconds * PARTS_PER_MILLION // time.month_seconds)} of the month")
    if outage_seconds:
        reasons.append(f"{outage_seconds} seconds of outage do not count")
    return f" ({'; '.join(reasons)})" if reasons else ""


def _time(facts: PeriodFacts) -> dict[str, Any]:
    return {"month_seconds": facts.time.month_seconds, "governed_seconds": facts.time.governed_seconds}
