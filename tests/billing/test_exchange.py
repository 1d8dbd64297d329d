"""The table of exchange rates in the database: who may write it, when a rate is known, and what happens to orders that waited."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from shopkeeper import Shopkeeper, order_message
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from billing.errors import RateAlreadyPublished, RatesOutOfSequence
from billing.exchange.rates import Rate, RateWanted, rates_for
from billing.exchange.waiting import note_waiting, waiting_orders
from billing.import_rates import ImportedRates, import_rates
from billing.orders.locks import lock_orders
from billing.orders.tables import ShopOrder
from billing.read_rates import published_rates, waiting_for_rates
from billing.reckon_waiting import reckon_waiting
from tenants.database import Database, connect
from tenants.identifiers import new_id
from tenants.roles import APP, INTAKE, OPERATOR

THURSDAY, FRIDAY, SATURDAY, MONDAY = (date(2026, 11, day) for day in (12, 13, 14, 16))
WEEK = """day,base,quote,rate,source
2026-11-12,EUR,USD,1.0801,ecb
2026-11-12,EUR,JPY,161.90,ecb
2026-11-13,EUR,USD,1.0823,ecb
2026-11-13,EUR,JPY,162.35,ecb
2026-11-13,EUR,KWD,0.332,cbk
"""
NEXT = "day,base,quote,rate,source\n2026-11-16,EUR,USD,1.0850,ecb\n2026-11-16,EUR,JPY,163.00,ecb\n"


@pytest.fixture
def shop(database, now) -> Shopkeeper:
    return Shopkeeper(database, now)


def ask(shop: Shopkeeper, *wanted: RateWanted) -> dict[RateWanted, Rate]:
    with shop.session() as session:
        return rates_for(session, wanted)


def test_a_rate_is_that_of_the_last_day_up_to_it_and_known_when_a_later_day_is_published(shop):
    friday, saturday = RateWanted(FRIDAY, "USD", "EUR"), RateWanted(SATURDAY, "EUR", "USD")
    assert ask(shop, friday, saturday) == {}
    assert import_rates(shop.database, WEEK, now=shop.now, are_jumps_confirmed=True) == ImportedRates(5, 0, 0)
    assert ask(shop, friday, saturday) == {friday: Rate(FRIDAY, "USD", "EUR", 923_958_237, "ecb")}
    assert import_rates(shop.database, WEEK + NEXT.partition("\n")[2], now=shop.now, are_jumps_confirmed=True) == ImportedRates(2, 5, 0)
    assert ask(shop, friday, saturday) == {
        friday: Rate(FRIDAY, "USD", "EUR", 923_958_237, "ecb"),
        saturday: Rate(FRIDAY, "EUR", "USD", 1_082_300_000, "ecb"),
    }


def test_cross_rates_of_two_sources(shop):
    import_rates(shop.database, WEEK, now=shop.now, are_jumps_confirmed=True)
    wanted = RateWanted(FRIDAY, "JPY", "KWD")
    assert ask(shop, wanted) == {wanted: Rate(FRIDAY, "JPY", "KWD", 2_044_965, "cbk+ecb")}


def test_nothing_is_known_before_a_series_begins(shop):
    import_rates(shop.database, WEEK, now=shop.now, are_jumps_confirmed=True)
    assert ask(shop, RateWanted(THURSDAY, "KWD", "EUR"), RateWanted(THURSDAY - timedelta(days=1), "USD", "EUR")) == {}


def test_asking_for_nothing_asks_nobody(shop):
    assert ask(shop) == {}


def test_an_import_is_all_or_nothing_and_changes_nothing_that_stands(shop):
    import_rates(shop.database, WEEK, now=shop.now, are_jumps_confirmed=True)
    with pytest.raises(RateAlreadyPublished):
        import_rates(shop.database, NEXT + "2026-11-13,EUR,USD,1.0824,ecb\n", now=shop.now, are_jumps_confirmed=True)
    with pytest.raises(RatesOutOfSequence):
        import_rates(shop.database, NEXT + "2026-11-11,EUR,USD,1.0824,ecb\n", now=shop.now, are_jumps_confirmed=True)
    assert ask(shop, RateWanted(SATURDAY, "EUR", "USD")) == {}
    assert import_rates(shop.database, "day,base,quote,rate,source\n", now=shop.now, are_jumps_confirmed=True) == ImportedRates(0, 0, 0)


def test_only_the_operator_writes_rates_and_nobody_changes_one(shop):
    import_rates(shop.database, WEEK, now=shop.now, are_jumps_confirmed=True)
    insert = (
        "INSERT INTO fx_rate (quote, day, base, rate_e9, source, imported_at) VALUES ('CHF', '2026-11-13', 'EUR', 1, 'me', '2026-11-13')"
    )
    for opened in (shop.session, shop.database.intake_session):
        with pytest.raises(ProgrammingError, match="permission denied"), opened() as session:
            session.execute(text(insert))
    for change in ("UPDATE fx_rate SET rate_e9 = 1", "DELETE FROM fx_rate"):
        with pytest.raises(ProgrammingError, match="permission denied"), shop.database.operator_session() as session:
            session.execute(text(change))


def test_an_import_under_way_is_waited_for_by_whoever_misses_a_rate(shop):
    """An order that misses the rate in the instant of its import must either see it, or be found waiting afterwards."""
    wanted, order_id, start = RateWanted(FRIDAY, "USD", "EUR"), new_id(shop.now), threading.Barrier(2)

    def reckon() -> bool:
        start.wait()
        with shop.session() as session:
            found = rates_for(session, [wanted])
            note_waiting(session, {order_id: [] if found else [wanted]}, now=shop.now)
            return bool(found)

    def publish() -> int:
        start.wait()
        return import_rates(shop.database, WEEK, now=shop.now, are_jumps_confirmed=True).new_count

    with ThreadPoolExecutor(2) as pool:
        seen, new_count = pool.submit(reckon), pool.submit(publish)
        assert new_count.result() == 5
    with shop.session() as session:
        assert seen.result() or [one.wanted for one in waiting_orders(session)] in ([wanted], [])


def order_of(session: Session) -> ShopOrder:
    return session.query(ShopOrder).one()


def test_waiting_orders_are_visible_until_their_rate_is_published(shop):
    shop.tell(order_message())
    wanted, other = RateWanted(SATURDAY, "USD", "EUR"), RateWanted(THURSDAY, "GBP", "EUR")
    with shop.session() as session:
        order_id = order_of(session).order_id
        note_waiting(session, {order_id: [wanted, other]}, now=shop.now)
        note_waiting(session, {order_id: [wanted, other]}, now=shop.now + timedelta(hours=1))
    with shop.session() as session:
        shown = waiting_for_rates(session)
        assert {(one.order_id, one.day, one.base, one.quote, one.since) for one in shown} == {
            (order_id, SATURDAY, "USD", "EUR", shop.now), (order_id, THURSDAY, "GBP", "EUR", shop.now),
        }  # fmt: skip
        assert {one.number for one in shown} == {order_of(session).number}
    assert import_rates(shop.database, WEEK, now=shop.now, are_jumps_confirmed=True).orders_reckoned == 0
    assert import_rates(shop.database, NEXT, now=shop.now, are_jumps_confirmed=True).orders_reckoned == 1
    with shop.session() as session:
        assert [one.wanted for one in waiting_orders(session)] == [other]
        note_waiting(session, {order_id: []}, now=shop.now)
        assert waiting_orders(session) == ()


def test_one_tenants_trouble_does_not_stop_the_others(database: Database, database_urls, now):
    troubled, fine = Shopkeeper(database, now), Shopkeeper(database, now)
    wanted = RateWanted(FRIDAY, "USD", "EUR")
    for shop in (troubled, fine):
        shop.tell(order_message())
        with shop.session() as session:
            note_waiting(session, {order_of(session).order_id: [wanted]}, now=now)
    impatient = connect(
        app_url=f"{database_urls[APP]}&options=-clock_timeout%3D100",
        intake_url=database_urls[INTAKE],
        operator_url=database_urls[OPERATOR],
    )
    with troubled.session() as session:
        lock_orders(session, [order_of(session).order_id])  # somebody holds the order for longer than the other waits
        assert import_rates(impatient, WEEK, now=now, are_jumps_confirmed=True).orders_reckoned == 1
    impatient.dispose()
    with fine.session() as session:
        assert waiting_orders(session) == ()
    assert reckon_waiting(database, now=now) == 1
    assert reckon_waiting(database, now=now) == 0


def test_the_newest_rate_of_every_currency_is_shown_with_its_days(shop):
    assert published_rates(shop.database) == ()
    import_rates(shop.database, WEEK, now=shop.now, are_jumps_confirmed=True)
    import_rates(shop.database, NEXT, now=shop.now + timedelta(days=3), are_jumps_confirmed=True)
    shown = [(one.quote, one.day, one.rate_e9, one.source, one.first_day, one.day_count) for one in published_rates(shop.database)]
    assert shown == [
        ("JPY", MONDAY, 163_000_000_000, "ecb", THURSDAY, 3), ("KWD", FRIDAY, 332_000_000, "cbk", FRIDAY, 1),
        ("USD", MONDAY, 1_085_000_000, "ecb", THURSDAY, 3),
    ]  # fmt: skip
