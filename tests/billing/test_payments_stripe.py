"""Stripe's side of a bill: messages in any sequence, disputes, credit notes, the payment method, amounts, and reconciling both ways."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import stripe
from fakes.stripe_fake import StripeFake, stripe_fake
from fakes.stripe_fake_books import SECRET, signature_of
from payer import SELLER, KillingClient, Payer, at, gateway_to

from billing.bill_details import ask_for_method, bill_details, page_for_method
from billing.hear_payment import hear_payment
from billing.payment_errors import GatewayRefused, GatewayUnavailable, PaymentEventRefused
from billing.payments.gateway import Party
from billing.payments.stripe_gateway import StripeGateway
from billing.payments.tables import BillAccount
from billing.reconcile_payments import orphans, reconcile_payments
from tenants.database import Database


@pytest.fixture(scope="module")
def fake() -> Iterator[StripeFake]:
    with stripe_fake() as running:
        yield running


@pytest.fixture
def payer(database: Database, now, fake: StripeFake) -> Payer:
    fake.faults.clear()
    fake.books.objects.clear()
    fake.books.events.clear()
    fake.books.now = at(now)
    return Payer(database, now, gateway=gateway_to(fake))


def sent(payer: Payer) -> str:
    """A bill that was sent; its invoice."""
    statement_id = payer.draw()
    payer.collect()
    return str(payer.row(statement_id).invoice_ref)


def hear(payer: Payer, fake: StripeFake, **how) -> list[bool]:
    return [
        hear_payment(payer.database, body=body, signature=signature, secret=SECRET, now=payer.now)
        for body, signature in fake.books.deliveries(at=at(payer.now), **how)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_messages_may_come_twice_and_in_any_sequence(payer: Payer, fake: StripeFake, seed: int):
    invoice = sent(payer)
    fake.books.collect(invoice, succeeds=False)
    fake.books.collect(invoice, succeeds=True)
    dispute = fake.books.dispute(invoice)
    hear(payer, fake, seed=seed, copies=2)
    payer.collect()
    first = payer.states()
    hear(payer, fake, seed=seed + 7)  # now the payment is known, by which a dispute finds its shop
    payer.collect()
    assert (first, payer.states()) == (["paid"], ["charged_back"]) or payer.states() == ["charged_back"]
    dispute["status"] = "won"
    fake.books.tell("charge.dispute.closed", dispute)
    hear(payer, fake)
    payer.collect()
    assert payer.states() == ["paid"]
    assert not any(hear(payer, fake, copies=2))


@pytest.mark.parametrize(("path", "state"), [("void", "void"), ("mark_uncollectible", "uncollectible")])
def test_what_is_done_at_stripe_is_followed(payer: Payer, fake: StripeFake, path: str, state: str):
    invoice = sent(payer)
    fake.books.answer("POST", f"/invoices/{invoice}/{path}", {})
    assert hear(payer, fake) == [True, True]
    payer.collect()
    assert payer.states() == [state]
    assert payer.explain(payer.bills()[0]).bill.left_minor == (0 if state == "void" else 12_000)


def test_a_collected_bill_that_fails_says_so_with_its_next_try(payer: Payer, fake: StripeFake):
    sent(payer)
    customer = payer.row(payer.bills()[0]).invoice_ref and next(iter(fake.books.of("customer")))
    where = page_for_method(payer.database, payer.gateway, payer.tenant_id, currency="EUR", back_to="https://app.example/back")
    assert where.startswith("https://checkout.stripe.example/")
    fake.books.keep_method(customer)
    assert hear(payer, fake)[-1] is True
    payer.collect()
    with payer.session() as session:
        assert bill_details(session).method_label == "Visa ending in 4242"
    assert page_for_method(payer.database, payer.gateway, payer.tenant_id, currency="EUR", back_to="x").startswith("https://billing.")
    statement_id = payer.draw()
    payer.collect()
    invoice = str(payer.row(statement_id).invoice_ref)
    assert fake.books.of("invoice")[invoice]["collection_method"] == "charge_automatically"
    fake.books.collect(invoice, succeeds=False)
    hear(payer, fake)
    payer.collect()
    seen = payer.explain(statement_id).bill
    assert (seen.state, seen.attempt_count, seen.next_attempt_at) == ("failing", 1, payer.now.replace(microsecond=0) + timedelta(days=3))


def test_a_method_is_asked_for_again_when_stripe_does_not_answer(payer: Payer, fake: StripeFake):
    with payer.session() as session:
        ask_for_method(session, now=payer.now)
    assert payer.collect() == 0
    page_for_method(payer.database, payer.gateway, payer.tenant_id, currency="EUR", back_to="x")
    with payer.session() as session:
        ask_for_method(session, now=payer.now)
    fake.faults[len(fake.calls)] = "broken"
    assert payer.collect() == 0
    payer.now += timedelta(minutes=6)
    assert payer.collect() == 1
    with payer.session() as session:
        assert bill_details(session).method_label is None
    fake.books.tell("customer.updated", next(iter(fake.books.of("customer").values())))
    fake.books.tell("customer.deleted", {"metadata": {"tillhand_shop": "shp_" + "0" * 26}})
    fake.books.tell("charge.dispute.created", {"metadata": {}, "payment_intent": "pi_unknown"})
    fake.books.tell("invoice.created", {"metadata": fake.books.of("customer")[next(iter(fake.books.of("customer")))]["metadata"]})
    fake.books.tell("invoice.created", {"metadata": {"tillhand_shop": "shp_mistyped"}})
    assert hear(payer, fake) == [True, False, False, False, False]


def test_a_look_that_fails_is_tried_again_and_a_message_before_the_invoice_waits(payer: Payer, fake: StripeFake):
    statement_id = payer.draw()
    fake.books.tell("invoice.created", {"metadata": marks(payer, statement_id)})
    assert hear(payer, fake) == [True]
    payer.collect()
    assert payer.states() == ["open"]
    invoice = str(payer.row(statement_id).invoice_ref)
    fake.books.collect(invoice, succeeds=True)
    hear(payer, fake)
    fake.faults[len(fake.calls)] = "busy"
    payer.collect()
    assert (payer.states(), payer.row(statement_id).failures) == (["open"], 1)
    payer.now += timedelta(seconds=5)
    payer.collect()
    assert (payer.states(), payer.row(statement_id).failures) == (["paid"], 0)


def marks(payer: Payer, statement_id) -> dict[str, str]:
    from tenants.identifiers import to_public

    return {"tillhand_shop": to_public("shp", payer.tenant_id), "tillhand_statement": to_public("stm", statement_id)}


def test_messages_that_stripe_did_not_sign_now_are_refused(payer: Payer, now):
    body, stamp = json.dumps({"id": "evt_1", "type": "invoice.paid", "data": {"object": {}}}).encode(), at(now)
    deep = b'{"id":"e","type":"t","data":{"object":' + b"[" * 9 + b"]" * 9 + b"}}"
    late, early = at(now) - 301, at(now) + 301
    bad = [
        (body, "t=1,v1=00"), (body, ""), (b"\xff", signature_of(b"x", stamp)), (body, signature_of(body, late)),
        (body, signature_of(body, early)), (b"[]", signature_of(b"[]", stamp)), (b"{", signature_of(b"{", stamp)),
        (deep, signature_of(deep, stamp)), (body, signature_of(body, stamp, "whsec_other")),
        (body, signature_of(body, stamp).replace("t=", "t=x")),
    ]  # fmt: skip
    for raw, signature in bad:
        with pytest.raises(PaymentEventRefused):
            hear_payment(payer.database, body=raw, signature=signature, secret=SECRET, now=now)
    assert hear_payment(payer.database, body=body, signature=signature_of(body, stamp), secret=SECRET, now=now) is False


def test_what_stripe_refuses_stands_beside_the_bill_and_is_tried_once_an_hour(payer: Payer, fake: StripeFake):
    payer.gateway = StripeGateway("sk_wrong", SELLER, 14, "https://x.example", address=fake.url)
    in_dinars, in_euros = payer.draw(payer.statement(currency="IQD")), payer.draw()
    payer.collect()
    for statement_id, why in ((in_dinars, "Stripe takes no IQD."), (in_euros, "Stripe refused (401): Invalid API Key provided")):
        row, seen = payer.row(statement_id), payer.explain(statement_id)
        assert (row.last_error, seen.bill.why) == (why, why)
        assert row.next_try_at == payer.now + timedelta(hours=1)
        assert [one.what for one in seen.notes] == ["drawn", "refused"]
    payer.now += timedelta(hours=1)
    payer.collect()
    assert [one.what for one in payer.explain(in_euros).notes] == ["drawn", "refused"]
    payer.gateway = gateway_to(fake)
    payer.now += timedelta(hours=1)
    payer.collect()
    assert [payer.row(one).state for one in (in_dinars, in_euros)] == ["drawn", "open"]


def test_a_draft_that_somebody_changed_is_not_finalized(payer: Payer, fake: StripeFake):
    statement_id = payer.draw()
    fake.faults[len(fake.calls) + 5] = "busy"  # just before the draft is looked at
    payer.collect()
    (invoice,) = fake.books.of("invoice").values()
    fake.books.answer(
        "POST", "/invoiceitems", {"invoice": invoice["id"], "currency": "eur", "amount": "5", "customer": invoice["customer"]}
    )
    payer.now += timedelta(minutes=1)
    payer.collect()
    assert "comes to 12005, the statement to 12000" in (payer.row(statement_id).last_error or "")
    assert invoice["status"] == "draft"
    assert [one.what for one in payer.explain(statement_id).notes] == ["drawn"]


def test_both_sides_are_held_against_each_other(payer: Payer, fake: StripeFake):
    invoice = sent(payer)
    (known,) = payer.bills()
    fake.books.settle(fake.books.get("invoice", invoice))  # and no message comes
    assert reconcile_payments(payer.database, payer.gateway, clock=payer.clock) == 1
    payer.collect()
    assert payer.states() == ["paid"]
    fake.books.dispute(invoice)
    assert reconcile_payments(payer.database, payer.gateway, clock=payer.clock) == 1
    payer.collect()
    assert payer.states() == ["charged_back"]
    customer = fake.books.get("invoice", invoice)["customer"]
    made = {"customer": customer, "currency": "eur", "collection_method": "charge_automatically"}
    strays = [
        fake.books.answer("POST", "/invoices", made | {"metadata": marks(payer, known)}),
        fake.books.answer("POST", "/invoices", made | {"metadata": marks(payer, payer.employee_id)}),
        fake.books.answer("POST", "/invoices", made | {"metadata": {}}),
        fake.books.answer("POST", "/invoices", made | {"metadata": {"tillhand_statement": "stm_mistyped"}}),
    ]
    assert reconcile_payments(payer.database, payer.gateway, clock=payer.clock) == 2
    assert reconcile_payments(payer.database, payer.gateway, clock=payer.clock) == 0
    with payer.session() as session:
        found = {ref: why for ref, _, why, _ in orphans(session)}
    assert "has another invoice" in found[strays[0]["id"]]
    assert "has no bill" in found[strays[1]["id"]]
    strays[0]["status"] = "void"
    del fake.books.of("invoice")[strays[1]["id"]]
    fake.books.get("invoice", invoice)["total"] = 11_999
    assert reconcile_payments(payer.database, payer.gateway, clock=payer.clock) == 1
    with payer.session() as session:
        assert [why for _, _, why, _ in orphans(session)] == [f"It comes to another amount than the bill {payer.row(known).number}."]


def test_unpaid_bills_are_asked_for_each_hour_and_become_overdue_also_while_stripe_is_silent(payer: Payer, fake: StripeFake):
    sent(payer)
    payer.now += timedelta(hours=2)
    assert reconcile_payments(payer.database, payer.gateway, clock=payer.clock) == 1
    payer.collect()
    assert reconcile_payments(payer.database, payer.gateway, clock=payer.clock) == 0
    payer.now += timedelta(days=15)
    fake.faults[len(fake.calls)] = "busy"
    assert reconcile_payments(payer.database, payer.gateway, clock=payer.clock) == 2
    payer.collect()
    assert payer.states() == ["overdue"]


def test_an_answer_that_does_not_come_in_time_is_no_answer(payer: Payer, fake: StripeFake):
    hasty = gateway_to(fake, stripe.RequestsClient(timeout=0.2))
    fake.faults[len(fake.calls)] = "late"
    with pytest.raises(GatewayUnavailable):
        hasty.look("in_000001")
    with pytest.raises(GatewayRefused):
        payer.gateway.look("in_999999")
    assert KillingClient().at == -1


def test_a_buyer_without_an_address_is_found_again_all_the_same(payer: Payer, fake: StripeFake):
    nobody = Party("Kestrel")
    first, _ = payer.gateway.method_page(payer.tenant_id, nobody, None, "EUR", "x")
    again, _ = payer.gateway.method_page(payer.tenant_id, nobody, None, "EUR", "x")
    assert first == again
    with payer.session() as session:
        session.add(
            BillAccount(
                tenant_id=payer.tenant_id, legal_name="K", address="A", country="DE", tax_id="DE136695976", email="", bills_count=0,
                stops_offers=False, is_method_asked=False,
            )
        )  # fmt: skip
    statement_id = payer.draw()
    payer.collect()
    (invoice,) = fake.books.of("invoice").values()
    assert invoice["custom_fields"] == {"0": {"name": "Tax ID", "value": "DE136695976"}}
    assert payer.row(statement_id).buyer["name"] == "K"
