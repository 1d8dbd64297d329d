"""One statement, one invoice: whatever dies, breaks or gets lost between any two calls, a rerun ends with the same finalized invoice."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fakes.stripe_fake import StripeFake, stripe_fake
from payer import Killed, KillingClient, Payer, at, gateway_to

from tenants.database import Database
from tenants.identifiers import to_public

CALLS = 7
"""customers, customer, draft, two lines, retrieve, finalize."""


@pytest.fixture(scope="module")
def fake() -> Iterator[StripeFake]:
    with stripe_fake() as running:
        yield running


@pytest.fixture
def payer(database: Database, now, fake: StripeFake) -> Payer:
    fake.faults.clear()
    fake.books.objects.clear()
    fake.books.now = at(now)
    return Payer(database, now, gateway=gateway_to(fake))


def check_one_invoice(payer: Payer, fake: StripeFake, statement_id) -> None:
    """Exactly one invoice says it is this statement's; it is finalized and has exactly the bill's lines."""
    public = to_public("stm", statement_id)
    invoices = [row for row in fake.books.of("invoice").values() if row["metadata"]["tillhand_statement"] == public]
    assert [row["status"] for row in invoices] == ["open"], fake.calls[-30:]
    items = [row for row in fake.books.of("invoiceitem").values() if row["invoice"] == invoices[0]["id"]]
    assert sorted((row["metadata"]["tillhand_line"], row["amount"]) for row in items) == [("1", 12_845), ("2", -845)]
    assert invoices[0]["total"] == 12_000
    bill = payer.row(statement_id)
    assert (bill.state, bill.invoice_ref, bill.last_error, bill.next_try_at) == ("open", invoices[0]["id"], None, None)
    assert len(fake.books.of("customer")) == 1
    assert invoices[0]["number"] == bill.number


def test_a_bill_becomes_one_finalized_invoice_with_its_lines_and_its_way_back(payer: Payer, fake: StripeFake):
    start = len(fake.calls)
    statement_id = payer.draw()
    assert payer.collect() == 5
    assert len(fake.calls) - start == CALLS
    check_one_invoice(payer, fake, statement_id)
    (invoice,) = fake.books.of("invoice").values()
    assert invoice["metadata"]["tillhand_link"].startswith("https://app.tillhand.example/dashboard/bills/stm_")
    assert invoice["metadata"]["tillhand_root"] == "ab" * 32
    assert (invoice["collection_method"], invoice["days_until_due"]) == ("send_invoice", "14")
    assert payer.collect() == 0
    assert payer.draw(statement_id) == statement_id
    assert payer.collect() == 0


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_the_process_may_die_at_every_call(payer: Payer, fake: StripeFake, after: bool):
    for number in range(CALLS):
        fake.books.objects.clear()
        payer.forget_customer()
        statement_id = payer.draw()
        dying = gateway_to(fake, KillingClient(number, after=after))
        with pytest.raises(Killed):
            payer.collect(dying)
        assert payer.collect() == 0, "the dead worker's lease still runs"
        payer.now += timedelta(hours=30) if number % 2 else timedelta(minutes=11)  # within Stripe's day for keys, and after it
        fake.books.now = at(payer.now)
        payer.collect_until_done()
        check_one_invoice(payer, fake, statement_id)


@pytest.mark.parametrize("fault", ["lost", "broken", "broken_after", "busy"])
def test_every_call_may_be_lost_or_break(payer: Payer, fake: StripeFake, fault: str):
    for number in range(CALLS) if fault != "busy" else (0, 3):
        fake.books.objects.clear()
        payer.forget_customer()
        statement_id = payer.draw()
        fake.faults.clear()
        fake.faults[len(fake.calls) + number] = fault
        payer.collect()
        assert payer.row(statement_id).last_error
        payer.collect_until_done()
        check_one_invoice(payer, fake, statement_id)
