"""A dismissal cuts the days, the month and its cap; the employee may be hired again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from shopkeeper import Shopkeeper
from sqlalchemy import select

from billing.contract_terms import ContractTerms
from billing.end_contract import end_contract
from billing.errors import ContractEndRefused, ContractUnknown
from billing.read_contracts import contracts_of, shops_with_ended_contracts
from billing.record_bonus import BonusEvent, record_bonus
from billing.revenue_share.periods import period_of
from billing.revenue_share.versions import load_contracts
from billing.sign_contract import sign_contract
from tenants.audit import AuditFilter, audit_entries
from tenants.database import Database
from tenants.identifiers import new_id
from tenants.tables import OutboxEvent
from tenants.tenant import open_tenant

TERMS = ContractTerms(currency="EUR", share_ppm=80_000, cap_minor=40_000, bonuses={"booking": 64_000})


def opened(shop: Shopkeeper) -> Shopkeeper:
    """The shop as a tenant with an audit log."""
    with shop.session() as session:
        open_tenant(session, name="Shop", time_zone="UTC", allowed_origins=("https://shop.example",), now=shop.now)
    return shop


def events(shop: Shopkeeper) -> list[dict[str, Any]]:
    with shop.session() as session:
        return [row.payload for row in session.scalars(select(OutboxEvent).where(OutboxEvent.name == "ContractEnded"))]


def test_a_dismissal_cuts_the_month_and_the_cap_with_it(database: Database, now: datetime) -> None:
    shop = opened(Shopkeeper(database, now, TERMS))
    with shop.session() as session:
        booked_at = period_of(now, "UTC").start + timedelta(days=9)
        booking = BonusEvent("booking", "crm", "B1", shop.employee_id, booked_at, booked_at, {"reservation": "B1"})
        record_bonus(session, booking, now=booked_at)
    assert shop.earned() == 40_000
    middle = period_of(now, "UTC").start + timedelta(days=15)
    shop.now = middle - timedelta(days=1)
    with shop.session() as session:
        dismissal = end_contract(session, shop.employee_id, actor="operator", ends_at=middle, now=shop.now)
        assert audit_entries(session, AuditFilter(action="contract.ended"), limit=9)[0].detail == {"ends_at": middle.isoformat()}
    assert "its works (films) belong to the shop" in dismissal.sentence
    assert shop.earned() == 20_000
    (event,) = events(shop)
    assert (event["works"], event["transcripts"], event["taste"]) == ("shop", "shop", "platform")
    with shop.session() as session:
        assert contracts_of(session, shop.employee_id)[-1].ends_at == middle
        with pytest.raises(ContractEndRefused, match="ends already"):
            end_contract(session, shop.employee_id, actor="operator", ends_at=middle + timedelta(1), now=shop.now)
        with pytest.raises(ContractUnknown):
            end_contract(session, shop.employee_id, actor="operator", now=middle)
        with pytest.raises(ContractUnknown):
            end_contract(session, new_id(now), actor="operator", now=now)


def test_who_was_dismissed_may_be_hired_again(database: Database, now: datetime) -> None:
    shop = opened(Shopkeeper(database, now, TERMS))
    with shop.session() as session:
        end_contract(session, shop.employee_id, actor="operator", now=now)
    again, raised = now + timedelta(days=40), TERMS.model_copy(update={"share_ppm": 90_000})
    with shop.session() as session:
        sign_contract(session, employee_id=shop.employee_id, terms=raised, accepted_by="Ada", now=again)
        first, second = contracts_of(session, shop.employee_id)
    assert (first.ends_at, second.starts_at, second.number, second.contract_id) == (now, again, 2, first.contract_id)
    with shop.session() as session:
        assert load_contracts(session).at(now + timedelta(days=1)) == ()


def test_a_contract_ends_neither_in_the_past_nor_before_it_begins(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=1))
    with shop.session() as session:
        with pytest.raises(ContractEndRefused, match="in the past"):
            end_contract(session, shop.employee_id, actor="operator", ends_at=now - timedelta(days=1), now=now)
        sign_contract(
            session, employee_id=shop.employee_id, terms=shop.terms, accepted_by="Ada", starts_at=now + timedelta(days=9), now=now
        )
        with pytest.raises(ContractEndRefused, match="only after that"):
            end_contract(session, shop.employee_id, actor="operator", ends_at=now + timedelta(days=1), now=now)


def test_the_shops_whose_contracts_ended_are_found_from_that_moment_on(database: Database, now: datetime) -> None:
    shop, _ = opened(Shopkeeper(database, now)), Shopkeeper(database, now)
    ends_at = now + timedelta(days=3)
    with shop.session() as session:
        end_contract(session, shop.employee_id, actor="operator", ends_at=ends_at, now=now)
    assert shops_with_ended_contracts(database, ends_at - timedelta(microseconds=1)) == []
    assert shops_with_ended_contracts(database, ends_at) == [shop.tenant_id]
