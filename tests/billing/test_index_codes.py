"""Orders told before codes were indexed are found by their codes after one going over, which repeats itself harmlessly."""

from datetime import datetime

import pytest
from shopkeeper import Shopkeeper, order_message
from sqlalchemy import create_engine, make_url, select, text

from billing import index_codes as index
from billing.index_codes import index_codes
from billing.orders.tables import OrderCode
from tenants.database import Database
from tenants.local_postgres import LocalPostgres
from tenants.roles import ADMIN_ROLE, APP


def forget(postgres: LocalPostgres, urls: dict[str, str], shop: Shopkeeper) -> None:
    """Leave the index as an installation would have it that was older than it."""
    name = str(make_url(urls[APP]).database)
    engine = create_engine(postgres.url(ADMIN_ROLE, name))
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("DELETE FROM order_code WHERE tenant_id = :shop AND code <> 'SPRING 1'"), {"shop": shop.tenant_id})
    engine.dispose()


def codes(shop: Shopkeeper) -> list[str]:
    with shop.session() as session:
        return sorted(session.scalars(select(OrderCode.code)))


def test_codes_told_before_they_were_indexed_are_entered_once(
    database: Database, postgres: LocalPostgres, database_urls: dict[str, str], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, other = Shopkeeper(database, now), Shopkeeper(database, now)
    for number in range(3):
        shop.tell(order_message(f"o{number}", codes=["k7qzm4hxpa", f"spring {number}"]))
    shop.tell(order_message("o0", codes=["late"], updated_at=now.isoformat()))
    shop.tell(order_message("plain"))
    other.tell(order_message("o0", codes=["theirs"]))
    before = codes(shop)
    assert before == ["K7QZM-4HXPA"] * 3 + ["LATE", "SPRING 0", "SPRING 1", "SPRING 2"]
    forget(postgres, database_urls, shop)
    assert codes(shop) == ["SPRING 1"]  # one was entered by a telling since
    monkeypatch.setattr(index, "ORDERS_AT_ONCE", 2)
    with shop.session() as session:
        assert index_codes(session) == 6
    assert (codes(shop), codes(other)) == (before, ["THEIRS"])
    with shop.session() as session:
        assert index_codes(session) == 0
