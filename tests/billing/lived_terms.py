"""Contracts as dice make them: every model, tiers of both kinds, caps, minimums, reserves, royalties, several payees, zones, currencies."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from billing.attribution.model_names import MODEL_SENTENCES
from billing.contract_terms import BaseRules, ContractTerms, Payee, Tiers, TierStep
from billing.terms.clauses import PLATFORM_ALONE, Probation, ProductRule, Repeat

START = datetime(2026, 9, 1, tzinfo=UTC)
ZONES = ("UTC", "Europe/Vienna", "America/New_York", "Pacific/Auckland")
SPLITS = (
    PLATFORM_ALONE,
    (
        Payee(key="platform", name="Tillhand", role="platform", part_ppm=666_667),
        Payee(key="face", name="Ida", role="likeness_owner", part_ppm=333_333),
    ),
    tuple(Payee(key=f"agency{n}", name=f"Agency {n}", role="agency", part_ppm=333_333 + (n == 2)) for n in range(3)),
)


@dataclass(frozen=True)
class Change:
    """A second contract of an employee, and when it takes over."""

    terms: ContractTerms
    starts_at: datetime


def rolled_terms(dice: Random) -> ContractTerms:
    """One contract. Volume tiers never fall and no minimum is above its cap, for such a contract would be refused."""
    share_ppm = dice.randrange(10_000, 200_000)
    cap_minor, minimum_minor = dice.choice([None, dice.randrange(300, 12_000)]), dice.choice([None, dice.randrange(100, 3_000)])
    return ContractTerms(
        currency=dice.choice(("EUR", "EUR", "USD", "JPY", "KWD")),
        share_ppm=share_ppm,
        attribution_model=dice.choice(list(MODEL_SENTENCES)),
        return_window_days=dice.choice((0, 14, 30)),
        soft_days=dice.choice((0, 5)),
        period_time_zone=dice.choice(ZONES),
        base=_base(dice),
        tiers=dice.choice([None, _tiers(dice, share_ppm)]),
        cap_minor=cap_minor,
        minimum_minor=min(minimum_minor, cap_minor or minimum_minor) if minimum_minor else None,
        bonuses=dice.choice([{}, {"lead": 333, "booking": 1_001}]),
        royalty_share_ppm=dice.choice([None, 150_001]),
        royalty_income_ppm=dice.choice([None, 70_007]),
        repeat=dice.choice([None, Repeat(days=60, share_ppm=20_001)]),
        reserve_ppm=dice.choice((0, 100_000, 333_333)),
        reserve_days=dice.choice((1, 30, 60)),
        probation=dice.choice([None, Probation(days=40, share_ppm=33_333)]),
        payees=dice.choice(SPLITS),
    )


def rolled_change(dice: Random, terms: ContractTerms, days: int) -> Change | None:
    """Half of all lives see new terms, on any day: only the currency and the zone of the months stay."""
    if dice.random() < 0.5:
        return None
    kept = {"currency": terms.currency, "period_time_zone": terms.period_time_zone}
    return Change(rolled_terms(dice).model_copy(update=kept), START + timedelta(days=dice.randrange(5, days)))


def rates_of_many_days() -> str:
    """A table with a rate for every day a life can touch, so that nothing waits for one."""
    rows = ["day,base,quote,rate,source"]
    for number in range(160):
        day = (START + timedelta(days=number)).date()
        rates = {"JPY": f"{160 + number % 9}", "USD": f"1.{100 + number % 37}", "KWD": f"0.3{30 + number % 7}"}
        rows += [f"{day},EUR,{quote},{rate},ecb" for quote, rate in rates.items()]
    return "\n".join(rows) + "\n"


def _base(dice: Random) -> BaseRules:
    by_product = (
        ProductRule(categories=("gifts",), counts=False),
        ProductRule(products=("oil",), share_ppm=dice.randrange(300_000)),
    )
    return BaseRules(
        exclude_tax=dice.random() < 0.7, exclude_shipping=dice.random() < 0.5, exclude_tips=dice.random() < 0.5,
        product_rules=dice.choice([(), by_product]),
    )  # fmt: skip


def _tiers(dice: Random, share_ppm: int) -> Tiers:
    kind = dice.choice(("marginal", "volume"))
    turnovers = sorted(dice.sample(range(500, 60_000), dice.randrange(1, 4)))
    rates = [dice.randrange(10_000, 300_000) for _ in turnovers]
    if kind == "volume":
        rates = sorted(max(rate, share_ppm) for rate in rates)
    return Tiers(kind=kind, steps=tuple(TierStep(from_minor=minor, share_ppm=rate) for minor, rate in zip(turnovers, rates, strict=True)))
