"""Bills paid by hand, and what holds for every gateway: drawing, lines, credit notes, payouts."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from closed_months import TWO_PAYEES, months_of
from payer import SELLER, SUMS, Payer

from billing.collect_fee import collect_due
from billing.contract_terms import ContractTerms
from billing.draw_bill import draw_bill
from billing.end_contract import end_contract
from billing.gateways import stripe_gateway
from billing.mark_paid import mark_paid, take_back_payment
from billing.pay_payees import mark_paid_out, payout_file, payouts_of, take_back_payout
from billing.payment_errors import BillRefused, BillUnknown
from billing.payments.gateway import OrderLine
from billing.payments.lines import lines_of, merged
from billing.payments.standing import is_past
from billing.payments.tables import Bill
from billing.read_bills import bill, bills
from billing.reconcile_payments import reconcile_payments
from billing.sign_contract import sign_contract
from tenants.database import Database
from tenants.tables import Tenant

TODAY = date(2026, 11, 20)


@pytest.fixture
def payer(database: Database, now) -> Payer:
    return Payer(database, now)


def pay(payer: Payer, statement_id: UUID, on: date = TODAY, reference: str = "TR 1") -> None:
    with payer.session() as session:
        mark_paid(session, statement_id=statement_id, paid_on=on, reference=reference, actor="ada", now=payer.now)


def test_a_bill_is_sent_marked_as_paid_and_opened_again(payer: Payer):
    statement_id = payer.draw()
    assert payer.row(statement_id).number.endswith("-0001")
    with pytest.raises(BillRefused, match="Only a bill that is open"):
        pay(payer, statement_id)
    assert payer.collect() == 1
    seen = payer.explain(statement_id)
    assert (seen.bill.state, seen.bill.left_minor, seen.bill.due_at) == ("open", 12_000, payer.now + timedelta(days=14))
    assert (seen.seller["name"], seen.buyer["name"], seen.bill.is_by_hand) == ("Tillhand Ltd", "Kestrel", True)
    for on, why in ((date(2026, 11, 21), "has not come"), (date(2026, 11, 1), "not written yet")):
        with pytest.raises(BillRefused, match=why):
            pay(payer, statement_id, on)
    pay(payer, statement_id)
    pay(payer, statement_id)
    with pytest.raises(BillRefused):
        pay(payer, statement_id, reference="another")
    assert [one.what for one in payer.explain(statement_id).notes] == ["drawn", "open", "paid"]
    payer.now += timedelta(days=20)
    with payer.session() as session:
        take_back_payment(session, statement_id=statement_id, actor="ada", now=payer.now)
        with pytest.raises(BillRefused):
            take_back_payment(session, statement_id=statement_id, actor="ada", now=payer.now)
        with pytest.raises(BillUnknown):
            mark_paid(session, statement_id=UUID(int=1), paid_on=TODAY, reference="", actor="ada", now=payer.now)
        with pytest.raises(BillUnknown):
            bill(session, statement_id=UUID(int=1), now=payer.now)
    assert {one["state"] for one in payer.announced("BillChanged")} == {"open", "paid", "overdue"}
    assert reconcile_payments(payer.database, payer.gateway, clock=payer.clock) == 0


def test_a_bill_becomes_overdue_on_its_day(payer: Payer):
    payer.draw()
    payer.collect()
    payer.now += timedelta(days=15)
    with payer.session() as session:
        assert [one.state for one in bills(session, now=payer.now)] == ["overdue"]
    assert reconcile_payments(payer.database, payer.gateway, clock=payer.clock) == 1
    assert payer.states() == ["overdue"]
    assert payer.collect() == 0


def test_taken_back_before_its_day_a_bill_is_open(payer: Payer):
    statement_id = payer.draw()
    payer.collect()
    pay(payer, statement_id)
    with payer.session() as session:
        take_back_payment(session, statement_id=statement_id, actor="ada", now=payer.now)
    assert payer.states() == ["open"]


def test_what_pays_nothing_has_no_bill_and_a_statement_has_one(payer: Payer):
    empty = payer.statement(0, sums={"share": 500, "close": 0, "brought_forward": -500})
    with payer.session() as session:
        assert draw_bill(session, statement_id=empty, now=payer.now) is None
    first = payer.draw()
    assert payer.draw(first) == first
    payer.draw()
    assert payer.bills() == sorted(payer.bills(), key=lambda one: payer.row(one).number)
    assert [payer.row(one).number[-4:] for one in payer.bills()] == ["0001", "0002"]


def test_another_gateway_leaves_a_bill_that_was_begun_and_a_bill_of_a_gateway_is_not_marked_by_hand(payer: Payer):
    statement_id = payer.draw()
    with payer.session() as session:
        session.get_one(Bill, (payer.tenant_id, statement_id)).gateway = "stripe"
    assert payer.collect() == 0
    assert payer.states() == ["drawn"]
    with pytest.raises(BillRefused, match="collected by the payment service"):
        pay(payer, statement_id)


def test_invented_money_never_leaves_the_house(database: Database, now):
    shop = Payer(database, now, is_demo=True)
    shop.draw()
    abroad = stripe_gateway("sk_test_nobody", SELLER, due_days=14, public_url="https://x.example")
    assert (abroad.name, "sk_test" in repr(abroad)) == ("stripe", False)
    assert collect_due(database, {False: abroad, True: shop.gateway}, clock=shop.clock) == 1
    assert shop.states() == ["open"]


def test_lines_add_up_and_past_two_hundred_the_rest_is_one_line():
    sums = {"share": 900, "tier": 0, "cap": -100, "close": -700, "newfangled": 5, "brought_forward": -105}
    lines = lines_of(sums, employee_id=UUID(int=1), employee_name="Amara", carried_minor=0)
    assert [(one.position, one.kind, one.amount_minor) for one in lines] == [
        (1, "share", 900), (2, "cap", -100), (3, "brought_forward", -105), (4, "newfangled", 5)
    ]  # fmt: skip
    assert lines_of({"share": 10}, employee_id=UUID(int=1), employee_name="A", carried_minor=-5)[-1].amount_minor == 5
    many = [OrderLine(at, UUID(int=at), "share", f"{at}", at) for at in range(1, 302)]
    few = merged(many)
    assert (len(few), few[-1].position, few[-1].title) == (200, 200, "102 further lines; the payslip names each")
    assert sum(one.amount_minor for one in few) == sum(one.amount_minor for one in many)
    assert not is_past(None, TODAY)


def owing(payer: Payer, owed: int, brought: int = 0) -> UUID:
    """A month that ends below zero."""
    return payer.statement(0, sums={"share": -owed - brought, "brought_forward": brought}, carried=-owed, brought=brought)


def dismiss(payer: Payer) -> None:
    with payer.session() as session:
        end_contract(session, payer.employee_id, actor="ada", now=payer.now - timedelta(days=62))


def test_what_is_owed_after_dismissal_goes_back_as_credit_notes_on_the_newest_bills(payer: Payer):
    first, second = payer.draw(payer.statement(1_000, sums={"share": 1_000})), payer.draw(payer.statement(600, sums={"share": 600}))
    payer.collect()
    pay(payer, first)
    payer.draw(owing(payer, 700))
    assert payer.explain(second).credits == ()  # the contract runs: the next month sets it off
    with payer.session() as session:
        end_contract(session, payer.employee_id, actor="ada", now=payer.now)
    payer.now += timedelta(days=70)
    cause = owing(payer, 900, brought=-700)
    payer.draw(cause)
    payer.draw(cause)  # told twice, drawn once
    drawn = [(one.number[-7:], one.amount_minor, one.done_at is None) for one in payer.explain(second).credits]
    assert drawn == [("0002-C1", 600, True)]
    assert [one.amount_minor for one in payer.explain(first).credits] == [300]
    assert payer.collect() == 2
    assert payer.states() == ["paid", "credited"]
    assert payer.explain(second).bill.left_minor == 0
    assert payer.row(first).credited_minor == 300
    payer.draw(owing(payer, 2_000, brought=-900))
    assert [one.amount_minor for one in payer.explain(first).credits] == [300, 700]
    payer.draw(owing(payer, 2_100, brought=-2_000))  # nothing is left that could be credited
    assert payer.collect() == 1
    assert payer.states() == ["credited", "credited"]


def test_what_was_credited_is_owed_again_once_it_is_earned_again(payer: Payer):
    payer.draw(payer.statement(1_000, sums={"share": 1_000}))
    payer.collect()
    with payer.session() as session:
        end_contract(session, payer.employee_id, actor="ada", now=payer.now)
    payer.now += timedelta(days=70)
    payer.draw(owing(payer, 800))
    payer.collect()
    with payer.session() as session:
        terms = ContractTerms(currency="EUR", share_ppm=80_000)
        sign_contract(session, employee_id=payer.employee_id, terms=terms, accepted_by="Ada", now=payer.now)
    part = payer.draw(payer.statement(0, sums={"share": 300, "brought_forward": -800}, carried=-500, brought=-800))
    rest = payer.draw(payer.statement(100, sums={"share": 600, "brought_forward": -500}, brought=-500))
    assert [(one.kind, one.amount_minor) for one in payer.explain(part).lines][-1] == ("credited_before", 300)
    assert payer.row(part).amount_minor == 300
    assert payer.row(rest).amount_minor == 600
    assert sum(one.amount_minor for one in payer.explain(rest).lines) == 600


def test_payees_are_paid_out_once_their_bill_is_paid(payer: Payer):
    parts = {"platform": 10_000, "owner": 1_500, "agency": 500}
    statement_id = payer.draw(payer.statement(payees=parts))
    payer.collect()
    how = {"statement_id": statement_id, "payee": "owner", "actor": "operator", "now": payer.now}
    with payer.session() as session, pytest.raises(BillRefused, match="not due"):
        mark_paid_out(session, reference="x", **how)
    pay(payer, statement_id)
    with payer.session() as session:
        due = [one for one in payouts_of(session) if one.is_due]
        table = payout_file([(payer.tenant_id, replace(one, name="=Owner")) for one in due]).decode("utf-8-sig").splitlines()
        mark_paid_out(session, reference=" SEPA 7 ", **how)
    assert [one.payee for one in due] == ["agency", "owner"]
    assert table[2].split(",")[1:] == [
        due[1].bill_number,
        "2026-01",
        "owner",
        "'=Owner",
        "likeness_owner",
        "EUR",
        "15.00",
        f"{due[1].bill_number} owner",
    ]
    with payer.session() as session:
        assert [(one.payee, one.reference) for one in payouts_of(session, statement_id) if one.paid_out_at] == [("owner", "SEPA 7")]
        with pytest.raises(BillRefused):
            mark_paid_out(session, reference="again", **how)
        with pytest.raises(BillRefused, match="already paid out"):
            take_back_payment(session, statement_id=statement_id, actor="ada", now=payer.now)
        take_back_payout(session, **how)
        with pytest.raises(BillRefused):
            take_back_payout(session, **how)
        with pytest.raises(BillRefused):
            mark_paid_out(session, reference="", **(how | {"payee": "nobody"}))
        take_back_payment(session, statement_id=statement_id, actor="ada", now=payer.now)


def test_a_month_that_was_really_closed_becomes_a_bill_with_its_payees(database: Database, now):
    months = months_of(
        database, now, ContractTerms(currency="EUR", share_ppm=80_000, reserve_ppm=100_000, reserve_days=30, payees=TWO_PAYEES)
    )
    months.sell("o1", "100.00")
    months.close_at(2027, 1, 10)
    statement = months.statement("2026-11")
    with months.shop.session() as session:
        session.add(Tenant(tenant_id=months.shop.tenant_id, name="Kestrel", time_zone="UTC", created_at=now))
    assert statement.payable_minor == 720
    assert sum(minor for kind, minor in statement.sums.items() if kind != "close") == 720
    lines = lines_of(statement.sums, employee_id=statement.employee_id, employee_name="A", carried_minor=statement.carried_minor)
    assert [(one.kind, one.amount_minor) for one in lines] == [("share", 800), ("reserve", -80)]
    assert SUMS["close"] == -12_000
