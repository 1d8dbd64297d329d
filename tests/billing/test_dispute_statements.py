"""A disputed line on statements: not paid while it is held, paid by a later one when it was earned, and recounted by the verifier."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from closed_months import ClosedMonths
from parties import Parties
from shopkeeper import TERMS

from billing import recount
from billing.ledger.accounts import disputed_of, payable_to
from billing.seal_ledger import seal_ledger, verify_chain
from billing.terms.terms import Payee

SPLIT = (
    Payee(key="agency", name="Agency", role="agency", part_ppm=333_333),
    Payee(key="platform", name="Us", role="platform", part_ppm=666_667),
)


@pytest.fixture
def shop(database, now):
    return Parties(database, now, TERMS.model_copy(update={"payees": SPLIT, "dispute_days": 120}))


def recounted(months: ClosedMonths, folder, name: str) -> str:
    """What the verifier says, run as the merchant runs it."""
    export, root = months.file(folder, name)
    done = subprocess.run([sys.executable, recount.__file__, export, root], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_held_line_is_paid_by_the_statement_after_its_rejection(shop, tmp_path):
    months = ClosedMonths(shop)
    dispute_id = shop.open(amount_minor=100)
    months.close_at(2027, 1, 10)
    assert [amount for amount in months.amounts("2026-11") if amount[0] in ("share", "dispute", "close")] == [
        ("share", 240), ("dispute", -100), ("close", -140),
    ]  # fmt: skip
    recounted(months, tmp_path, "2026-11")
    shop.now = datetime(2027, 1, 20, 12, tzinfo=UTC)
    shop.decide(dispute_id, "rejected")
    months.close_at(2027, 3, 10)
    assert months.amounts("2027-01") == [("dispute", 100), ("close", -100)]
    (line,) = (line for line in months.lines("2027-01") if line["kind"] == "dispute")
    assert (line["period"], line["why"]) == ("2026-11", "The dispute was rejected; what was held is earned.")
    recounted(months, tmp_path, "2027-01")
    parts = {payee.key: shop.balances()[payable_to(shop.employee_id, payee.key), "EUR"] for payee in SPLIT}
    assert parts == {"agency": 80, "platform": 160}
    assert not [account for account, _ in shop.balances() if account.startswith(disputed_of(shop.employee_id, ""))]


def test_an_accepted_dispute_of_a_paid_line_is_carried_into_the_next_statement(shop, tmp_path):
    months = ClosedMonths(shop)
    months.close_at(2027, 1, 10)
    dispute_id = shop.open()
    shop.now += timedelta(hours=1)
    shop.decide(dispute_id, "accepted")
    months.close_at(2027, 3, 10)
    assert months.amounts("2027-01") == [("dispute", -240), ("dispute", 0)]
    assert months.statement("2027-01").carried_minor == -240
    recounted(months, tmp_path, "2027-01")


def test_disputed_money_is_sealed_like_any_other(shop, now):
    shop.decide(shop.open(), "adjusted", granted_minor=7)
    with shop.session() as session:
        assert seal_ledger(session, now=now) == 3
        assert verify_chain(session).is_intact
