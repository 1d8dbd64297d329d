"""The till's arithmetic for any cart: parts add up, nothing rounds away, and what pieces give back is what the line cost."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.shop.order import Order, OrderLine, Refund, one_piece
from app.demo.shop.prices import as_price, share_of, split, total_up

AMOUNTS = st.integers(0, 1_000_000)


@given(AMOUNTS, st.lists(st.integers(0, 100_000), min_size=1, max_size=12))
def test_a_split_adds_up_and_is_fair(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    whole = sum(weights)
    assert sum(parts) == (amount if whole else 0)
    assert all(abs(part * whole - amount * weight) < whole for part, weight in zip(parts, weights, strict=True) if whole)


@given(AMOUNTS, AMOUNTS, st.booleans(), st.integers(0, 2_000))
def test_a_total_is_the_sum_of_its_parts(subtotal: int, discount: int, is_posted: bool, tip: int) -> None:
    totals = total_up(subtotal, discount, is_posted=is_posted, tip_minor=tip)
    assert 0 <= totals.discount_minor <= subtotal
    assert totals.total_minor == subtotal - totals.discount_minor + totals.shipping_minor + totals.tax_minor + tip
    assert totals.shipping_minor == (400 if is_posted and subtotal < 3_500 else 0)


@pytest.mark.parametrize(("amount", "ppm", "expected"), [(1000, 82_500, 82), (50, 10_000, 0), (150, 10_000, 2), (2940, 100_000, 294)])
def test_shares_round_half_to_even(amount: int, ppm: int, expected: int) -> None:
    assert share_of(amount, ppm) == expected


@pytest.mark.parametrize(("minor", "words"), [(450, "$4.50"), (-5, "−$0.05"), (123_456, "$1,234.56")])
def test_prices_read_as_people_write_them(minor: int, words: str) -> None:
    assert as_price(minor) == words


@given(st.integers(1, 20), st.integers(1, 5_000), st.data())
def test_pieces_returned_one_by_one_give_back_exactly_the_line(quantity: int, unit: int, data: st.DataObject) -> None:
    discount = data.draw(st.integers(0, quantity * unit))
    tax = data.draw(st.integers(0, 2_000))
    now = datetime(2026, 11, 20, tzinfo=UTC)
    line = OrderLine(
        line_id="1", slug="a", name="A", category="C", quantity=quantity, unit_minor=unit, discount_minor=discount, tax_minor=tax
    )
    order = Order(
        order_id="o", number="n", status="paid", currency="USD", cart_created_at=now, created_at=now, updated_at=now, buyer="B",
        is_posted=False, lines=(line,), subtotal_minor=quantity * unit, discount_minor=discount, shipping_minor=0, tax_minor=tax,
        tip_minor=0, total_minor=line.net_minor + tax,
    )  # fmt: skip
    for number in range(quantity):
        piece = one_piece(order, line)
        refund = Refund(
            refund_id=str(number), refunded_at=now, amount_minor=piece.net_minor + piece.tax_minor, lines=(piece,), reason="returned"
        )
        order = order.model_copy(update={"refunds": (*order.refunds, refund)})
    assert order.refundable_minor == 0
    assert order.quantity_left("1") == 0
