"""What cannot be right is said in a sentence: on the delivery that told it, and never in the words of a database."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from shopkeeper import Shopkeeper, order_message, refund_message
from sqlalchemy import select

from billing.attribution.tables import AttributionRun
from billing.contract_terms import BaseRules, ContractTerms
from billing.errors import AmountUnreadable, BillingError, PostingRefused
from billing.handle_inbox import _told_to_the_merchant
from billing.import_rates import import_rates
from billing.inbox.tables import InboundEvent
from billing.money import parse_amount
from billing.orders.tables import ShopOrder
from billing.read_deliveries import deliveries, delivery
from billing.terms.clauses import ProductRule
from tenants.database import Database

RATES = "day,base,quote,rate,source\n" + "".join(
    f"2026-11-{day},EUR,{quote},{rate},ecb\n" for day in (19, 20) for quote, rate in (("IRR", "1400000"), ("KWD", "0.35"))
)


def line(name: str, total: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "product": f"product-{name}", "quantity": 1, "total": total, **more}


def sell(shop: Shopkeeper, *lines: dict[str, Any], **changed: Any) -> None:
    shop.touch()
    shop.tell(order_message(lines=list(lines), attribution={"visitor": str(shop.visitor_id)}, **changed))


def earned(shop: Shopkeeper) -> int:
    return sum(minor for (account, _), minor in shop.balances().items() if ".earned." in account)


def give_back(shop: Shopkeeper, refund_id: str, amount: str, **lines: str) -> int:
    shop.tell(refund_message(refund_id, amount, lines=[{"line": name[1:], "total": total} for name, total in lines.items()]))
    return earned(shop)


def test_a_line_and_then_an_amount_leave_nothing_on_money_given_back(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    sell(shop, line("1", "40.00", is_gift_card=True), line("2", "60.00"), total="100.00")
    assert [give_back(shop, "r1", "40.00", n1="40.00"), give_back(shop, "r2", "59.99"), give_back(shop, "r3", "0.01")] == [480, 0, 0]


def test_a_line_at_its_own_rate_earns_on_what_is_left_of_it(database: Database, now: datetime) -> None:
    dear = BaseRules(product_rules=(ProductRule(products=("product-1",), share_ppm=500_000),))
    shop = Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=10_000, base=dear))
    sell(shop, line("1", "50.00"), line("2", "50.00"), total="100.00")
    assert [give_back(shop, "r1", "50.00", n2="50.00"), give_back(shop, "r2", "49.00")] == [2500, 50]


def test_shipping_given_back_beside_a_line_earns_nothing_more(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=100_000, base=BaseRules(exclude_shipping=False)))
    sell(shop, line("1", "10.00"), total="110.00", shipping={"total": "100.00"})
    assert [earned(shop), give_back(shop, "r1", "109.99", n1="10.00")] == [1100, 0]


def test_more_than_a_line_cost_comes_out_of_the_other_lines(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=100_000))
    sell(shop, line("1", "10.00"), line("2", "90.00"), total="100.00")
    assert give_back(shop, "r1", "90.00", n1="90.00") == 100


@pytest.mark.parametrize("is_rate_late", [False, True])
def test_an_order_beyond_reason_in_the_contracts_currency_earns_nothing_and_says_so(
    database: Database, now: datetime, is_rate_late: bool
) -> None:
    shop = Shopkeeper(database, now, ContractTerms(currency="IRR", share_ppm=80_000))
    if not is_rate_late:
        import_rates(database, RATES, now=now, are_jumps_confirmed=True)
    sell(shop, line("1", "999999999999.000"), total="999999999999.000", currency="KWD")
    sell(shop, line("1", "30.000"), order_id="small", total="30.000", currency="KWD")
    if is_rate_late:
        import_rates(database, RATES, now=now, are_jumps_confirmed=True)
    with shop.session() as session:
        latest = (ShopOrder.order_id == AttributionRun.order_id) & (ShopOrder.revision == AttributionRun.revision)
        runs = session.execute(select(ShopOrder.external_id, AttributionRun.rejected_reason).join(AttributionRun, latest))
        reasons: dict[str, str | None] = {row.external_id: row.rejected_reason for row in runs}
        states = {(one.state, one.attempts) for one in session.scalars(select(InboundEvent))}
    assert "worth more than any order can be" in (reasons["1001"] or "")
    assert (reasons["small"], states) == (None, {("handled", 1)})
    assert earned(shop) == 30_000 * 4_000_000 // 1000 * 100 * 8 // 100


def test_a_refund_that_does_not_count_is_seen_on_its_delivery(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    sell(shop, line("1", "30.00"))
    large = shop.tell(refund_message("r1", "30.01"))
    assert (large.state, large.reason) == ("handled", "It is larger than everything that was captured.")
    assert shop.tell(refund_message("r2", "20.00")).reason is None
    passing = shop.tell(refund_message("r3", "15.00"))
    assert passing.reason == "Refunds and chargebacks pass what was captured by 5.00 EUR; they count up to it."
    with shop.session() as session:
        assert delivery(session, event_id=large.event_id).reason == large.reason  # its own reason comes before the order's
        assert [one.reason for one in deliveries(session).deliveries].count(passing.reason) == 2


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ("30,00", "'30,00'"),
        (30, "The number 30"),
        (Decimal("30.0"), "The number 30.0"),
        (None, "A missing value"),
        (True, "A yes or no"),
        ([30], "A list or an object"),
    ],
)
def test_what_is_not_an_amount_is_named_as_it_was_told(told: object, named: str) -> None:
    with pytest.raises(AmountUnreadable) as refused:
        parse_amount(told, "EUR")
    assert str(refused.value) == f'{named} is not an amount; write a string such as "12.50".'


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PostingRefused("A movement needs an amount."), "A movement needs an amount."),
        (OverflowError("INSERT INTO posting"), "A fault on our side (OverflowError) kept it from being handled; nothing of it was booked."),
    ],
)
def test_only_our_own_sentences_reach_the_merchant(error: BillingError | OverflowError, told: str) -> None:
    assert _told_to_the_merchant(error) == told
