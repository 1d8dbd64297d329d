"""Stripe's own minor units there and back, lines that add up in them, and how its objects are put into words."""

import pytest

from billing.errors import BillingError
from billing.money import AMOUNT_MINOR_MAX
from billing.payment_errors import GatewayRefused
from billing.payments.stripe_amounts import from_stripe, lines_to_stripe, to_stripe
from billing.payments.stripe_objects import label_of, read_id


@pytest.mark.parametrize(
    ("minor", "currency", "units"),
    [
        (1_234, "EUR", 1_234), (500, "JPY", 500), (5, "ISK", 500), (5, "UGX", 500), (1_234, "HUF", 1_234), (1_234, "TWD", 1_234),
        (12_345, "KWD", 12_340), (12_355, "KWD", 12_360), (12_346, "BHD", 12_350), (-12_346, "BHD", -12_350), (500, "MGA", 5),
        (AMOUNT_MINOR_MAX, "ISK", AMOUNT_MINOR_MAX * 100),
    ],
)  # fmt: skip
def test_amounts_in_stripes_own_minor_units(minor: int, currency: str, units: int):
    assert to_stripe(minor, currency) == units
    if to_stripe(minor, currency) == minor or currency in ("ISK", "UGX", "MGA"):
        assert from_stripe(units, currency) == minor


def test_lines_that_are_rounded_add_up_to_the_rounded_whole():
    lines = [3_333, 3_333, 3_333, -4]
    assert sum(lines_to_stripe(lines, "OMR")) == to_stripe(sum(lines), "OMR") == 10_000
    assert all(one % 10 == 0 for one in lines_to_stripe(lines, "OMR"))
    for currency in ("IQD", "CLF"):
        with pytest.raises(GatewayRefused):
            to_stripe(1, currency)
    with pytest.raises(BillingError):
        to_stripe(1, "XXX")


def test_payment_methods_in_words():
    assert label_of(None) is None
    assert label_of("pm_1") is None
    assert label_of({"type": "sepa_debit", "sepa_debit": {"last4": "3000"}}) == "Sepa Debit ending in 3000"
    assert label_of({"type": "paypal"}) == "Paypal"
    assert read_id("shp", None) is None
    assert read_id("shp", "shp_x") is None
