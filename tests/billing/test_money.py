"""Money never loses or makes a minor unit."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from babel.core import get_global
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.currencies import EXPONENTS, exponent_of
from billing.errors import AmountUnreadable, CurrenciesDiffer, CurrencyUnknown
from billing.money import AMOUNT_MINOR_MAX, Money, format_amount, parse_amount, share_of, split

AMOUNTS = st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX)
many = settings(max_examples=600, deadline=None)


@many
@given(AMOUNTS, st.sampled_from(sorted(EXPONENTS)))
def test_an_amount_is_read_back_as_it_was_written(amount_minor: int, currency: str) -> None:
    assert parse_amount(format_amount(amount_minor, currency), currency) == amount_minor


@many
@given(AMOUNTS, st.integers(0, 1_000_000))
def test_a_share_is_rounded_half_to_even_exactly_as_decimal_does(base_minor: int, share_ppm: int) -> None:
    exact = Decimal(base_minor) * share_ppm / 1_000_000
    assert share_of(base_minor, share_ppm) == int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))


@pytest.mark.parametrize(("base", "expected"), [(25, 2), (35, 4), (-25, -2), (-35, -4), (Fraction(50, 2), 2), (0, 0)])
def test_halves_go_to_the_even_neighbour(base: Fraction | int, expected: int) -> None:
    assert share_of(base, 100_000) == expected


@many
@given(AMOUNTS, st.dictionaries(st.text(max_size=3), st.integers(0, 10**9), min_size=1, max_size=8).filter(lambda w: sum(w.values()) > 0))
def test_a_split_adds_up_and_is_never_off_by_a_whole_unit(amount_minor: int, weights: dict[str, int]) -> None:
    parts = split(amount_minor, weights)
    total = sum(weights.values())
    assert sum(parts.values()) == amount_minor
    assert all(abs(Fraction(amount_minor * weights[key], total) - part) < 1 for key, part in parts.items())
    assert split(amount_minor, dict(reversed(weights.items()))) == parts
    assert split(-amount_minor, weights) == {key: -part for key, part in parts.items()}


def test_ties_of_a_split_go_by_key() -> None:
    assert split(100, {"b": 1, "c": 1, "a": 1}) == {"a": 34, "b": 33, "c": 33}


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 3, "b": -1}])
def test_a_split_without_a_positive_weight_is_refused(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(5, weights)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12.505", "EUR"), ("12.5", "JPY"), ("1.2345", "KWD"), ("12,50", "EUR"), ("1e3", "EUR"), (" 12", "EUR"), ("", "EUR"), ("+1", "EUR"),
        ("NaN", "EUR"), ("Infinity", "EUR"), (".5", "EUR"), ("5.", "EUR"), ("١٢", "EUR"), ("10000000000000.01", "EUR"), ("9" * 21, "EUR"),
        (12.5, "EUR"), (12, "EUR"), (True, "EUR"), (None, "EUR"), (["1"], "EUR"),
    ],
)  # fmt: skip
def test_what_is_not_plainly_an_amount_is_refused(text: object, currency: str) -> None:
    with pytest.raises(AmountUnreadable):
        parse_amount(text, currency)


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("12.5", "EUR", 1250), ("1250", "JPY", 1250), ("1.25", "KWD", 1250), ("-0.01", "USD", -1)]
)
def test_amounts_follow_the_currency(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize("code", ["EURO", "eur", "XAU", "XTS", "", "HRK", "€", None, 978, []])
def test_an_unknown_currency_is_named(code: object) -> None:
    with pytest.raises(CurrencyUnknown):
        exponent_of(code)  # type: ignore[arg-type]


def test_every_currency_in_use_anywhere_is_known() -> None:
    in_use = {
        code
        for entries in get_global("territory_currencies").values()
        for code, _, until, is_tender in entries
        if until is None and is_tender
    }
    assert in_use - EXPONENTS.keys() == {"BGN"}  # Bulgaria pays in euro since 2026; Babel's table is older
    assert {code: EXPONENTS[code] for code in ("JPY", "EUR", "KWD", "CLF")} == {"JPY": 0, "EUR": 2, "KWD": 3, "CLF": 4}


def test_money_adds_only_to_its_own_kind() -> None:
    assert Money(1250, "EUR") + Money(1, "EUR") - Money(51, "EUR") == -Money(-1200, "EUR")
    assert str(Money(-5, "KWD")) == "-0.005 KWD"
    with pytest.raises(CurrenciesDiffer):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(CurrencyUnknown):
        Money(1, "ABC")
    with pytest.raises(AmountUnreadable):
        Money(1.5, "EUR")  # type: ignore[arg-type]
    with pytest.raises(AmountUnreadable):
        Money(True, "EUR")
