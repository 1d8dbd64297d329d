"""What serving costs: noted with the work, priced exactly, held against the share, and a rule that acts on it with notice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fakes.shop_history import Shop, open_shop, routed
from sqlalchemy import select, text

from app.costs.lower_quality import COST_MINOR_MIN, lower_losing, must_be_lowered
from app.costs.margins import Margin, margins, spent_by_employee
from app.costs.meter import Meter
from app.costs.note_cost import Spent, note_cost
from app.costs.prices import Prices
from app.dashboard.letters import compose
from app.settings import Settings
from app.worker.cost_rounds import cost_rounds
from billing.money import Money
from tenants.audit import AuditFilter, audit_entries
from tenants.employee import change_picture_quality, employee_view
from tenants.identifiers import new_id
from tenants.tables import MailOutbox

PRICES = Prices("EUR", Decimal("2.50"), Decimal("0.05"), Decimal(12), Decimal("0.40"))


@pytest.fixture
def shop(database: Any, tenant_id: Any, now: datetime) -> Shop:
    return open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")


def spend(shop: Shop, spent: Spent, now: datetime, *, kind: Any = "turn", cause_id: Any = None) -> Any:
    cause_id = cause_id or new_id(now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        note_cost(session, kind=kind, cause_id=cause_id, employee_id=shop.employee_id, spent=spent, now=now)
    return cause_id


def month(shop: Shop, now: datetime, prices: Prices = PRICES) -> list[Margin]:
    return margins(shop.database, prices, start=now - timedelta(days=10), end=now + timedelta(seconds=1), now=now)


def test_a_price_is_exact_until_a_person_reads_it() -> None:
    spent = Spent(gpu_ms=1, cpu_ms=7, characters=11, tokens=13)
    exact = Fraction(5, 2) / 3_600_000 + Fraction(1, 20) * 7 / 3_600_000 + (12 * 11 + Fraction(2, 5) * 13) / 1_000_000
    assert PRICES.cost(spent) == exact
    assert PRICES.cost_money(Spent(gpu_ms=3_600_000)) == Money(250, "EUR")
    assert replace(PRICES, currency="JPY", gpu_hour=Decimal(400)).cost_money(Spent(gpu_ms=3_600_000)) == Money(400, "JPY")
    with pytest.raises(ValueError, match="less than nothing"):
        Spent(gpu_ms=-1)


def test_work_done_again_is_added_and_nothing_is_not_written(shop: Shop, now: datetime) -> None:
    one = spend(shop, Spent(cpu_ms=120, characters=40), now)
    spend(shop, Spent(cpu_ms=30, tokens=9), now, cause_id=one)
    spend(shop, Spent(gpu_ms=500), now, kind="film")
    spend(shop, Spent(), now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        found = spent_by_employee(session, now, now + timedelta(seconds=1))
        assert session.scalar(text("SELECT count(*) FROM service_cost")) == 2
        assert spent_by_employee(session, now + timedelta(seconds=1), now + timedelta(days=1)) == {}
    assert found == {shop.employee_id: (Spent(500, 150, 40, 9), 1, 1)}


def test_a_meter_counts_the_thread_that_works(now: datetime) -> None:
    meter = Meter()

    def things() -> Any:
        yield sum(range(400_000))

    made = things()
    assert meter.timed(made) == sum(range(400_000))
    assert meter.timed(made) is None
    meter.add(characters=3, tokens=2)
    assert meter.spent().cpu_ms > 0
    assert (meter.spent().characters, meter.spent().tokens, meter.spent().gpu_ms) == (3, 2, 0)


def test_the_share_is_held_against_the_cost(shop: Shop, now: datetime) -> None:
    spend(shop, Spent(gpu_ms=7_200_000), now)
    [one] = month(shop, now)
    assert (one.cost, one.earned, one.margin, one.is_losing) == (Money(500, "EUR"), (), Money(-500, "EUR"), True)
    talked_at = now - timedelta(days=2)
    shop.sell("K-1", "400.00", now=talked_at + timedelta(minutes=5), talk=shop.talk("Open?", ["Yes."], now=talked_at, cited=0))
    [abroad] = month(shop, now)
    assert (abroad.earned, abroad.margin, abroad.is_losing) == ((Money(4000, "USD"),), None, False)  # her contract pays in dollars
    [one] = month(shop, now, replace(PRICES, currency="USD"))
    assert (one.margin, one.is_losing) == (Money(3500, "USD"), False)


def test_the_rule_lowers_who_loses_and_says_so_once(shop: Shop, now: datetime) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert change_picture_quality(session, shop.employee_id, "neural")
    spend(shop, Spent(gpu_ms=14_400_000), now - timedelta(days=1))

    def lower(clock: Callable[[], datetime]) -> int:
        return lower_losing(shop.database, clock, PRICES, compose)

    assert lower(lambda: now + timedelta(days=40)) == 0  # what it cost is more than thirty days ago by then
    assert lower(lambda: now) == 1
    assert lower(lambda: now) == 0
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert employee_view(session, shop.employee_id).picture_quality == "browser"
        assert "employee.picture_quality" in {one.action for one in audit_entries(session, AuditFilter(), limit=20)}
    with shop.database.operator_session() as session:
        letters = session.scalars(select(MailOutbox).where(MailOutbox.subject.contains("drawn in the browser again"))).all()
    assert [one.recipient for one in letters] == [shop.email]
    assert "more than the share of sales earned" in letters[0].body
    assert "new films are made without the card" in letters[0].body
    assert "You may choose the graphics card again" in letters[0].body
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert change_picture_quality(session, shop.employee_id, "neural")
    spend(shop, Spent(gpu_ms=14_400_000), now + timedelta(days=28))
    assert lower(lambda: now + timedelta(days=1)) == 0  # the shop was told and chose again
    assert lower(lambda: now + timedelta(days=29)) == 0
    assert lower(lambda: now + timedelta(days=31)) == 1


def test_workers_follow_the_rule_only_where_the_operator_turned_it_on(shop: Shop, now: datetime, tmp_path: Path) -> None:
    assert cost_rounds(Settings(data_folder=tmp_path)) == ()
    [daily] = cost_rounds(Settings(data_folder=tmp_path, lowers_losing_quality=True))
    assert daily.every_seconds == 24 * 3600
    with shop.database.tenant_session(shop.tenant_id) as session:
        change_picture_quality(session, shop.employee_id, "neural")
    assert daily.work(shop.database, lambda: now) == 0  # nothing was spent
    spend(shop, Spent(gpu_ms=14_400_000), now - timedelta(days=1))
    assert daily.work(shop.database, lambda: now) == 1


@pytest.mark.parametrize(
    ("quality", "cost_minor", "is_lowered"),
    [("neural", COST_MINOR_MIN, True), ("neural", COST_MINOR_MIN - 1, False), ("browser", COST_MINOR_MIN, False)],
)
def test_only_a_card_at_a_cost_that_counts_is_judged(quality: str, cost_minor: int, is_lowered: bool, now: datetime) -> None:
    one = Margin(new_id(now), "Shop", new_id(now), "Amara", quality, Spent(), 1, 0, Money(cost_minor, "EUR"), ())
    assert must_be_lowered(one) is is_lowered
