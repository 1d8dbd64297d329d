"""A coupon's conditions are read in Chinese whole, whatever clauses come together: no English is left between the amounts."""

import re
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from app.dashboard.language import said, speaking
from billing.coupons.clauses import conditions_text

PLAIN: dict[str, Any] = {
    "currency": "EUR", "percent_ppm": None, "amount_minor": None, "item_name": None, "is_for_products": False,
    "product_words": {"words": []},
}  # fmt: skip
KINDS: tuple[dict[str, Any], ...] = (
    {"percent_ppm": 100_000}, {"amount_minor": 200}, {"amount_minor": 320, "item_name": "牛角包"},
    {"percent_ppm": 100_000, "is_for_products": True, "product_words": {"words": ["茶"]}},
)  # fmt: skip
CASES = tuple(product(KINDS, (0, 2_000), (None, 500), (None, 100)))
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@pytest.mark.parametrize(("kind", "minimum_minor", "most_minor", "floor_minor"), CASES)
def test_no_english_is_left(kind: dict[str, Any], minimum_minor: int, most_minor: int | None, floor_minor: int | None) -> None:
    bounds = {"minimum_minor": minimum_minor, "discount_minor_max": most_minor, "floor_minor": floor_minor}
    text = conditions_text(SimpleNamespace(**PLAIN | kind | bounds))
    with speaking("zh"):
        read = said(text)
    assert read.endswith("，限用一次。")
    assert read.count("。") == 1
    assert set(re.findall("[A-Za-z]+", read)) <= {"EUR"}
    assert sorted(NUMBER.findall(read)) == sorted(NUMBER.findall(text))
