"""The experiment on a real book: who counts, from when, what of their orders, and what the contract then pays."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from shopkeeper import Shopkeeper, order_message, refund_message
from sqlalchemy import select

from billing.assign_holdout import assign_holdout
from billing.contract_terms import ContractTerms, Lift
from billing.errors import ContractTermsRefused
from billing.import_rates import import_rates
from billing.lift.of_period import lift_of_period
from billing.read_lift import LiftReading, read_lift
from billing.revenue_share.periods import period_of
from billing.revenue_share.tables import ContractEffect
from billing.sign_contract import sign_contract
from tenants.database import Database
from tenants.identifiers import new_id

PAYS_ON_LIFT = Lift(share_ppm=200_000, basis="lower", confidence_ppm=800_000)
TERMS = ContractTerms(currency="EUR", share_ppm=80_000, holdout_ppm=500_000, lift=PAYS_ON_LIFT)


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    return Shopkeeper(database, now - timedelta(days=5), TERMS)


def visit(shop: Shopkeeper, visitors: int) -> dict[str, list[UUID]]:
    """Visitors come now and are put into their arms."""
    arms: dict[str, list[UUID]] = {"treated": [], "holdout": []}
    with shop.session() as session:
        for _ in range(visitors):
            visitor_id = new_id(shop.now)
            arms[assign_holdout(session, visitor_id=visitor_id, employee_id=shop.employee_id, now=shop.now)].append(visitor_id)
    return arms


def buy(shop: Shopkeeper, name: str, visitor_id: UUID, total: str, at: datetime, **more: Any) -> None:
    shop.post(order_message(name, total=total, at=at.isoformat(), attribution={"visitor": str(visitor_id)}, **more))


def read(shop: Shopkeeper) -> LiftReading:
    with shop.session() as session:
        found = read_lift(session, employee_id=shop.employee_id, now=shop.now)
    assert found
    return found


def after(shop: Shopkeeper, days: int) -> None:
    shop.now += timedelta(days=days)
    shop.work()


def test_a_visitor_counts_when_its_window_is_over_with_what_it_then_kept(shop: Shopkeeper) -> None:
    start, arms = shop.now, visit(shop, 20)
    met, held = arms["treated"], arms["holdout"]
    buy(shop, "met", met[0], "30.00", start + timedelta(minutes=1))
    buy(shop, "again", met[0], "12.00", start + timedelta(days=29))
    buy(shop, "late", met[1], "99.00", start + timedelta(days=30))
    buy(shop, "held", held[0], "20.00", start + timedelta(days=1))
    buy(shop, "before", held[1], "50.00", start - timedelta(minutes=1))
    buy(shop, "test", held[2], "70.00", start + timedelta(days=2), is_test=True)
    shop.post(refund_message("r", "10.00", order_id="met"))
    shop.post(order_message("stranger", total="500.00", at=start.isoformat()))
    after(shop, 29)
    early = read(shop)
    assert (early.visitors_waiting, early.effect, early.treated.visitors) == (20, None, 0)
    after(shop, 1)
    found = read(shop)
    assert (found.visitors_waiting, found.treated.visitors, found.holdout.visitors) == (0, len(met), len(held))
    assert (found.treated.buyers, found.treated.total_minor, found.treated.squares) == (1, 3200, 3200**2)
    assert (found.holdout.buyers, found.holdout.total_minor) == (1, 2000)
    assert found.sentence.startswith("It is too early to tell")
    assert [point.visitors for point in found.points] == [20]
    assert found.months[0].treated == found.treated
    assert found.effect
    assert found.added_minor == found.months[0].added_minor == round(found.effect.estimate * len(met))


def test_a_coupon_joins_no_order_because_the_holdout_has_none(shop: Shopkeeper) -> None:
    met = visit(shop, 10)["treated"]
    code = shop.coupon(shop.offer(), visitor_id=met[0]).code
    shop.post(order_message("1", at=(shop.now + timedelta(hours=1)).isoformat(), codes=[code]))
    after(shop, 30)
    assert read(shop).treated.total_minor == 0


def test_a_sale_told_by_two_systems_counts_once(shop: Shopkeeper) -> None:
    start, met = shop.now, visit(shop, 10)["treated"]
    till = shop.connect("Till", "till", is_order_book=True)
    for connection in (shop.book, till):
        message = order_message(
            "1", at=(start + timedelta(hours=1)).isoformat(), attribution={"visitor": str(met[0])}, payment_reference="p1"
        )
        shop.post(message, connection=connection)
    after(shop, 30)
    assert read(shop).treated.total_minor == 3000


def test_other_currencies_wait_for_their_rate(shop: Shopkeeper, database: Database) -> None:
    start, met = shop.now, visit(shop, 10)["treated"]
    buy(shop, "1", met[0], "30.00", start + timedelta(hours=1), currency="USD")
    after(shop, 30)
    waiting = read(shop)
    assert (waiting.orders_waiting, waiting.treated.total_minor) == (1, 0)
    publish(database, shop, [(start.date(), "1.25"), (shop.now.date(), "2")])
    found = read(shop)
    assert (found.orders_waiting, found.treated.total_minor) == (0, 2400)


def publish(database: Database, shop: Shopkeeper, rates: list[tuple[Any, str]]) -> None:
    table = "day,base,quote,rate,source\n" + "".join(f"{day.isoformat()},EUR,USD,{rate},ecb\n" for day, rate in rates)
    import_rates(database, table, now=shop.now, are_jumps_confirmed=True)


def a_good_month(shop: Shopkeeper, visitors: int) -> datetime:
    """Four in five of those who met the employee buy, one in four of the others."""
    start, arms, dice = shop.now, visit(shop, visitors), random.Random(5)
    for arm, often in (("treated", 0.8), ("holdout", 0.25)):
        for number, visitor_id in enumerate(arms[arm]):
            if dice.random() < often:
                buy(
                    shop,
                    f"{arm}-{start.date()}-{number}",
                    visitor_id,
                    f"{dice.randint(20, 40)}.00",
                    start + timedelta(hours=number % 600 + 1),
                )
    return start


def verdict(shop: Shopkeeper, month: datetime) -> Any:
    period = period_of(month, "UTC")
    with shop.session() as session:
        version = session.scalars(select(ContractEffect.contract_version_id)).one()
        return lift_of_period(
            session, contract_version_id=version, terms=TERMS, period_start=period.start, period_end=period.end, now=shop.now
        )


def test_the_contract_pays_a_share_of_the_lower_end(shop: Shopkeeper) -> None:
    november = a_good_month(shop, 400)
    after(shop, 30)
    found, said = read(shop), verdict(shop, november)
    assert found.effect
    assert found.effect.low
    assert found.effect.low > 0
    assert said.amount_minor == round(found.effect.low * found.treated.visitors / 5)
    assert said.is_told
    assert found.sentence in said.sentence
    quiet = verdict(shop, shop.now)
    assert (quiet.amount_minor, quiet.working["mark_before_minor"]) == (0, said.amount_minor)
    assert len(quiet.working["cohorts"]) == 2


def test_only_a_contract_on_lift_has_a_lift_line(shop: Shopkeeper) -> None:
    with shop.session() as session, pytest.raises(ContractTermsRefused, match="does not pay on lift"):
        lift_of_period(
            session, contract_version_id=new_id(shop.now), terms=TERMS.model_copy(update={"lift": None}), period_start=shop.now,
            period_end=shop.now, now=shop.now,
        )  # fmt: skip


def test_each_contract_version_is_an_experiment_of_its_own(shop: Shopkeeper) -> None:
    before = visit(shop, 10)
    shop.now += timedelta(days=1)
    plain = TERMS.model_copy(update={"holdout_ppm": 100_000, "lift": None})
    with shop.session() as session:
        sign_contract(session, employee_id=shop.employee_id, terms=plain, accepted_by="Ada", now=shop.now)
    later = visit(shop, 20)
    with shop.session() as session:
        for visitor_id in before["holdout"]:
            assert assign_holdout(session, visitor_id=visitor_id, employee_id=shop.employee_id, now=shop.now) == "holdout"
    after(shop, 30)
    found = read(shop)
    assert (found.treated.visitors, found.holdout.visitors) == (len(later["treated"]), len(later["holdout"]))
    assert found.confidence_ppm == 950_000


def test_without_a_contract_there_is_nothing_to_read(shop: Shopkeeper) -> None:
    with shop.session() as session:
        assert read_lift(session, employee_id=new_id(shop.now), now=shop.now) is None
