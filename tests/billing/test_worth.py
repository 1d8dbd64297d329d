"""An order's worth depends on the set of facts and on nothing else."""

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.contract_terms import BaseRules
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund, RefundLine
from billing.orders.worth import worth_of

DAY = datetime(2026, 11, 20, tzinfo=UTC)
MINOR = st.integers(0, 100_000)
RULES = st.builds(BaseRules, **{name: st.booleans() for name in BaseRules.model_fields if name.startswith("exclude")})


def order_of(lines: list[tuple[int, int, bool]], shipping: int = 0, tip: int = 0, **changed: object) -> NeutralOrder:
    made = tuple(NeutralLine(str(n), "beans", 1, net, tax, gift) for n, (net, tax, gift) in enumerate(lines))
    captured = sum(net + tax for net, tax, _ in lines) + shipping + tip
    fields = {"status": "paid", **changed}
    return NeutralOrder("1", None, fields.pop("status"), DAY, DAY, "EUR", made, shipping, 0, tip, captured, **fields)  # type: ignore[arg-type]


def refund_of(name: str, amount: int, lines: tuple[RefundLine, ...] = (), **changed: object) -> NeutralRefund:
    fields = {"kind": "refund", "currency": "EUR", "is_void": False, "after_minutes": 5, **changed}
    at = DAY + timedelta(minutes=int(str(fields["after_minutes"])))
    return NeutralRefund(name, fields["kind"], "1", None, at, at, fields["currency"], amount, lines, bool(fields["is_void"]))  # type: ignore[arg-type]


ORDERS = st.builds(order_of, st.lists(st.tuples(MINOR, MINOR, st.booleans()), min_size=1, max_size=4), MINOR, MINOR)


@st.composite
def histories(draw: st.DrawFn) -> tuple[NeutralOrder, list[NeutralRefund]]:
    order = draw(ORDERS)
    refunds = []
    for number in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(["refund", "chargeback"]))
        if draw(st.booleans()):
            line = draw(st.sampled_from(order.lines))
            net, tax = draw(st.integers(0, line.net_minor)), draw(st.integers(0, line.tax_minor))
            parts, amount = (RefundLine(line.line_id, net, tax),), net + tax
        else:
            parts, amount = (), draw(st.integers(1, max(order.captured_minor * 2, 1)))
        if amount:
            refunds.append(refund_of(f"r{number}", amount, parts, kind=kind, after_minutes=draw(st.integers(0, 9))))
    return order, refunds


@settings(max_examples=800, deadline=None)
@given(histories(), RULES, st.randoms(use_true_random=False))
def test_the_sequence_of_refunds_does_not_matter(
    history: tuple[NeutralOrder, list[NeutralRefund]], rules: BaseRules, dice: random.Random
) -> None:
    order, refunds = history
    shuffled = refunds[:]
    dice.shuffle(shuffled)
    worth = worth_of(order, refunds, rules)
    assert worth_of(order, shuffled, rules) == worth
    assert 0 <= worth.base <= worth.gross_base_minor <= order.captured_minor
    assert worth.refunded_minor <= order.captured_minor
    assert worth.base > 0 or worth.rejected_reason


@settings(max_examples=300, deadline=None)
@given(ORDERS, RULES, st.lists(st.integers(1, 10), min_size=1, max_size=6))
def test_refunds_that_give_everything_back_leave_exactly_nothing(order: NeutralOrder, rules: BaseRules, weights: list[int]) -> None:
    left, refunds = order.captured_minor, []
    for number, weight in enumerate(weights):
        amount = left if number == len(weights) - 1 else order.captured_minor * weight // sum(weights)
        left -= amount
        refunds += [refund_of(str(number), amount)] if amount else []
    assert worth_of(order, refunds, rules).base == 0


def test_two_refunds_of_the_same_amount_count_twice() -> None:
    order = order_of([(1000, 0, False)])
    assert worth_of(order, [refund_of("a", 250), refund_of("b", 250)], BaseRules()).base == 500


def test_a_fraction_takes_its_part_of_the_base_exactly() -> None:
    order = order_of([(1000, 200, False)], shipping=300)
    assert worth_of(order, [refund_of("a", 100)], BaseRules()).base == Fraction(1000 * 1400, 1500)


def test_a_refunded_gift_card_or_shipping_takes_nothing_from_the_base() -> None:
    order = order_of([(1000, 200, False), (2500, 0, True)], shipping=300)
    back = refund_of("a", 2500, (RefundLine("1", 2500, 0),))
    assert worth_of(order, [back], BaseRules()).base == 1000


def test_a_line_cannot_be_refunded_below_zero() -> None:
    order = order_of([(1000, 0, False), (500, 0, False)])
    twice = [refund_of(name, 1000, (RefundLine("0", 1000, 0),)) for name in "a"] + [refund_of("b", 400, (RefundLine("0", 400, 0),))]
    assert worth_of(order, twice, BaseRules()).base == 100  # what the line cannot have cost came out of the other


@pytest.mark.parametrize(
    ("refund", "why"),
    [
        (refund_of("a", 1001), "larger"),
        (refund_of("a", 10, currency="USD"), "USD"),
        (refund_of("a", 10, is_void=True), "failed"),
        (refund_of("a", 10, (RefundLine("9", 10, 0),)), "line 9"),
    ],
)
def test_a_refund_that_cannot_be_right_stands_aside_and_says_why(refund: NeutralRefund, why: str) -> None:
    worth = worth_of(order_of([(1000, 0, False)]), [refund], BaseRules())
    assert worth.base == 1000
    assert [aside.refund for aside in worth.stood_aside] == ["refund a"]
    assert why in worth.stood_aside[0].why


def test_a_chargeback_after_a_refund_stops_at_what_was_captured() -> None:
    worth = worth_of(order_of([(1000, 0, False)]), [refund_of("a", 300), refund_of("b", 1000, kind="chargeback")], BaseRules())
    assert (worth.base, worth.refunded_minor) == (0, 1000)
    assert "pass what was captured by 3.00 EUR" in worth.stood_aside[0].why


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"is_test": True}, "Test"),
        ({"is_staff": True}, "staff"),
        ({"status": "pending"}, "not paid"),
        ({"status": "cancelled"}, "cancelled"),
    ],
)
def test_orders_that_earn_nothing_say_why(changed: dict[str, object], why: str) -> None:
    worth = worth_of(order_of([(1000, 0, False)], **changed), [], BaseRules())
    assert worth.base == 0
    assert why in (worth.rejected_reason or "")


def test_the_contract_says_what_counts() -> None:
    order = order_of([(1000, 200, False), (2500, 0, True)], shipping=300, tip=50)
    everything = BaseRules(
        exclude_tax=False, exclude_shipping=False, exclude_tips=False, exclude_gift_cards=False, exclude_staff_orders=False
    )
    assert worth_of(order, [], BaseRules()).base == 1000
    assert worth_of(order, [], everything).base == order.captured_minor
