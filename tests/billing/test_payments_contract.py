"""What every gateway has to do, told to our own Stripe and, where TILLHAND_STRIPE_TEST_KEY is set, to Stripe's test mode; and edges."""

import os
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from fakes.stripe_fake import KEY, StripeFake, stripe_fake
from payer import SELLER, Payer, at, gateway_to

from billing.bill_details import bill_details
from billing.end_contract import end_contract
from billing.payments.accounts import held_account, want_work
from billing.payments.gateway import InvoiceOrder, Made, OrderLine, Party, StepToDo
from billing.payments.making import look_at, make
from billing.payments.manual import Manual
from billing.payments.stripe_gateway import StripeGateway
from billing.payments.tables import Bill
from tenants.database import Database

TEST_KEY = os.environ.get("TILLHAND_STRIPE_TEST_KEY", "")
NO_KEY = "TILLHAND_STRIPE_TEST_KEY is not set, so Stripe's own test mode was not asked."


@pytest.fixture(scope="module")
def fake() -> Iterator[StripeFake]:
    with stripe_fake() as running:
        yield running


@pytest.fixture(params=["ours", pytest.param("stripe", marks=pytest.mark.skipif(not TEST_KEY, reason=NO_KEY))])
def gateway(request: pytest.FixtureRequest, fake: StripeFake) -> StripeGateway:
    where = fake.url if request.param == "ours" else ""
    return StripeGateway(KEY if where else TEST_KEY, SELLER, 14, "https://app.tillhand.example", address=where)


def order_of(now, currency: str = "EUR", amounts: tuple[int, ...] = (12_845, -845)) -> InvoiceOrder:
    shop = uuid4()
    lines = tuple(OrderLine(place, shop, "share", f"Line {place}", minor) for place, minor in enumerate(amounts, 1))
    return InvoiceOrder(
        tenant_id=shop, statement_id=uuid4(), number=f"T{shop.hex[:8].upper()}-0001", period_name="2026-10", root="ab" * 32,
        currency=currency, amount_minor=sum(amounts), lines=lines, buyer=Party("Kestrel", "Weg 1", "DE", "", f"{shop.hex}@kestrel.example"),
        issued_at=now, is_charged=False,
    )  # fmt: skip


def run(gateway: StripeGateway, order: InvoiceOrder, *, is_retry: bool, generation: int = 0) -> Made:
    """Every step in its sequence."""
    made, outcome = Made(None, None), None
    for name, about in gateway.steps_for(order):
        outcome = gateway.do(StepToDo(name, about, is_retry, generation), order, made)
        made = Made(outcome.ref, None) if name == "customer" else Made(made.customer_ref, outcome.ref) if name == "invoice" else made
    assert outcome is not None
    assert outcome.invoice is not None
    assert (outcome.invoice.status, outcome.invoice.total_minor) == ("open", order.amount_minor)
    return made


@pytest.mark.parametrize(("currency", "amounts"), [("EUR", (12_845, -845)), ("JPY", (1_500,)), ("ISK", (1_500,)), ("KWD", (15_000,))])
def test_steps_told_again_make_one_invoice(gateway: StripeGateway, now, currency: str, amounts: tuple[int, ...]):
    order = order_of(now, currency, amounts)
    first = run(gateway, order, is_retry=False)
    assert run(gateway, order, is_retry=True, generation=1) == first
    seen = gateway.look(first.invoice_ref or "")
    assert seen is not None
    assert (seen.statement_id, seen.tenant_id, seen.currency) == (order.statement_id, order.tenant_id, currency)
    assert seen.page_url
    recent = [one for one in gateway.invoices_since(now - timedelta(days=400)) if one.statement_id == order.statement_id]
    assert len(recent) == 1


def test_credit_told_again_is_given_once(gateway: StripeGateway, now):
    order = order_of(now)
    made = run(gateway, order, is_retry=False)
    step = StepToDo("credit", {"number": f"{order.number}-C1", "amount_minor": 2_000, "is_paid": False}, is_retry=False, generation=0)
    never_begun = StepToDo("credit", step.about | {"number": f"{order.number}-C2"}, is_retry=True, generation=0)
    first = gateway.do(step, order, made)
    assert gateway.do(never_begun, order, made).ref != first.ref
    assert gateway.do(step, order, made).ref == first.ref
    again = StepToDo("credit", step.about, is_retry=True, generation=1)
    assert gateway.do(again, order, made).ref == first.ref


def test_a_buyer_may_leave_a_payment_method(gateway: StripeGateway, now):
    order = order_of(now)
    customer, page = gateway.method_page(order.tenant_id, order.buyer, None, "EUR", "https://app.tillhand.example/back")
    assert page.startswith("https://")
    assert gateway.method_label(customer, None) is None


@pytest.mark.parametrize("is_paid", [True, False])
def test_credit_at_stripe_survives_the_loss_of_any_answer(database: Database, now, fake: StripeFake, is_paid: bool):
    fake.books.objects.clear()
    fake.books.now = at(now)
    payer = Payer(database, now, gateway=gateway_to(fake))
    statement_id = payer.draw()
    payer.collect()
    invoice = fake.books.get("invoice", str(payer.row(statement_id).invoice_ref))
    if is_paid:
        fake.books.settle(invoice)
        with payer.session() as session:
            session.get_one(Bill, (payer.tenant_id, statement_id)).looks_wanted += 1
            want_work(held_account(session), now)
        payer.collect()
    with payer.session() as session:
        end_contract(session, payer.employee_id, actor="ada", now=payer.now)
    payer.now += timedelta(days=70)
    payer.draw(payer.statement(0, sums={"share": -12_000}, carried=-12_000))
    fake.faults[len(fake.calls)] = "lost"
    payer.collect()
    payer.now += timedelta(days=2)  # Stripe has forgotten the key
    fake.books.now = at(payer.now)
    payer.collect_until_done()
    (credit,) = fake.books.of("credit_note").values()
    assert (int(credit["amount"]), "refund_amount" in credit) == (12_000, is_paid)
    assert payer.states() == ["credited"]
    look_at(payer.database, payer.tenant_id, statement_id, payer.gateway, payer.clock)
    assert payer.states() == ["credited"]


def test_nothing_is_begun_after_the_lease_and_nothing_asked_before_there_is_an_invoice(database: Database, now):
    payer = Payer(database, now)
    statement_id, over = payer.draw(), now - timedelta(seconds=1)
    assert make(database, payer.tenant_id, statement_id, payer.gateway, clock=payer.clock, lease_until=over) == 0
    assert look_at(database, payer.tenant_id, statement_id, payer.gateway, payer.clock) is False
    payer.collect()
    assert look_at(database, payer.tenant_id, statement_id, payer.gateway, payer.clock) is True
    assert payer.states() == ["open"]


def test_an_invoice_that_is_a_draft_again_is_a_bill_being_made(database: Database, now, fake: StripeFake):
    fake.books.objects.clear()
    payer = Payer(database, now, gateway=gateway_to(fake))
    statement_id = payer.draw()
    payer.collect()
    fake.books.get("invoice", str(payer.row(statement_id).invoice_ref))["status"] = "draft"
    look_at(database, payer.tenant_id, statement_id, payer.gateway, payer.clock)
    assert payer.states() == ["drawn"]


def test_a_method_left_while_another_is_asked_for_is_asked_for_too(database: Database, now):
    class Slow(Manual):
        def method_label(self, customer_ref: str, setup_ref: str | None) -> str | None:
            assert customer_ref == "cus_1"
            with payer.session() as session:
                held_account(session).setup_ref = "seti_2"
            return f"Visa of {setup_ref}"

    payer = Payer(database, now, gateway=Slow(SELLER, 14))
    with payer.session() as session:
        account = held_account(session)
        account.customer_ref, account.setup_ref, account.is_method_asked = "cus_1", "seti_1", True
        want_work(account, now)
    assert payer.collect() == 1
    with payer.session() as session:
        assert bill_details(session).method_label == "Visa of seti_1"
        assert held_account(session).is_method_asked
    payer.now += timedelta(minutes=6)
    assert payer.collect() == 1
    with payer.session() as session:
        assert bill_details(session).method_label == "Visa of seti_2"
        assert not held_account(session).is_method_asked
