"""Rates as pure arithmetic: exact quotients, exponents of 0, 2 and 3 digits, and files that are refused by name."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.currencies import EXPONENTS
from billing.errors import RateAlreadyPublished, RateImplausible, RateSeriesDiffers, RatesOutOfSequence, RatesUnreadable
from billing.exchange.published import ROWS_MAX, PublishedRate, Standing, new_rates, read_published
from billing.exchange.rates import BILLION, Leg, Rate, RateWanted, rate_from

DAY = date(2026, 11, 20)
HEADER = "day,base,quote,rate,source\n"


def leg(rate_e9: int, *, day: date = DAY, base: str = "EUR", source: str = "ecb") -> Leg:
    return Leg(base, day, rate_e9, source)


def cross(base: str, quote: str, **legs: int) -> Rate | None:
    return rate_from(RateWanted(DAY, base, quote), {(currency, DAY): leg(rate) for currency, rate in legs.items()})


def test_a_published_rate_is_taken_as_it_is():
    assert cross("EUR", "USD", USD=1_082_300_000) == Rate(DAY, "EUR", "USD", 1_082_300_000, "ecb")


def test_the_way_back_is_the_exact_quotient_rounded_once():
    assert cross("USD", "EUR", USD=1_082_300_000) == Rate(DAY, "USD", "EUR", round(Fraction(BILLION * 10, 10823) * 1000), "ecb")


def test_a_cross_rate_goes_through_the_base_and_names_both_sources_and_the_earlier_day():
    legs = {("USD", DAY): leg(1_082_300_000), ("KWD", DAY): leg(332_000_000, day=DAY - timedelta(days=1), source="cbk")}
    rate = rate_from(RateWanted(DAY, "USD", "KWD"), legs)
    assert rate == Rate(DAY - timedelta(days=1), "USD", "KWD", round(Fraction(332_000_000, 1_082_300_000) * BILLION), "cbk+ecb")


def test_half_a_billionth_goes_to_the_even_neighbour():
    assert cross("USD", "EUR", USD=2 * BILLION * BILLION // 5) == Rate(DAY, "USD", "EUR", 2, "ecb")  # 2.5
    assert cross("USD", "EUR", USD=2 * BILLION * BILLION // 7) == Rate(DAY, "USD", "EUR", 4, "ecb")  # 3.5


def test_one_currency_needs_no_table():
    assert cross("EUR", "EUR") == Rate(DAY, "EUR", "EUR", BILLION, "same currency")


@pytest.mark.parametrize(
    ("base", "quote", "legs"), [("USD", "EUR", {}), ("USD", "KWD", {"USD": BILLION}), ("KWD", "USD", {"USD": BILLION})]
)
def test_a_missing_leg_makes_no_rate(base, quote, legs):
    assert cross(base, quote, **legs) is None


def test_a_rate_below_a_billionth_is_none():
    assert cross("IRR", "EUR", IRR=3 * BILLION * BILLION) is None


@pytest.mark.parametrize(
    ("base", "quote", "rate_e9", "amount_minor", "converted"),
    [
        ("USD", "EUR", 923_000_000, 10_000, Fraction(9_230)),
        ("JPY", "EUR", 6_160_000, 1_000, Fraction(616)),
        ("EUR", "JPY", 162_350_000_000, 1_234, Fraction("2003.399")),
        ("KWD", "EUR", 3_012_000_000, 1_001, Fraction("301.5012")),
        ("JPY", "KWD", 2_045_000, 1_000, Fraction(2_045)),
        ("EUR", "CLF", 26_000_000, 100, Fraction("260")),
    ],
)
def test_amounts_convert_exactly_across_exponents(base, quote, rate_e9, amount_minor, converted):
    assert Rate(DAY, base, quote, rate_e9, "ecb").convert(amount_minor) == converted


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(sorted(EXPONENTS)), st.sampled_from(sorted(EXPONENTS)),
    st.integers(10**6, 10**13), st.integers(10**6, 10**13), st.integers(0, 10**12),
)  # fmt: skip
def test_any_cross_rate_is_within_half_a_billionth_of_the_exact_one(one, other, per_one, per_other, amount_minor):
    legs = {(currency, DAY): leg(rate) for currency, rate in ((one, per_one), (other, per_other)) if currency != "EUR"}
    rate = rate_from(RateWanted(DAY, one, other), legs)
    if one == other:
        assert rate is not None
        assert rate.convert(amount_minor) == amount_minor
        return
    exact = Fraction(BILLION if other == "EUR" else per_other, BILLION if one == "EUR" else per_one) * BILLION
    if rate is None:
        assert exact <= Fraction(1, 2)
        return
    assert abs(rate.rate_e9 - exact) <= Fraction(1, 2)
    shift = EXPONENTS[other] - EXPONENTS[one]
    assert rate.convert(amount_minor) == Fraction(amount_minor * rate.rate_e9, BILLION) * Fraction(10) ** shift


def one_rate(day: str = "2026-11-20", rate: str = "1.0823", *, base: str = "EUR", quote: str = "USD", source: str = "ecb") -> PublishedRate:
    (found,) = read_published(f"{HEADER}{day},{base},{quote},{rate},{source}\n", today=DAY)
    return found


def standing(*rates: PublishedRate) -> Standing:
    newest = {rate.quote: rate for rate in sorted(rates, key=lambda rate: rate.day)}
    return Standing(newest, {(rate.quote, rate.day): rate for rate in rates})


def test_a_file_is_read_in_the_sequence_of_its_days():
    text = f"\ufeff{HEADER}2026-11-20,EUR,USD,1.0823,ecb\n\n2026-11-19,EUR,JPY,162,ecb\n2026-11-19, EUR ,IDR,17000.123456789,ecb\n"
    assert read_published(text, today=DAY) == (
        PublishedRate(date(2026, 11, 19), "EUR", "IDR", 17_000_123_456_789, "ecb"),
        PublishedRate(date(2026, 11, 19), "EUR", "JPY", 162 * BILLION, "ecb"),
        PublishedRate(DAY, "EUR", "USD", 1_082_300_000, "ecb"),
    )


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2026-11-20,EUR,USD,1.0823", "Line 2 has 4 values"),
        ("2026-11-20,EUR,XXX,1.0823,ecb", "Line 2: 'XXX' is not a currency"),
        ("2026-11-20,eur,USD,1.0823,ecb", "Line 2: 'eur'"),
        ("20 November,EUR,USD,1.0823,ecb", "Line 2: Invalid isoformat"),
        ("20261120,EUR,USD,1.0823,ecb", "Line 2 needs a day"),
        ('2026-11-20,EUR,USD,"1,0823",ecb', "Line 2 needs a day"),
        ("2026-11-20,EUR,USD,1e3,ecb", "Line 2 needs a day"),
        ("2026-11-20,EUR,USD,-1.0823,ecb", "Line 2 needs a day"),
        ("2026-11-20,EUR,USD,1.0123456789,ecb", "nine digits"),
        ("2026-11-20,EUR,USD,1.0823,", "a source such as ecb"),
        ("2026-11-20,EUR,USD,0.000,ecb", "above zero"),
        ("2026-11-20,EUR,EUR,1,ecb", "from one currency to another"),
        ("2062-11-20,EUR,USD,1.0823,ecb", "has not come yet"),
    ],
)
def test_an_unreadable_row_is_named(row, says):
    with pytest.raises(RatesUnreadable, match=says):
        read_published(HEADER + row, today=DAY)


def test_a_file_without_its_first_line_is_refused():
    for text in ("", "2026-11-20,EUR,USD,1.0823,ecb"):
        with pytest.raises(RatesUnreadable, match="first line"):
            read_published(text, today=DAY)


def test_a_file_has_a_limit():
    with pytest.raises(RatesUnreadable, match=str(ROWS_MAX)):
        read_published(HEADER + "2026-11-20,EUR,USD,1.0823,ecb\n" * (ROWS_MAX + 1), today=DAY)


def test_what_stands_is_skipped_and_what_follows_is_new():
    first, second = one_rate("2026-11-19"), one_rate("2026-11-20", "1.09")
    assert new_rates([first, second], standing(first)) == (second,)
    assert new_rates([first, first, second], standing(), are_jumps_confirmed=True) == (first, second)
    assert new_rates([], standing(first)) == ()


@pytest.mark.parametrize(
    ("rate", "error"),
    [
        (one_rate("2026-11-19", "1.09"), RateAlreadyPublished),
        (one_rate("2026-11-19", source="fed"), RateAlreadyPublished),
        (one_rate("2026-11-18"), RatesOutOfSequence),
        (one_rate("2026-11-20", base="USD", quote="GBP"), RateSeriesDiffers),
        (one_rate("2026-11-20", base="GBP", quote="EUR"), RateSeriesDiffers),
        (one_rate("2026-11-20", source="fed"), RateSeriesDiffers),
        (one_rate("2026-11-20", "108.23"), RateImplausible),
        (one_rate("2026-11-20", "0.10823"), RateImplausible),
    ],
)
def test_a_rate_that_does_not_fit_what_stands_is_refused_by_name(rate, error):
    with pytest.raises(error):
        new_rates([rate], standing(one_rate("2026-11-19")))


def test_one_file_has_one_base():
    with pytest.raises(RateSeriesDiffers, match="stand against EUR"):
        new_rates([one_rate("2026-11-20", base="EUR", quote="USD"), one_rate("2026-11-20", base="USD", quote="EUR")], standing())


def test_a_real_jump_can_be_confirmed():
    jump = one_rate("2026-11-20", "108.23")
    assert new_rates([jump], standing(one_rate("2026-11-19")), are_jumps_confirmed=True) == (jump,)


def test_the_sentence_shows_both_rates_as_one_rate():
    with pytest.raises(RateImplausible, match=r"from 1\.0823 on 2026-11-19 to 162 on 2026-11-20"):
        new_rates([one_rate("2026-11-20", "162")], standing(one_rate("2026-11-19")))


def test_a_first_rate_is_said_back_and_confirmed():
    yen, pound = one_rate("2026-11-20", "0.0000001", quote="JPY"), one_rate("2026-11-20", "0.88", quote="GBP")
    standing_dollar = standing(one_rate("2026-11-19"))
    with pytest.raises(RateImplausible, match=r"1 EUR = 0\.0000001 JPY on 2026-11-20; 1 EUR = 0\.88 GBP on 2026-11-20"):
        new_rates([yen, pound, one_rate("2026-11-20", "1.09")], standing_dollar)
    assert new_rates([yen, pound], standing_dollar, are_jumps_confirmed=True) == (yen, pound)
    assert new_rates([one_rate("2026-11-20", "1.09")], standing_dollar) == (one_rate("2026-11-20", "1.09"),)


def test_who_would_correct_a_published_rate_is_told_how():
    with pytest.raises(RateAlreadyPublished, match=r"a newer day's rate and confirm the jump; what orders earned too much .* in a dispute"):
        new_rates([one_rate("2026-11-19", "1.09")], standing(one_rate("2026-11-19")))
