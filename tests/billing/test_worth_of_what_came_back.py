"""Money that was given back earns nothing more, however the shop told of it: by lines, by amount, or by both at once."""

import random
from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.contract_terms import BaseRules
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund, RefundLine
from billing.orders.worth import worth_of
from billing.terms.clauses import ProductRule

DAY = datetime(2026, 11, 20, tzinfo=UTC)
MINOR = st.integers(0, 30) | st.integers(0, 100_000)
FLAGS = [name for name in BaseRules.model_fields if name.startswith("exclude")]
PRODUCT_RULES = st.sampled_from(
    [
        (),
        (ProductRule(products=("oil",), share_ppm=500_000),),
        (ProductRule(products=("oil",), counts=False), ProductRule(products=("tea",), share_ppm=10_000)),
    ]
)
RULES = st.builds(BaseRules, product_rules=PRODUCT_RULES, **{name: st.booleans() for name in FLAGS})


def line(name: str, net: int, tax: int = 0, product: str = "beans", is_gift_card: bool = False) -> NeutralLine:
    return NeutralLine(name, product, 1, net, tax, is_gift_card)


def order_of(*lines: NeutralLine, shipping: int = 0, shipping_tax: int = 0, tip: int = 0) -> NeutralOrder:
    captured = sum(one.net_minor + one.tax_minor for one in lines) + shipping + shipping_tax + tip
    return NeutralOrder("1", None, "paid", DAY, DAY, "EUR", lines, shipping, shipping_tax, tip, captured)


def back(name: str, amount: int, *lines: tuple[str, int, int]) -> NeutralRefund:
    return NeutralRefund(name, "refund", "1", None, DAY, DAY, "EUR", amount, tuple(RefundLine(*one) for one in lines))


@st.composite
def sales(draw: st.DrawFn) -> NeutralOrder:
    count = draw(st.integers(1, 4))
    product = st.sampled_from(("beans", "oil", "tea"))
    lines = [line(str(n), draw(MINOR), draw(MINOR), draw(product), draw(st.booleans())) for n in range(count)]
    return order_of(*lines, shipping=draw(MINOR), shipping_tax=draw(st.integers(0, 99)), tip=draw(st.integers(0, 99)))


@st.composite
def refunds_of(draw: st.DrawFn, order: NeutralOrder) -> list[NeutralRefund]:
    """Refunds as the inbox lets them through: lines up to the amount, and nothing else promised."""
    made = []
    for number in range(draw(st.integers(0, 5))):
        names = draw(st.lists(st.sampled_from([one.line_id for one in order.lines]), max_size=2))
        lines = [(name, draw(MINOR), draw(MINOR)) for name in names]
        amount = sum(net + tax for _, net, tax in lines) + draw(st.just(0) | st.integers(0, max(order.captured_minor, 1)))
        made += [back(f"r{number}", amount, *lines)] if amount else []
    return made


@settings(max_examples=200, deadline=None)
@given(st.data(), sales(), RULES, st.randoms(use_true_random=False))
def test_what_counts_never_passes_what_the_shop_kept_and_never_grows_by_a_refund(
    data: st.DataObject, order: NeutralOrder, rules: BaseRules, dice: random.Random
) -> None:
    refunds = data.draw(refunds_of(order))
    before = worth_of(order, [], rules)
    for known in range(1, len(refunds) + 1):
        worth = worth_of(order, refunds[:known], rules)
        assert worth.base <= before.base
        assert dict(worth.by_rate).items() <= {rate: min(base, dict(before.by_rate)[rate]) for rate, base in worth.by_rate}.items()
        assert worth.base <= order.captured_minor - worth.refunded_minor
        before = worth
    dice.shuffle(refunds)
    assert worth_of(order, refunds, rules) == before


@settings(max_examples=150, deadline=None)
@given(st.data(), sales(), RULES)
def test_the_last_cent_given_back_leaves_nothing_and_the_one_before_it_a_cent_at_most(
    data: st.DataObject, order: NeutralOrder, rules: BaseRules
) -> None:
    refunds = [one for one in data.draw(refunds_of(order)) if one.amount_minor <= order.captured_minor]
    left = order.captured_minor - sum(one.amount_minor for one in refunds)
    if left > 1:
        assert worth_of(order, [*refunds, back("almost", left - 1)], rules).base <= 1
    if left > 0:
        refunds.append(back("rest", left))
    assert worth_of(order, refunds, rules).base == 0


@settings(max_examples=150, deadline=None)
@given(st.data(), sales(), RULES)
def test_lines_given_back_whole_leave_exactly_what_the_others_are_worth(data: st.DataObject, order: NeutralOrder, rules: BaseRules) -> None:
    gone = data.draw(st.sets(st.sampled_from([one.line_id for one in order.lines])))
    paid = [one for one in order.lines if one.line_id in gone and one.net_minor + one.tax_minor]
    refunds = [back(f"r{one.line_id}", one.net_minor + one.tax_minor, (one.line_id, one.net_minor, one.tax_minor)) for one in paid]
    others = order_of(
        *(one for one in order.lines if one not in paid),
        shipping=order.shipping_minor, shipping_tax=order.shipping_tax_minor, tip=order.tip_minor,
    )  # fmt: skip
    assert worth_of(order, refunds, rules).by_rate == worth_of(others, [], rules).by_rate


def test_a_gift_card_given_back_and_then_nearly_all_the_rest_leave_a_cent() -> None:
    order = order_of(line("card", 4000, is_gift_card=True), line("beans", 6000))
    refunds = [back("r1", 4000, ("card", 4000, 0)), back("r2", 5999)]
    assert worth_of(order, refunds, BaseRules()).base == 1


def test_a_dear_line_earns_only_on_what_is_left_of_it() -> None:
    rules = BaseRules(product_rules=(ProductRule(products=("oil",), share_ppm=500_000),))
    order = order_of(line("1", 5000, product="oil"), line("2", 5000))
    worth = worth_of(order, [back("r1", 5000, ("2", 5000, 0)), back("r2", 4900)], rules)
    assert worth.by_rate == ((500_000, Fraction(100)),)


def test_money_above_a_refunds_lines_is_shipping_first() -> None:
    order = order_of(line("1", 1000), line("2", 3000), shipping=500)
    assert worth_of(order, [back("r1", 1500, ("1", 1000, 0))], BaseRules()).base == 3000
    assert worth_of(order, [back("r1", 2250, ("1", 1000, 0))], BaseRules()).base == 2250
    dear = order_of(line("1", 1000), shipping=10_000)
    assert worth_of(dear, [back("r1", 10_999, ("1", 1000, 0))], BaseRules(exclude_shipping=False)).base == 1


def test_more_than_a_line_cost_comes_out_of_the_others() -> None:
    order = order_of(line("1", 1000), line("2", 9000))
    assert worth_of(order, [back("r1", 9000, ("1", 9000, 0))], BaseRules()).base == 1000


def test_tax_told_as_the_lines_price_cannot_leave_more_than_was_kept() -> None:
    order = order_of(line("1", 1000, tax=200))
    assert worth_of(order, [back("r1", 200, ("1", 0, 200))], BaseRules()).base == 1000
    assert worth_of(order, [back("r1", 1199, ("1", 0, 1199))], BaseRules()).base == 1


def test_lines_that_come_to_more_than_the_money_leave_nothing() -> None:
    assert worth_of(order_of(line("1", 1000)), [back("r1", 1, ("1", 1000, 0))], BaseRules()).base == 0
