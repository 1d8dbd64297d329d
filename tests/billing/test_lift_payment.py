"""What a contract on lift pays: a share of what is shown, never twice, never below zero, and nothing while nobody can tell."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.contract_terms import Lift
from billing.errors import ExperimentRefused
from billing.lift.outcomes import DayOfVisitors, months_of
from billing.lift.power import always_valid_visitors, one_look_visitors
from billing.lift.sequence import BUYERS_MIN, ArmSums, Cohort, compare
from billing.lift.verdict import LiftVerdict, lift_amount
from billing.plan_experiment import ExperimentWish, ShopFigures, figures_of, plan_experiment

LOWER = Lift(share_ppm=100_000, basis="lower")
POINT = Lift(share_ppm=100_000, basis="point")
many = settings(max_examples=200, deadline=None)


def buyers(count: int, worth: int, visitors: int) -> ArmSums:
    return ArmSums(visitors, count, count * worth, count * worth * worth)


def month(number: int, treated: ArmSums, holdout: ArmSums) -> Cohort:
    return Cohort(datetime(2026, number, 1, tzinfo=UTC), treated, holdout)


GOOD = buyers(1800, 5000, 9000), buyers(100, 5000, 1000)
BAD = buyers(500, 5000, 9000), buyers(100, 5000, 1000)


def lines(months: list[Cohort], lift: Lift) -> list[LiftVerdict]:
    """The verdict of each month when its turn comes."""
    return [lift_amount(months[: number + 1], lift, "EUR") for number in range(len(months))]


def test_a_gain_is_paid_on_the_lower_end_and_the_sentence_says_so() -> None:
    verdict = lift_amount([month(1, *GOOD)], LOWER, "EUR")
    effect = compare(*GOOD, 950_000)
    assert effect
    assert effect.low
    assert effect.estimate == 500
    assert verdict.amount_minor == round(effect.low * 9000 / 10)
    assert 0 < verdict.amount_minor < 450_000 == lift_amount([month(1, *GOOD)], POINT, "EUR").amount_minor
    assert verdict.is_told
    assert "9000 visitors who met the employee and 1000 who did not" in verdict.sentence
    assert "added 5.00 EUR a visitor; with 95 % confidence" in verdict.sentence
    assert "pays 10 % of the lower end" in verdict.sentence


def test_nothing_is_paid_while_nobody_can_tell() -> None:
    nobody = lift_amount([month(1, ArmSums(), ArmSums())], LOWER, "EUR")
    assert (nobody.amount_minor, nobody.is_told, nobody.working["effect_per_visitor"]) == (0, False, None)
    assert nobody.sentence.startswith("Nothing can be told")
    few = lift_amount([month(1, buyers(100, 5000, 900), buyers(BUYERS_MIN - 1, 100, 100))], POINT, "EUR")
    assert (few.amount_minor, few.is_told) == (0, False)
    assert few.sentence.startswith("It is too early to tell")
    assert few.working["effect_per_visitor"]["low"] is None
    unsure = month(1, buyers(1000, 5000, 9000), buyers(105, 5000, 1000))
    assert lift_amount([unsure], LOWER, "EUR").amount_minor == 0
    assert "cannot be told yet" in lift_amount([unsure], LOWER, "EUR").sentence


def test_a_bad_month_is_made_good_before_more_is_paid() -> None:
    months = [month(1, *GOOD), month(2, *BAD), month(3, *GOOD)]
    for lift in (LOWER, POINT):
        first, second, third = (verdict.amount_minor for verdict in lines(months, lift))
        assert first > second == 0
        assert third < first
    paid = sum(verdict.amount_minor for verdict in lines(months, POINT))
    assert paid == max(450_000, round(27_000 * (4100 / 27_000 - 0.1) * 5000 / 10))


ARMS = st.tuples(st.integers(0, 400), st.integers(0, 10_000), st.integers(0, 3000)).map(lambda one: buyers(one[0], one[1], one[0] + one[2]))
MONTHS = st.lists(st.tuples(ARMS, ARMS), min_size=1, max_size=6)


@many
@given(MONTHS, st.sampled_from([LOWER, POINT]))
def test_lines_add_up_to_the_mark_and_never_take_back(arms: list[tuple[ArmSums, ArmSums]], lift: Lift) -> None:
    months = [month(number, *both) for number, both in enumerate(arms, start=1)]
    verdicts = lines(months, lift)
    assert all(verdict.amount_minor >= 0 for verdict in verdicts)
    assert sum(verdict.amount_minor for verdict in verdicts) == verdicts[-1].working["mark_minor"]
    assert [verdict.working["mark_before_minor"] for verdict in verdicts[1:]] == [one.working["mark_minor"] for one in verdicts[:-1]]
    assert all(verdict == again for verdict, again in zip(verdicts, lines(months, lift), strict=True))


@many
@given(MONTHS)
def test_the_lower_end_never_pays_more_than_the_estimate(arms: list[tuple[ArmSums, ArmSums]]) -> None:
    months = [month(number, *both) for number, both in enumerate(arms, start=1)]
    assert lift_amount(months, LOWER, "EUR").working["mark_minor"] <= lift_amount(months, POINT, "EUR").working["mark_minor"]


def test_days_fold_into_the_months_of_the_contracts_zone() -> None:
    days = [DayOfVisitors(datetime(2026, 11, day, tzinfo=UTC).date(), buyers(1, day, 2), buyers(0, 0, 1)) for day in (1, 30)]
    december = datetime(2026, 11, 30, 23, tzinfo=UTC)
    november, empty = months_of(days, "Europe/Vienna", [december])
    assert (november.period_start, november.treated) == (datetime(2026, 10, 31, 23, tzinfo=UTC), ArmSums(4, 2, 31, 901))
    assert empty == Cohort(december)


SHOP = ShopFigures(visitors_per_day=2000, conversion_ppm=20_000, order_worth_minor=5000, order_worth_deviation_minor=4000)


def test_a_plan_names_visitors_days_and_the_price_of_knowing() -> None:
    plan = plan_experiment(SHOP, ExperimentWish(300_000, holdout_ppm=200_000), currency="EUR", window_days=30)
    assert plan.always_valid_visitors > plan.one_look_visitors
    assert plan.always_valid_days == -(-plan.always_valid_visitors // 2000) + 30
    assert plan.days_even
    assert plan.days_even < plan.always_valid_days
    assert plan.forgone_minor == plan.always_valid_visitors // 5 * 30
    assert plan.sentence.startswith("With 2000 visitors a day, 2 % of whom buy for 50.00 EUR on average, and 20 % of visitors held out")
    assert f"is told within {plan.always_valid_days} days" in plan.sentence


def test_one_look_is_the_textbooks_formula() -> None:
    """Half and half, a tiny gain: n = (1.96 + 0.8416)^2 * 4 variance / effect^2."""
    shop, wish = ShopFigures(1000, 100_000, 10_000, 0), ExperimentWish(10_000, holdout_ppm=500_000)
    variance = 0.1 * 0.9 * 10_000**2
    assert one_look_visitors(shop, wish) == pytest.approx(2.801585**2 * 4 * variance / 10**2, rel=0.01)


@pytest.mark.parametrize(
    ("visitors_per_day", "wish", "way_out"),
    [
        (200, ExperimentWish(100_000), "Look for a larger gain, or pay by attribution."),
        (0, ExperimentWish(900_000), "Look for a larger gain, or pay by attribution."),
        (250, ExperimentWish(200_000), "With half of all visitors held out it would take"),
        (80, ExperimentWish(200_000, holdout_ppm=400_000), "One look, fixed in advance, would take"),
    ],
)
def test_a_plan_says_when_it_can_never_tell(visitors_per_day: int, wish: ExperimentWish, way_out: str) -> None:
    shop = ShopFigures(visitors_per_day, 20_000, 5000, 4000)
    plan = plan_experiment(shop, wish, currency="EUR")
    assert plan.always_valid_days is None
    assert "cannot be told at this shop's traffic" in plan.sentence
    assert way_out in plan.sentence


@many
@given(st.integers(1000, 900_000), st.integers(10_000, 400_000), st.integers(0, 20_000), st.integers(10_000, 900_000))
def test_a_larger_gain_never_takes_longer(conversion: int, lift: int, deviation: int, holdout: int) -> None:
    shop = ShopFigures(1000, conversion, 5000, deviation)
    wish, larger = (ExperimentWish(ppm, holdout_ppm=holdout) for ppm in (lift, lift * 2))
    if shop.conversion_ppm * (1_000_000 + larger.lift_ppm) <= 10**12:
        assert always_valid_visitors(shop, larger) <= always_valid_visitors(shop, wish)
        assert one_look_visitors(shop, wish) <= always_valid_visitors(shop, wish)


@pytest.mark.parametrize(
    ("shop", "wish", "sentence"),
    [
        (ShopFigures(-1, 20_000, 5000, 1), ExperimentWish(1), "zero or more"),
        (ShopFigures(1, 0, 5000, 1), ExperimentWish(1), "conversion"),
        (ShopFigures(1, 1, 0, 1), ExperimentWish(1), "more than 0"),
        (ShopFigures(1, 600_000, 5000, 1), ExperimentWish(900_000), "more visitors would buy"),
        (SHOP, ExperimentWish(0), "above 0"),
        (SHOP, ExperimentWish(1, holdout_ppm=0), "Hold out some"),
        (SHOP, ExperimentWish(1, confidence_ppm=1_000_000), "Confidence"),
        (SHOP, ExperimentWish(1, power_ppm=400_000), "chance to find"),
    ],
)
def test_figures_no_shop_can_have_are_refused(shop: ShopFigures, wish: ExperimentWish, sentence: str) -> None:
    with pytest.raises(ExperimentRefused, match=sentence):
        plan_experiment(shop, wish, currency="EUR")


def test_a_plan_may_start_from_the_shops_own_figures() -> None:
    assert figures_of(ArmSums(1000, 2, 8000, 4000**2 * 2 + 2 * 1000**2), 10) == ShopFigures(100, 2000, 4000, 1000)
    for nobody in ((ArmSums(1000), 10), (ArmSums(1000, 1, 1, 1), 0)):
        with pytest.raises(ExperimentRefused, match="Nobody has bought yet"):
            figures_of(*nobody)
