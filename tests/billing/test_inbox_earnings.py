"""Leads, bookings and a work's income come through the same door as orders: signed, kept, read once, and taken back by a later word."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from shopkeeper import Shopkeeper, order_message
from sqlalchemy import select

from billing.contract_terms import ContractTerms
from billing.errors import PayloadRefused
from billing.explain import explain_revision
from billing.import_rates import import_rates
from billing.inbox.generic import read_delivery
from billing.ledger.tables import LedgerTransaction
from billing.read_deliveries import deliveries
from billing.revenue_share.reckon_events import why_nothing
from billing.revenue_share.tables import EarningEvent
from tenants.database import Database
from tenants.identifiers import to_public

PAYLOADS = Path(__file__).parents[1] / "payloads" / "generic"
TERMS = ContractTerms(currency="EUR", share_ppm=80_000, bonuses={"lead": 300, "booking": 1_000}, royalty_income_ppm=100_000)


def message(name: str, shop: Shopkeeper, **changed: Any) -> dict[str, Any]:
    """An example of the page, told of this shop's employee."""
    document: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    kind = changed.pop("type", document["type"])
    return document | {"type": kind, "data": document["data"] | {"employee": to_public("emp", shop.employee_id)} | changed}


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    return Shopkeeper(database, now.replace(hour=18), terms=TERMS)


def test_a_lead_earns_its_bonus_once_and_is_withdrawn(shop: Shopkeeper) -> None:
    for _ in range(2):
        assert shop.tell(message("lead_created", shop)).state == "handled"
    assert shop.earned() == 300
    gone = message("lead_created", shop, type="lead.withdrawn", updated_at="2026-11-20T12:00:00Z")
    assert shop.tell(gone).event_type == "lead.withdrawn"
    assert shop.earned() == 0


def test_a_set_of_orders_leads_and_income_is_read_together(shop: Shopkeeper) -> None:
    shop.post(order_message())
    shop.post(message("lead_created", shop, type="booking.created", id="b-1"))
    shop.post(message("income_reported", shop))
    shop.post(message("income_reported", shop, id="yt-2", occurred_at="2026-11-01T09:00:00Z"))
    assert shop.work() == 4
    assert shop.earned() == 1_000 + 2 * 2_124


@pytest.mark.parametrize("is_earlier_second", [False, True])
def test_a_lead_that_two_systems_tell_is_paid_once_and_stays_visible(shop: Shopkeeper, is_earlier_second: bool) -> None:
    other = shop.connect("Calendar", "diary", is_order_book=False)
    first, second = (message("lead_created", shop), message("lead_created", shop, occurred_at="2026-11-20T10:58:30Z"))
    evidence = {"form": "another", "conversation": first["data"]["evidence"]["conversation"]}
    second["data"]["evidence"] = evidence
    told = [(first, None), (second, other)]
    for body, connection in told[::-1] if is_earlier_second else told:
        shop.tell(body, connection=connection)
    assert shop.earned() == 300
    with shop.session() as session:
        reasons = [view.reason for view in deliveries(session).deliveries]
    assert [str(reason).startswith("It is counted already: con_") for reason in reasons].count(True) == 1
    assert shop.tell(second | {"type": "lead.withdrawn"}, connection=other).state == "handled"
    assert shop.earned() == 300
    gone = message("lead_created", shop, type="lead.withdrawn", updated_at="2026-11-20T12:00:00Z")
    assert shop.tell(gone).state == "handled"
    assert shop.earned() == 0


def test_the_same_id_with_other_evidence_is_another_lead(shop: Shopkeeper) -> None:
    other = shop.connect("Calendar", "diary", is_order_book=False)
    shop.tell(message("lead_created", shop))
    shop.tell(message("lead_created", shop, evidence={"form": "quote-2231", "conversation": "cnv_another"}), connection=other)
    assert shop.earned() == 600


def test_what_cannot_be_right_is_set_aside_at_once(shop: Shopkeeper) -> None:
    shop.tell(message("lead_created", shop))
    view = shop.tell(message("lead_created", shop, occurred_at="2026-11-19T10:58:00Z", updated_at="2026-11-20T12:00:00Z"))
    assert view.state == "set_aside"
    assert "of another day, employee, work or currency" in str(view.reason)
    assert shop.earned() == 300


def test_a_delivery_says_why_what_it_tells_earns_nothing(shop: Shopkeeper) -> None:
    """The sentence is looked up: it ends when the rate is published or the lead is told again."""
    waiting = shop.tell(message("income_reported", shop, id="usd", currency="USD"))
    assert (waiting.state, waiting.reason) == ("handled", "It waits for an exchange rate from USD to EUR of 2026-10-31.")
    stranger = shop.tell(message("lead_created", shop, id="l-2", employee=to_public("emp", UUID(int=4))))
    assert stranger.reason == "No contract governed this employee on that day."
    lead = shop.tell(message("lead_created", shop))
    assert lead.reason is None
    gone = shop.tell(message("lead_created", shop, type="lead.withdrawn", updated_at="2026-11-20T12:00:00Z"))
    assert gone.reason is None
    import_rates(
        shop.database,
        "day,base,quote,rate,source\n2026-10-30,EUR,USD,1.25,ecb\n2026-11-20,EUR,USD,1.25,ecb\n",
        now=shop.now,
        are_jumps_confirmed=True,
    )
    with shop.session() as session:
        found = {view.event_id: view.reason for view in deliveries(session).deliveries}
    assert found[waiting.event_id] is None
    assert str(found[lead.event_id]).endswith("and takes it back.")


def test_why_a_lead_earns_nothing_is_told_to_its_own_shop_only(shop: Shopkeeper, database: Database) -> None:
    shop.tell(message("lead_created", shop, employee=to_public("emp", UUID(int=4))))
    with shop.session() as session:
        event_id = session.scalars(select(EarningEvent.earning_event_id)).one()
        assert why_nothing(session, {event_id}) == {event_id: "No contract governed this employee on that day."}
    with Shopkeeper(database, shop.now, terms=TERMS).session() as session:
        assert why_nothing(session, {event_id}) == {}


def test_only_what_an_order_earned_is_explained_by_a_revision(shop: Shopkeeper) -> None:
    shop.touch()
    shop.tell(order_message(at="2026-11-20T17:30:00Z", attribution={"visitor": str(shop.visitor_id)}))
    shop.tell(message("lead_created", shop))
    with shop.session() as session:
        posted = {row.kind: row for row in session.scalars(select(LedgerTransaction))}
        share, bonus = posted.pop("share"), posted.pop("bonus")
        revision = explain_revision(session, transaction_id=share.transaction_id)
        assert revision is not None
        assert [(one.transaction_id, one.amount_minor) for one in revision.movements] == [(share.transaction_id, 240)]
        assert explain_revision(session, transaction_id=bonus.transaction_id) is None
    assert (posted, shop.earned()) == ({}, 540)


@pytest.mark.parametrize(
    ("name", "changed", "sentence"),
    [
        ("lead_created", {"employee": "Amara"}, "data.employee: 'Amara' is not an id that starts with emp_"),
        ("lead_created", {"evidence": {}}, "data.evidence must name 1 to 12 references"),
        ("lead_created", {"updated_at": None}, "data.updated_at must be a time"),
        ("income_reported", {"work": None}, "data.work must be a text"),
        ("income_reported", {"currency": "XXQ"}, "data.currency: 'XXQ' is not a currency"),
        ("income_reported", {"amount": 212.4}, "data.amount: "),
        ("income_reported", {"type": "income.guessed"}, "'income.guessed' is not known"),
    ],
)
def test_each_wrong_field_is_named(name: str, changed: dict[str, Any], sentence: str, now: datetime) -> None:
    document = json.loads((PAYLOADS / f"{name}.json").read_text())
    kind = changed.pop("type", document["type"])
    with pytest.raises(PayloadRefused, match=re.escape(sentence)):
        read_delivery(json.dumps(document | {"type": kind, "data": document["data"] | changed}).encode(), now=now.replace(hour=18))
