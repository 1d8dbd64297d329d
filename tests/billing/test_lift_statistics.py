"""The arithmetic under the comparison: exact sums, known constants, and the same digits on every machine."""

import math
from decimal import Decimal, getcontext, localcontext
from fractions import Fraction
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.lift.decimals import normal_below, normal_quantile, poisson_at_most, shown, whole
from billing.lift.sequence import BUYERS_MIN, TIGHTEST_AT_VISITORS, ArmSums, always_width, compare, one_look_width, standard_error
from billing.read_lift import compare_arms

WORTHS = st.lists(st.integers(0, 10**7), min_size=1, max_size=30)
CONFIDENCES = st.sampled_from([500_000, 800_000, 900_000, 950_000, 990_000, 999_999])
many = settings(max_examples=300, deadline=None)


def arm_of(worths: list[int], idle: int = 0) -> ArmSums:
    buyers = [worth for worth in worths if worth]
    return ArmSums(len(worths) + idle, len(buyers), sum(buyers), sum(worth * worth for worth in buyers))


@many
@given(WORTHS)
def test_mean_and_variance_are_the_textbooks(worths: list[int]) -> None:
    arm, count = arm_of(worths), len(worths)
    mean = Fraction(sum(worths), count)
    variance = sum((worth - mean) ** 2 for worth in worths) / count
    assert abs(Fraction(arm.mean) - mean) <= abs(mean) * Fraction(1, 10**30)
    assert abs(Fraction(arm.variance) - variance) <= variance * Fraction(1, 10**30)


@many
@given(WORTHS, WORTHS, st.integers(0, 50))
def test_sums_know_no_sequence(first: list[int], second: list[int], cut: int) -> None:
    together = first + second
    assert arm_of(first) + arm_of(second) == arm_of(sorted(together)) == arm_of(together[cut:]) + arm_of(together[:cut])


@many
@given(WORTHS, WORTHS, st.integers(0, 10_000), CONFIDENCES)
def test_the_interval_holds_its_estimate_and_turns_with_the_arms(met: list[int], not_met: list[int], idle: int, confidence: int) -> None:
    treated, holdout = arm_of(met * BUYERS_MIN, idle), arm_of(not_met * BUYERS_MIN, idle)
    one, other = compare(treated, holdout, confidence), compare(holdout, treated, confidence)
    assert one
    assert other
    assert one.estimate == other.estimate.copy_negate()
    if one.low is not None and one.high is not None and other.high is not None:
        assert one.low <= one.estimate <= one.high
        assert one.low == other.high.copy_negate()
        assert one.high - one.estimate >= one.one_look_radius
        assert one.is_told == (one.low > 0 or one.high < 0)


@many
@given(st.integers(1, 10**9), CONFIDENCES)
def test_more_confidence_is_wider_and_never_narrower_than_one_look(visitors: int, confidence: int) -> None:
    assert always_width(visitors, confidence) > one_look_width(confidence)
    assert always_width(visitors, confidence) > always_width(visitors, confidence - 1)


@pytest.mark.parametrize("visitors", [1, 500, 10_000, 50_000, 10**6])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_the_width_is_the_papers(visitors: int, confidence: float) -> None:
    """Theorem 2.2 of the source, written down again in binary numbers."""
    error_rate = 1 - confidence
    rho_squared = (-2 * math.log(error_rate) + math.log(-2 * math.log(error_rate)) + 1) / TIGHTEST_AT_VISITORS
    grown = visitors * rho_squared + 1
    radius = math.sqrt(2 * grown / (visitors**2 * rho_squared) * math.log(math.sqrt(grown) / error_rate))
    assert math.isclose(float(always_width(visitors, round(confidence * 1e6))), radius * math.sqrt(visitors), rel_tol=1e-9)


def test_the_sequence_is_narrowest_about_where_it_was_tuned() -> None:
    widths = {visitors: always_width(visitors, 950_000) for visitors in range(10_000, 200_001, 2_000)}
    assert min(widths, key=lambda visitors: widths[visitors]) == pytest.approx(TIGHTEST_AT_VISITORS, rel=0.1)


def test_nothing_is_told_of_an_empty_arm_or_of_few_buyers() -> None:
    many_buyers, few = arm_of([100] * 40, 400), arm_of([100] * (BUYERS_MIN - 1), 400)
    assert compare(many_buyers, ArmSums(), 950_000) is None
    assert compare(ArmSums(), many_buyers, 950_000) is None
    early = compare(many_buyers, few, 950_000)
    assert early
    assert (early.low, early.high, early.is_told) == (None, None, False)
    assert early.one_look_radius > 0
    assert compare_arms(many_buyers, few) == early


def test_a_small_arm_without_large_baskets_does_not_pass_for_sure() -> None:
    treated, lucky = arm_of([100] * 900 + [50_000] * 10, 9000), arm_of([100] * 90, 910)
    own = (treated.variance / treated.visitors + lucky.variance / lucky.visitors).sqrt()
    assert standard_error(treated, lucky) > 2 * own
    found = compare(treated, lucky, 950_000)
    assert found
    assert not found.is_told


def test_the_callers_precision_changes_no_digit() -> None:
    treated, holdout = arm_of([123, 457, 991] * 31, 977), arm_of([122, 459, 997] * 29, 311)
    expected = compare(treated, holdout, 900_000), poisson_at_most(7, Decimal("9.3")), normal_quantile.__wrapped__(Decimal("0.9"))  # type: ignore[attr-defined]
    with localcontext() as context:
        context.prec = 6
        always_width.cache_clear()
        one_look_width.cache_clear()
        again = compare(treated, holdout, 900_000), poisson_at_most(7, Decimal("9.3")), normal_quantile.__wrapped__(Decimal("0.9"))  # type: ignore[attr-defined]
        assert getcontext().prec == 6
    assert again == expected


@pytest.mark.parametrize("deviations", ["-6", "-1.5", "0", "0.1", "1.959963984540054", "5.5", "11"])
def test_normal_probabilities_are_the_librarys(deviations: str) -> None:
    below = normal_below(Decimal(deviations))
    assert math.isclose(float(below), NormalDist().cdf(float(deviations)), rel_tol=1e-9, abs_tol=1e-15)


def test_normal_edges_and_quantiles() -> None:
    assert (normal_below(Decimal(13)), normal_below(Decimal(-13))) == (1, 0)
    for probability in ("0.5", "0.500001", "0.8", "0.975", "0.9999995"):
        assert math.isclose(float(normal_quantile(Decimal(probability))), NormalDist().inv_cdf(float(probability)), abs_tol=1e-9)
    assert str(one_look_width(950_000)).startswith("1.95996398454005423552")


@pytest.mark.parametrize(("count", "expected"), [(0, "2.5"), (3, "10.5"), (40, "22.75"), (5, "0")])
def test_poisson_tails_are_the_sum_they_are(count: int, expected: str) -> None:
    mean = float(expected)
    by_hand = sum(math.exp(-mean) * mean**number / math.factorial(number) for number in range(count + 1))
    assert math.isclose(float(poisson_at_most(count, Decimal(expected))), by_hand, rel_tol=1e-12)
    assert poisson_at_most(10**4, Decimal(1)) == 1


def test_decimals_are_written_for_people() -> None:
    assert (whole(Decimal("2.5")), whole(Decimal("3.5")), whole(Decimal("-2.6"))) == (2, 4, -3)
    assert shown(Decimal("1E+3"), 1) == "1000.0"
    assert shown(Decimal("0.00000049")) == "0.000000"
