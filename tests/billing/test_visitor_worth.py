"""What visitors bought within a week of a moment, in the currency most of them pay in: it chooses what is tried next, and pays nobody."""

from datetime import datetime, timedelta

import pytest
from shopkeeper import Shopkeeper, order_message

from billing import visitor_worth as worths
from billing.visitor_worth import WINDOW, visitor_worth
from tenants.database import Database
from tenants.identifiers import new_id


def test_a_visitors_orders_of_the_week_count_in_the_usual_currency(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worths, "AT_ONCE", 2)  # so that more than one question is asked
    shop = Shopkeeper(database, now)
    often, once, abroad, early, nobody = (new_id(now) for _ in range(5))
    told = [(often, 0, "EUR"), (often, 6, "EUR"), (often, 7, "EUR"), (once, 1, "EUR"), (abroad, 1, "USD"), (early, -1, "EUR")]
    for number, (visitor, days, currency) in enumerate(told):
        day = (now - WINDOW + timedelta(days=days)).isoformat().replace("+00:00", "Z")
        shop.post(order_message(f"V-{number}", at=day, currency=currency, attribution={"visitor": str(visitor)}))
    shop.work()
    with shop.session() as session:
        since = dict.fromkeys((often, once, abroad, early, nobody), now - WINDOW)
        assert visitor_worth(session, since) == ({often: 6_000, once: 3_000}, "EUR")
        assert visitor_worth(session, {abroad: now - WINDOW}) == ({abroad: 3_000}, "USD")
        assert visitor_worth(session, {nobody: now - WINDOW}) == visitor_worth(session, {}) == ({}, "")
