"""Amounts as people type them are read in every usual way, and asked about where two readings are possible."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dashboard.amount_fields import read_amount
from billing.errors import AmountUnreadable
from billing.money import AMOUNT_MINOR_MAX, format_amount

READ = [
    ("50,00", "EUR", 5_000), ("50.00", "EUR", 5_000), ("50,5", "EUR", 5_050), ("50", "EUR", 5_000), (" 50,00 EUR ", "EUR", 5_000),
    ("EUR 1.234,56", "EUR", 123_456), ("1,234.56", "USD", 123_456), ("1 234,56", "EUR", 123_456), ("1'234.56", "CHF", 123_456),
    ("1\N{NARROW NO-BREAK SPACE}234,56", "EUR", 123_456), ("1\N{RIGHT SINGLE QUOTATION MARK}234", "CHF", 123_400),
    ("1.234.567", "EUR", 123_456_700), ("1,234,567.8", "USD", 123_456_780), ("-3,20", "EUR", -320), ("1 234", "EUR", 123_400),
    ("1,234", "JPY", 1_234), ("1.234", "JPY", 1_234), ("1234", "JPY", 1_234), ("1.234.567", "JPY", 1_234_567),
    ("12.345", "KWD", 12_345), ("1,234.567", "KWD", 1_234_567), ("1.234,567", "KWD", 1_234_567), ("12,5", "KWD", 12_500),
    ("1 234,567", "KWD", 1_234_567),
]  # fmt: skip
REFUSED = [
    ("1,234", "USD", "“1,234” may mean 1234 or a little more than 1. Write 1234.00 if you mean 1234."),
    ("1.234", "EUR", "“1.234” may mean 1234 or a little more than 1."),
    ("12,345", "KWD", "“12,345” may mean 12345 or a little more than 12. Write 12345.000"),
    ("half", "EUR", "“half” is not an amount; write it like 12.50 or 12,50."),
    ("", "EUR", "is not an amount"), ("50,", "EUR", "is not an amount"), (",50", "EUR", "is not an amount"),
    ("5 0", "EUR", "is not an amount"), ("1,23,456", "EUR", "is not an amount"), ("1234,567.00", "EUR", "is not an amount"),
    ("1.234,567,89", "EUR", "is not an amount"), ("1 234 56", "EUR", "is not an amount"), ("1.2.3", "EUR", "is not an amount"),
    ("٥٠", "EUR", "is not an amount"), ("50 USD", "EUR", "is not an amount"), ("1.5", "JPY", "JPY keeps 0"),
    ("1.234,567", "EUR", "EUR keeps 2"), ("9" * 25, "EUR", "is not an amount"), ("9" * 18, "EUR", "more than any order is worth"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "currency", "amount_minor"), READ)
def test_every_usual_way_is_read(text: str, currency: str, amount_minor: int) -> None:
    assert read_amount(text, currency) == amount_minor


@pytest.mark.parametrize(("text", "currency", "sentence"), REFUSED)
def test_what_has_two_readings_or_none_is_refused_in_plain_words(text: str, currency: str, sentence: str) -> None:
    with pytest.raises(AmountUnreadable, match=re.escape(sentence)):
        read_amount(text, currency)


def grouped(whole: str, mark: str) -> str:
    return re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+$)", mark, whole)


@given(st.integers(0, AMOUNT_MINOR_MAX), st.sampled_from(["EUR", "JPY", "KWD"]), st.sampled_from([(",", "."), (".", ","), (" ", ",")]))
def test_an_amount_written_out_in_full_is_read_back(amount_minor: int, currency: str, marks: tuple[str, str]) -> None:
    whole, _, cents = format_amount(amount_minor, currency).partition(".")
    text = grouped(whole, marks[0]) + (marks[1] + cents if cents else "")
    if currency == "KWD" and amount_minor < 1_000_000 and marks[1] == ",":
        return  # 12,345 dinar: the one writing that is asked about
    assert read_amount(text, currency) == amount_minor
