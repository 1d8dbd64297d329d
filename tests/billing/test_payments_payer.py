"""The shop as a payer: its own limit, its tax number, whom its bills are made out to, and their document."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from payer import SELLER, Payer
from sqlalchemy import select

from billing.bill_details import BillDetails, bill_details, keep_details, page_for_method
from billing.contract_terms import ContractTerms
from billing.errors import CurrencyUnknown
from billing.gateways import Manual
from billing.mark_paid import mark_paid
from billing.payment_errors import BillDetailsRefused, GatewayRefused, SpendingLimitReached
from billing.payments.tables import BillAccount, SpendingAlert
from billing.payments.tax_ids import check_tax_id
from billing.read_bills import invoice_file
from billing.record_bonus import BonusEvent, record_bonus
from billing.spending_limit import set_limit, shops_with_limits, spending, watch_spending
from tenants.database import Database


@pytest.fixture
def payer(database: Database, now) -> Payer:
    return Payer(database, now)


def earn(payer: Payer, key: str) -> None:
    event = BonusEvent("lead", "shop", key, payer.employee_id, payer.now, payer.now, {"conversation": key})
    with payer.session() as session:
        record_bonus(session, event, now=payer.now)


def test_a_limit_tells_at_its_shares_once_and_stops_offers_where_that_was_chosen(database: Database, now):
    payer = Payer(database, now, terms=ContractTerms(currency="EUR", share_ppm=80_000, bonuses={"lead": 1_000}))
    with payer.session() as session:
        assert spending(session, now=now).percent is None
        assert watch_spending(session, now=now) == 0
        with pytest.raises(BillDetailsRefused):
            set_limit(session, limit_minor=0, currency="EUR", stops_offers=True, actor="ada", now=now)
        with pytest.raises(CurrencyUnknown):
            set_limit(session, limit_minor=1, currency="EURO", stops_offers=True, actor="ada", now=now)
        set_limit(session, limit_minor=2_000, currency="EUR", stops_offers=True, actor="ada", now=now)
    offer_id = payer.offer()
    earn(payer, "1")
    with payer.session() as session:
        assert (watch_spending(session, now=now), watch_spending(session, now=now)) == (1, 0)
    payer.coupon(offer_id, visitor_id=UUID(int=1))
    earn(payer, "2")
    with payer.session() as session:
        assert watch_spending(session, now=now) == 2
        assert spending(session, now=now).reached_until is not None
    with pytest.raises(SpendingLimitReached):
        payer.coupon(offer_id, visitor_id=UUID(int=2))
    told = payer.announced("SpendingReached")
    assert sorted((one["percent"], one["spent_minor"], one["stops_offers"]) for one in told) == [(50, 1_000, False), (100, 2_000, True)]
    with payer.session() as session:
        set_limit(session, limit_minor=2_000, currency="EUR", stops_offers=False, actor="ada", now=now)
    payer.coupon(offer_id, visitor_id=UUID(int=2))
    assert len(payer.announced("SpendingReached")) == 2
    with payer.session() as session:
        set_limit(session, limit_minor=None, currency="EUR", stops_offers=True, actor="ada", now=now)
        assert spending(session, now=now).stops_offers is False
        set_limit(session, limit_minor=9_000, currency="USD", stops_offers=True, actor="ada", now=now)
        assert spending(session, now=now).percent == 0
    assert shops_with_limits(database) == [payer.tenant_id]
    with payer.session() as session:
        assert len(list(session.scalars(select(SpendingAlert)))) == 3
        session.get_one(BillAccount, payer.tenant_id).reached_until = now
    payer.coupon(offer_id, visitor_id=UUID(int=3))  # the month of the limit is over


@pytest.mark.parametrize(
    ("tax_id", "country", "kept"),
    [
        ("", "", ""), (" DE 136 695 976 ", "DE", "DE136695976"), ("094259216", "GR", "EL094259216"), ("IE6433435F", "IE", "IE6433435F"),
        ("12-3456789", "US", "12-3456789"),
        ("91110000600037341L", "CN", "91110000600037341L"),
    ],
)  # fmt: skip
def test_tax_numbers_that_can_be_one(tax_id: str, country: str, kept: str):
    assert check_tax_id(tax_id, country) == kept


@pytest.mark.parametrize(
    ("tax_id", "country", "about"), [("DE136695977", "DE", "tax_id"), ("1", "US", "tax_id"), ("1234", "", "country")]
)  # fmt: skip
def test_tax_numbers_that_cannot_be_one(tax_id: str, country: str, about: str):
    with pytest.raises(BillDetailsRefused) as refused:
        check_tax_id(tax_id, country)
    assert refused.value.about == about


def test_particulars_are_checked_kept_and_stand_on_the_next_bill(payer: Payer):
    good = BillDetails("Kestrel GmbH", "Weg 1\n  10115 Berlin ", "DE", "DE136695976", "Money@Kestrel.example")
    with payer.session() as session:
        assert bill_details(session) == BillDetails("", "", "", "", "")
        for name, value in (("legal_name", " "), ("address", ""), ("country", "ZZ"), ("email", "nobody"), ("tax_id", "9")):
            with pytest.raises(BillDetailsRefused) as refused:
                keep_details(session, replace(good, **{name: value}), actor="ada", now=payer.now)
            assert refused.value.about == name
        keep_details(session, replace(good, email=""), actor="ada", now=payer.now)
        keep_details(session, good, actor="ada", now=payer.now)
        assert bill_details(session).email == "money@kestrel.example"
    statement_id = payer.draw()
    assert payer.row(statement_id).buyer["address"] == "Weg 1\n10115 Berlin"
    with payer.session() as session:
        unsent = invoice_file(session, statement_id=statement_id, now=payer.now)
    payer.collect()
    with payer.session() as session:
        mark_paid(session, statement_id=statement_id, paid_on=date(2026, 11, 20), reference="", actor="ada", now=payer.now)
    with payer.session() as session:
        name, paper = invoice_file(session, statement_id=statement_id, now=payer.now)
    assert (name, paper[:5], paper != unsent[1]) == (f"invoice-{payer.row(statement_id).number}.pdf", b"%PDF-", True)
    with pytest.raises(GatewayRefused):
        page_for_method(payer.database, payer.gateway, payer.tenant_id, currency="EUR", back_to="x")
    by_hand = Manual(SELLER, 14)
    with pytest.raises(GatewayRefused):
        by_hand.portal_page("x", "y")
    assert (by_hand.look("x"), by_hand.method_label("x", None), list(by_hand.invoices_since(payer.now))) == (None, None, [])
