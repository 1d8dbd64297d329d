"""The lines of a month: exact, never past the cap, never below the minimum, and the same whatever way one counts."""

import itertools
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from billing.contract_terms import ContractTerms, Lift, Tiers, TierStep
from billing.money import share_of
from billing.revenue_share.governed import GovernedTime, governed_time, pro_rata
from billing.revenue_share.period_lines import LiftAmount, PeriodFacts, bands_of, period_lines, total_minor
from billing.revenue_share.periods import period_of

WHOLE = GovernedTime(2_592_000, 2_592_000)
NOVEMBER = period_of(datetime(2026, 11, 20, tzinfo=UTC), "UTC")
many = settings(max_examples=500, deadline=None)

rates = st.integers(0, 1_000_000)
amounts = st.integers(1, 10**9)


@st.composite
def tiers(draw: st.DrawFn, kind: str | None = None, *, rising_from: int | None = None) -> Tiers:
    starts = sorted(draw(st.sets(amounts, min_size=1, max_size=5)))
    chosen = kind or draw(st.sampled_from(["marginal", "volume"]))
    shares = draw(st.lists(rates, min_size=len(starts), max_size=len(starts)))
    if chosen == "volume" or rising_from is not None:
        shares = sorted(max(share, rising_from or 0) for share in shares)
    return Tiers(kind=chosen, steps=tuple(TierStep(from_minor=start, share_ppm=share) for start, share in zip(starts, shares, strict=True)))


@st.composite
def governed(draw: st.DrawFn) -> GovernedTime:
    month = draw(st.integers(28, 31)) * 86_400
    part = draw(st.one_of(st.just(month), st.integers(1, month)))
    return GovernedTime(month, part, draw(st.one_of(st.just(0), st.integers(0, part))))


def terms_of(**clauses: object) -> ContractTerms:
    return ContractTerms.model_validate({"currency": "EUR", "share_ppm": 0} | clauses)


@st.composite
def month(draw: st.DrawFn) -> tuple[ContractTerms, PeriodFacts]:
    base = draw(rates)
    low, high = sorted(draw(st.tuples(amounts, amounts)))
    terms = terms_of(
        share_ppm=base,
        tiers=draw(st.one_of(st.none(), tiers(rising_from=base))),
        cap_minor=draw(st.one_of(st.none(), st.just(high))),
        minimum_minor=draw(st.one_of(st.none(), st.just(low))),
    )
    turnover = draw(st.integers(0, 10**10))
    facts = PeriodFacts(turnover, share_of(turnover, base) + draw(st.integers(0, 10**7)), draw(governed()), is_final=draw(st.booleans()))
    return terms, facts


@given(month())
@many
def test_the_cap_is_never_passed_and_the_minimum_is_reached(case: tuple[ContractTerms, PeriodFacts]) -> None:
    terms, facts = case
    lines = period_lines(terms, facts)
    by_kind = {line.kind: line for line in lines}
    total, time = total_minor(facts, lines), facts.time
    if terms.cap_minor is not None:
        cap = pro_rata(terms.cap_minor, time.governed_seconds, time.month_seconds)
        assert total - (by_kind["minimum"].target_minor if "minimum" in by_kind else 0) <= cap
        assert total <= cap or by_kind["minimum"].target_minor == 0
        assert by_kind["cap"].target_minor <= 0
    if terms.minimum_minor is not None:
        least = pro_rata(terms.minimum_minor, time.served_seconds, time.month_seconds)
        assert by_kind["minimum"].working["minimum_minor"] == least
        if facts.is_final:
            assert total >= least
        else:
            assert by_kind["minimum"].target_minor == 0
    assert all(line.why.endswith(".") for line in lines)
    assert period_lines(terms, facts) == lines


@given(tiers(), rates, st.integers(0, 10**10), governed())
@many
def test_bands_hold_all_of_the_turnover_and_the_tier_line_is_their_exact_sum(
    steps: Tiers, base: int, turnover: int, time: GovernedTime
) -> None:
    assume(steps.kind == "marginal" or base <= steps.steps[0].share_ppm)
    terms = terms_of(share_ppm=base, tiers=steps)
    bands = bands_of(terms, turnover, time)
    assert sum(band.turnover_minor for band in bands) == turnover
    (line,) = period_lines(terms, PeriodFacts(turnover, 0, time))
    exact = sum(Fraction(band.turnover_minor * (band.rate_ppm - base), 1_000_000) for band in bands)
    assert abs(line.target_minor - exact) <= Fraction(1, 2)
    if turnover < bands[1].from_minor:
        assert line.target_minor == 0
        assert "stay below the first step" in line.why
    elif steps.kind == "volume":
        assert len([band for band in bands if band.turnover_minor]) <= 1
    else:
        assert all(band.turnover_minor == later.from_minor - band.from_minor for band, later in itertools.pairwise(bands)
                   if later.turnover_minor)  # fmt: skip


@given(month(), st.integers(0, 10**8))
@many
def test_more_sales_never_pay_less(case: tuple[ContractTerms, PeriodFacts], more: int) -> None:
    terms, facts = case
    extra = facts.subtotal_minor - share_of(facts.turnover_minor, terms.share_ppm)
    sold = facts.turnover_minor + more
    richer = PeriodFacts(sold, share_of(sold, terms.share_ppm) + extra, facts.time, is_final=facts.is_final)
    assert total_minor(richer, period_lines(terms, richer)) >= total_minor(facts, period_lines(terms, facts))


@given(st.lists(st.integers(0, 30 * 86_400), min_size=0, max_size=4), st.lists(st.tuples(st.integers(-(9**6), 9**7), st.integers(0, 9**6))))
@many
def test_versions_that_share_a_month_govern_all_of_it_together(cuts: list[int], lost: list[tuple[int, int]]) -> None:
    start, half = NOVEMBER.start, timedelta(microseconds=500_000)
    moments = [start - timedelta(days=1), *(start + timedelta(seconds=cut) + half for cut in sorted(cuts)), None]
    outages = [(start + timedelta(seconds=at), start + timedelta(seconds=at + length)) for at, length in lost]
    parts = [governed_time(NOVEMBER, first, last, outages) for first, last in itertools.pairwise(moments) if first]
    whole = governed_time(NOVEMBER, NOVEMBER.start, NOVEMBER.end, reversed(outages))
    assert sum(part.governed_seconds for part in parts) == whole.governed_seconds == whole.month_seconds
    assert sum(part.outage_seconds for part in parts) == whole.outage_seconds <= whole.month_seconds
    doubled = governed_time(NOVEMBER, NOVEMBER.start, None, outages + outages)
    assert (doubled, doubled.served_seconds) == (whole, whole.month_seconds - whole.outage_seconds)


def test_a_version_of_another_month_governs_nothing() -> None:
    assert governed_time(NOVEMBER, NOVEMBER.end, None, [(NOVEMBER.start, NOVEMBER.end)]) == GovernedTime(2_592_000, 0, 0)
    assert governed_time(NOVEMBER, NOVEMBER.start - timedelta(9), NOVEMBER.start - timedelta(1)).governed_seconds == 0


def test_a_month_by_hand() -> None:
    marginal = Tiers(
        kind="marginal", steps=(TierStep(from_minor=1_000_000, share_ppm=100_000), TierStep(from_minor=2_000_000, share_ppm=120_000))
    )
    terms = terms_of(share_ppm=80_000, tiers=marginal, cap_minor=200_000, minimum_minor=50_000)
    facts = PeriodFacts(2_500_000, 200_000, WHOLE)
    tier, cap, minimum = period_lines(terms, facts)
    assert (tier.target_minor, cap.target_minor, minimum.target_minor) == (40_000, -40_000, 0)
    assert tier.why == (
        "Of the month's sales of 25000.00 EUR, 10000.00 EUR earn 10 % and 5000.00 EUR earn 12 %: 400.00 EUR more than at 8 %."
    )
    assert tier.working["bands"] == [[0, 80_000, 1_000_000], [1_000_000, 100_000, 1_000_000], [2_000_000, 120_000, 500_000]]
    assert "400.00 EUR, stays with the shop" in cap.why
    assert "when it closes" in minimum.why

    volume = terms.model_copy(update={"tiers": marginal.model_copy(update={"kind": "volume"}), "cap_minor": None})
    assert period_lines(volume, facts)[0].target_minor == 100_000
    assert period_lines(volume, facts)[0].working["bands"][-1] == [2_000_000, 120_000, 2_500_000]


def test_a_quiet_half_month_with_an_outage_is_filled_up_to_its_part_of_the_minimum() -> None:
    terms = terms_of(share_ppm=80_000, cap_minor=100_000, minimum_minor=30_000)
    half = GovernedTime(2_592_000, 1_296_000, 86_400)
    cap, minimum = period_lines(terms, PeriodFacts(10_000, 800, half, is_final=True))
    assert (cap.target_minor, cap.working["cap_minor"]) == (0, 50_000)
    assert (minimum.target_minor, minimum.working["minimum_minor"]) == (13_200, 14_000)
    assert "the contract governs 50 % of the month; 86400 seconds of outage do not count" in minimum.why
    assert "reaches the guaranteed minimum" in period_lines(terms, PeriodFacts(10**6, 80_000, half, is_final=True))[1].why


def test_falling_marginal_tiers_take_back_and_lift_stands_under_the_cap() -> None:
    falling = Tiers(kind="marginal", steps=(TierStep(from_minor=10_000, share_ppm=50_000),))
    (line,) = period_lines(terms_of(share_ppm=80_000, tiers=falling), PeriodFacts(30_000, 2_400, WHOLE))
    assert (line.target_minor, "6.00 EUR less than at 8 %" in line.why) == (-600, True)
    lifted = terms_of(share_ppm=80_000, lift=Lift(share_ppm=100_000, basis="lower"), holdout_ppm=100_000, cap_minor=5_000)
    lift, cap = period_lines(lifted, PeriodFacts(0, 0, WHOLE, LiftAmount(7_000, "It added 700.00 EUR.", {"lower_minor": 70_000})))
    assert (lift.target_minor, lift.working["lower_minor"], cap.target_minor) == (7_000, 70_000, -2_000)
    assert bands_of(lifted, 500, WHOLE)[0].turnover_minor == 500
    assert [line.kind for line in period_lines(lifted, PeriodFacts(0, 0, WHOLE))] == ["cap"]
