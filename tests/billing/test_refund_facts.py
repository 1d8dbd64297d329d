"""What comes back from a sale, fact by fact: every account's total to the cent, and the reason a merchant can read."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from shopkeeper import Shopkeeper, order_message, refund_message
from sqlalchemy import select

from billing.attribution.tables import AttributionRun
from billing.contract_terms import ContractTerms
from billing.explain import explain_order
from billing.import_rates import import_rates
from billing.ledger.tables import LedgerTransaction, PeriodClosed
from billing.orders.tables import ShopOrder
from billing.revenue_share.periods import period_of
from billing.sign_contract import sign_contract
from tenants.database import Database

RATES = "day,base,quote,rate,source\n2026-11-20,EUR,JPY,160,ecb\n2026-11-20,EUR,USD,1.25,ecb\n"


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    keeper = Shopkeeper(database, now)
    keeper.touch()
    return keeper


def order_of(shop: Shopkeeper, order_id: str = "1001", **changed: Any) -> dict[str, Any]:
    return order_message(order_id, attribution={"visitor": str(shop.visitor_id)}, **changed)


def line(name: str, total: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "product": f"product-{name}", "quantity": 1, "total": total, **more}


def earned(shop: Shopkeeper, minor: int) -> dict[tuple[str, str], int]:
    """The book of a shop whose employee has earned this much, and nothing else."""
    if minor == 0:
        return {}
    return {(f"employee.{shop.employee_id}.earned.platform", "EUR"): minor, ("shop.share_expense", "EUR"): -minor}


def aside(shop: Shopkeeper) -> list[dict[str, str]]:
    """What stood aside in the current revision of the only order."""
    with shop.session() as session:
        order_id = session.scalars(select(ShopOrder.order_id)).one()
        return list(explain_order(session, order_id=order_id).revisions[-1].excluded["refunds"])


def reason(shop: Shopkeeper) -> str:
    with shop.session() as session:
        return session.scalars(select(AttributionRun.rejected_reason).order_by(AttributionRun.revision.desc())).first() or ""


def transactions(shop: Shopkeeper) -> list[LedgerTransaction]:
    with shop.session() as session:
        return list(session.scalars(select(LedgerTransaction).order_by(LedgerTransaction.revision)))


def test_a_refund_of_a_line_takes_back_that_lines_part(shop: Shopkeeper) -> None:
    shop.tell(order_of(shop, lines=[line("1", "20.00"), line("2", "10.00")]))
    shop.tell(refund_message("r1", "10.00", lines=[{"line": "2", "total": "10.00"}]))
    assert shop.balances() == earned(shop, 160)
    shop.tell(refund_message("r2", "5.00", lines=[{"line": "1", "total": "5.00"}]))
    assert shop.balances() == earned(shop, 120)


def test_several_partial_refunds_are_rounded_once_on_their_sum(shop: Shopkeeper) -> None:
    shop.tell(order_of(shop, total="9.99"))
    for number in range(3):
        shop.tell(refund_message(f"r{number}", "3.33"))
        assert shop.balances() == earned(shop, round((999 - 333 * (number + 1)) * 8 / 100))
    assert "refunded in full" in reason(shop)


def test_two_refunds_of_the_same_amount_with_different_ids_both_count(shop: Shopkeeper) -> None:
    shop.tell(order_of(shop))
    shop.tell(refund_message("r1", "7.50"))
    shop.tell(refund_message("r2", "7.50"))
    assert shop.balances() == earned(shop, 120)


def test_a_refund_and_then_a_chargeback_never_take_more_than_was_captured(shop: Shopkeeper) -> None:
    shop.tell(order_of(shop, payment_reference="pay_1"))
    shop.tell(refund_message("r1", "12.00"))
    shop.tell(refund_message("cb1", "30.00", kind="chargeback"))
    assert shop.balances() == {}
    assert aside(shop)[-1]["why"].startswith("Refunds and chargebacks pass what was captured by 12.00 EUR")


def test_a_refund_after_its_month_was_closed_is_booked_now_and_points_back(shop: Shopkeeper, now: datetime) -> None:
    shop.tell(order_of(shop))
    month = period_of(now, "UTC")
    with shop.session() as session:
        session.add(
            PeriodClosed(
                tenant_id=shop.tenant_id, employee_id=shop.employee_id, period_start=month.start, period_end=month.end,
                closed_at=month.end + timedelta(days=30),
            )
        )  # fmt: skip
    shop.now = month.end + timedelta(days=31)
    shop.tell(refund_message("r1", "15.00", at="2026-12-30T10:00:00Z"))
    assert shop.balances() == earned(shop, 120)
    sale, back = transactions(shop)
    assert (sale.effective_at, back.effective_at) == (sale.occurred_at, shop.now)
    assert (back.occurred_at, back.period_start, back.points_to) == (sale.occurred_at, month.start, sale.transaction_id)


def test_a_refund_in_the_soft_days_still_joins_its_month(shop: Shopkeeper, now: datetime) -> None:
    shop.tell(order_of(shop))
    shop.now = period_of(now, "UTC").end + timedelta(days=2)
    shop.tell(refund_message("r1", "15.00", at="2026-12-01T10:00:00Z"))
    sale, back = transactions(shop)
    assert back.effective_at == sale.effective_at


def test_a_refund_after_the_contract_changed_is_taken_back_at_the_old_rate(shop: Shopkeeper) -> None:
    shop.tell(order_of(shop))
    shop.now += timedelta(days=1)
    dear = ContractTerms(currency="EUR", share_ppm=500_000)
    with shop.session() as session:
        sign_contract(session, employee_id=shop.employee_id, terms=dear, accepted_by="Ada", now=shop.now)
    shop.tell(refund_message("r1", "10.00", at="2026-11-21T09:20:00Z"))
    assert shop.balances() == earned(shop, 160)
    assert len({one.contract_version_id for one in transactions(shop)}) == 1


def test_an_exchange_that_swaps_lines_earns_what_the_new_goods_are_worth(shop: Shopkeeper) -> None:
    shop.tell(order_of(shop, lines=[line("1", "30.00")]))
    shop.tell(order_of(shop, lines=[line("2", "42.00")], total="42.00", updated_at="2026-11-20T09:05:00Z"))
    assert shop.balances() == earned(shop, 336)
    shop.tell(refund_message("r1", "30.00", lines=[{"line": "1", "total": "30.00"}]))
    assert shop.balances() == earned(shop, 336)  # the line is gone from the order already
    assert aside(shop) == [{"subject": "refund r1", "why": "It names the line 1, which the order does not have."}]


def test_refunds_that_together_pass_what_was_captured_stop_there(shop: Shopkeeper) -> None:
    shop.tell(order_of(shop))
    shop.tell(refund_message("r1", "20.00"))
    shop.tell(refund_message("r2", "20.00"))
    assert shop.balances() == {}
    assert "10.00 EUR" in aside(shop)[0]["why"]


def test_an_edit_to_another_currency_walks_the_old_way_back(shop: Shopkeeper, now: datetime) -> None:
    import_rates(shop.database, RATES, now=now, are_jumps_confirmed=True)
    shop.tell(order_of(shop, currency="USD"))
    clearing = {("fx_clearing", "USD"): 240, ("fx_clearing", "EUR"): -192, ("shop.share_expense", "USD"): -240}
    assert shop.balances() == clearing | {(f"employee.{shop.employee_id}.earned.platform", "EUR"): 192}
    shop.tell(order_of(shop, updated_at="2026-11-20T09:05:00Z"))
    assert shop.balances() == earned(shop, 240)
    assert transactions(shop)[0].working["fx"] == {
        "from": "USD", "to": "EUR", "day": "2026-11-20", "source": "ecb", "rate_e9": 800_000_000, "from_minor": 240, "from_before_minor": 0,
    }  # fmt: skip


def test_an_order_in_yen_is_converted_by_its_own_digits_and_a_full_refund_leaves_nothing(shop: Shopkeeper, now: datetime) -> None:
    import_rates(shop.database, RATES, now=now, are_jumps_confirmed=True)
    shop.tell(order_of(shop, currency="JPY", lines=[line("1", "4800")], total="4800"))
    assert shop.balances()[f"employee.{shop.employee_id}.earned.platform", "EUR"] == 240
    shop.tell(refund_message("r1", "1600", currency="JPY"))
    shop.tell(refund_message("r2", "3200", currency="JPY"))
    assert shop.balances() == {}


def test_a_refund_in_another_currency_counts_at_the_rate_of_the_orders_day(shop: Shopkeeper, now: datetime) -> None:
    import_rates(shop.database, RATES, now=now, are_jumps_confirmed=True)
    shop.tell(order_of(shop))
    shop.tell(refund_message("r1", "12.50", currency="USD"))
    assert shop.balances() == earned(shop, 160)
    shop.tell(refund_message("r2", "27.50", currency="USD"))  # rates moved since: a little more than what was left
    assert shop.balances() == {}
    shop.tell(refund_message("r3", "60.00", currency="USD"))  # more than the sale and a quarter
    assert {"subject": "refund r3", "why": "It is larger than everything that was captured."} in aside(shop)


def test_a_refund_whose_rate_is_not_known_stands_aside_in_sight_and_counts_once_it_is(shop: Shopkeeper, now: datetime) -> None:
    shop.tell(order_of(shop))
    shop.tell(refund_message("r1", "12.50", currency="USD"))
    assert shop.balances() == earned(shop, 240)
    assert "waits for the exchange rate" in aside(shop)[0]["why"]
    import_rates(shop.database, RATES, now=now, are_jumps_confirmed=True)
    assert (shop.balances(), aside(shop)) == (earned(shop, 160), [])


def test_an_order_whose_rate_is_not_known_waits_in_sight_and_earns_once_it_is(shop: Shopkeeper, now: datetime) -> None:
    shop.tell(order_of(shop, currency="USD"))
    assert (shop.balances(), reason(shop)) == ({}, "It waits for an exchange rate from USD to EUR for 2026-11-20.")
    import_rates(shop.database, RATES, now=now, are_jumps_confirmed=True)
    assert shop.balances()[f"employee.{shop.employee_id}.earned.platform", "EUR"] == 192
    assert reason(shop) == ""


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"currency": "XAU"}, "not a currency"),
        ({"currency": "euro"}, "not a currency"),
        ({"total": "30.001", "lines": [line("1", "30.001")]}, "digits after the point"),
        ({"currency": "JPY"}, "digits after the point"),
        ({"total": "3000.00"}, "add up"),
        ({"total": "3000", "lines": [line("1", "30")]}, "add up"),
        ({"total": "99999999999999999.00", "lines": [line("1", "99999999999999999.00")]}, "more than any order"),
        ({"total": 30.0}, "not an amount"),
        ({"created_at": "1999-01-01T00:00:00Z"}, "between the year 2000"),
        ({"created_at": "2027-01-01T00:00:00Z"}, "between the year 2000"),
    ],
)
def test_what_cannot_be_money_is_kept_set_aside_and_never_posted(shop: Shopkeeper, changed: dict[str, Any], why: str) -> None:
    told = order_of(shop)
    told["data"] |= changed
    view = shop.tell(told)
    assert (view.state, view.is_body_kept, shop.balances()) == ("set_aside", True, {})
    assert why in (view.reason or "")


def test_an_order_older_than_the_contract_earns_nothing_and_says_so(shop: Shopkeeper) -> None:
    shop.touch(at=datetime.fromisoformat("2026-01-10T08:00:00+00:00"))
    shop.tell(order_of(shop, at="2026-01-10T09:00:00Z"))
    assert shop.balances() == {}
    assert reason(shop) == "No touch counts. The employee had no contract in force on the order's day."


def test_an_order_moved_to_another_month_takes_its_share_along(shop: Shopkeeper) -> None:
    shop.touch(at=datetime.fromisoformat("2026-10-31T08:00:00+00:00"))
    shop.tell(order_of(shop, at="2026-10-31T09:00:00Z", updated_at="2026-11-20T09:05:00Z"))
    shop.tell(order_of(shop))  # an older message comes late, and it is the first by the shop's own clock
    assert shop.balances() == earned(shop, 240)
    months = {(one.period_start.month, one.working["before_minor"], one.working["target_minor"]) for one in transactions(shop)}
    assert months == {(10, 0, 240), (10, 240, 0), (11, 0, 240)}


@pytest.mark.parametrize("backwards", [False, True])
def test_whoever_won_the_customer_earns_on_what_the_customer_comes_back_for(database: Database, now: datetime, backwards: bool) -> None:
    from billing.terms.clauses import Repeat

    keeper = Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=80_000, repeat=Repeat(days=30, share_ppm=10_000)))
    keeper.touch(at=datetime.fromisoformat("2026-11-01T08:00:00+00:00"))
    won = order_of(keeper, "won", at="2026-11-01T09:00:00Z", customer="c-1")
    again = order_message("again", at="2026-11-15T09:00:00Z", customer="c-1")
    for message in reversed((won, again)) if backwards else (won, again):
        keeper.tell(message)
    assert keeper.balances() == earned(keeper, 240 + 30)
    keeper.tell(refund_message("r1", "30.00", order_id="won", at="2026-11-16T09:00:00Z"))
    assert keeper.balances() == {}  # who was never won cannot come back
