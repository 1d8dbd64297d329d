"""A film that shows a code is credited with what the code sells, whichever of the two ways the order is handled."""

from datetime import datetime
from typing import Any

import pytest
from shopkeeper import TERMS, Shopkeeper, order_message

from billing.explain import explain_order
from billing.inbox.claiming import Turns, claim
from billing.inbox.together import record_together
from billing.issue_coupon import issue_coupon
from tenants.database import Database
from tenants.identifiers import new_id

ROYALTY = TERMS.model_copy(update={"royalty_share_ppm": 150_000})


@pytest.mark.parametrize("is_together", [False, True])
def test_an_order_with_a_films_code_earns_the_films_royalty(database: Database, now: datetime, is_together: bool) -> None:
    shop = Shopkeeper(database, now, ROYALTY)
    offer_id, film_id = shop.offer(), new_id(now)
    with shop.session() as session:
        made: dict[str, Any] = {"offer_id": offer_id, "conversation_id": None, "turn_id": None, "now": now}
        of_film = issue_coupon(session, visitor_id=None, work_id=film_id, **made)
        of_talk = issue_coupon(session, visitor_id=shop.visitor_id, **made)
    at = now.isoformat().replace("+00:00", "Z")
    told = [
        shop.post(order_message(name, at=at, codes=[coupon.code])).event_id
        for name, coupon in (("film", of_film), ("talk", of_talk))
    ]  # fmt: skip
    if is_together:
        claimed = claim(database, Turns(), now=now, limit=100)
        assert claimed is not None
        assert record_together(database, claimed.deliveries, shop.clock) >= set(told)
    else:
        for _ in told:
            shop.work(limit=1)
    with shop.session() as session:
        credited = {
            credit.order_ref: explained.credits[0].work_id
            for credit in shop.slip().lines
            if credit.order_id is not None
            for explained in explain_order(session, order_id=credit.order_id).revisions
        }
    assert credited == {"film": film_id, "talk": None}
    assert {line.order_ref: line.amount_minor for line in shop.slip().lines} == {"film": 450, "talk": 240}
