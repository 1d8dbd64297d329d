"""Whether the paper is signed before or after the facts it governs are told, the money is the same: so too when both happen at once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from shopkeeper import TERMS, Shopkeeper, order_message, refund_message
from sqlalchemy import event

from billing.contract_terms import ContractTerms, document_of, sha256_of
from billing.end_contract import end_contract
from billing.import_rates import import_rates
from billing.propose_terms import countersign, open_proposals, propose_terms
from billing.record_bonus import BonusEvent, record_bonus
from billing.record_income import WorkIncome, record_income
from billing.sign_contract import sign_contract
from billing.terms.clauses import Repeat
from tenants.database import Database
from tenants.tenant import open_tenant

RAISED = TERMS.model_copy(update={"share_ppm": 200_000})
SECOND = UUID(int=2)


def sign(shop: Shopkeeper, terms: ContractTerms = RAISED, employee_id: UUID | None = None, **when: datetime) -> None:
    with shop.session() as session:
        moments = {"now": shop.now} | when
        sign_contract(session, employee_id=employee_id or shop.employee_id, terms=terms, accepted_by="Ada", **moments)


def dismiss(shop: Shopkeeper, at: datetime) -> None:
    with shop.session() as session:
        open_tenant(session, name="Shop", time_zone="UTC", allowed_origins=("https://shop.example",), now=shop.now)
        end_contract(session, shop.employee_id, actor="operator", now=at)


def bought(shop: Shopkeeper, at: datetime, name: str = "1001") -> None:
    shop.tell(order_message(name, at=at.isoformat(), attribution={"visitor": str(shop.visitor_id)}))


def earned_by_sequence(make: Callable[[], tuple[Shopkeeper, list[Callable[[], object]]]], count: int) -> set[int]:
    """What is earned in the end, for every sequence of the things that happen."""
    found = set()
    for sequence in permutations(range(count)):
        shop, happenings = make()
        for number in sequence:
            happenings[number]()
        found.add(shop.earned())
    return found


def test_a_first_contract_signed_after_its_orders_pays_them(database: Database, now: datetime) -> None:
    def town() -> tuple[Shopkeeper, list[Callable[[], object]]]:
        shop = Shopkeeper(database, now)
        return shop, [
            lambda: sign(shop, TERMS, SECOND, starts_at=now - timedelta(days=10)),
            lambda: shop.touch(employee_id=SECOND, at=now - timedelta(hours=2)),
            lambda: bought(shop, now),
            lambda: shop.tell(refund_message("r1", "15.00")),
        ]

    assert earned_by_sequence(town, 4) == {120}


@pytest.mark.parametrize(("paper", "earned"), [(sign, 600), (dismiss, 0)], ids=["raised", "dismissed"])
def test_an_order_of_the_days_to_come_follows_what_is_signed_later(
    database: Database, now: datetime, paper: Callable[..., None], earned: int
) -> None:
    def town() -> tuple[Shopkeeper, list[Callable[[], object]]]:
        shop = Shopkeeper(database, now)
        shop.touch(at=now - timedelta(hours=1))
        later = now + timedelta(hours=1)
        tell = (lambda: dismiss(shop, later)) if paper is dismiss else (lambda: sign(shop, starts_at=later))
        return shop, [tell, lambda: bought(shop, now + timedelta(hours=6))]

    assert earned_by_sequence(town, 2) == {earned}


def test_a_customer_who_came_back_is_paid_for_whenever_the_clause_was_signed(database: Database, now: datetime) -> None:
    again = TERMS.model_copy(update={"repeat": Repeat(days=60, share_ppm=20_000)})

    def town() -> tuple[Shopkeeper, list[Callable[[], object]]]:
        shop = Shopkeeper(database, now)
        customer = {"customer": "c-1"}
        return shop, [
            lambda: sign(shop, again, SECOND, starts_at=now - timedelta(days=10)),
            lambda: shop.touch(employee_id=SECOND, at=now - timedelta(days=3)),
            lambda: shop.tell(
                order_message("1", at=(now - timedelta(days=2)).isoformat(), attribution={"visitor": str(shop.visitor_id)}, **customer)
            ),
            lambda: shop.tell(order_message("2", at=(now - timedelta(days=1)).isoformat(), **customer)),
        ]

    assert earned_by_sequence(town, 4) == {240 + 60}


def test_a_lead_told_before_the_contract_is_paid_when_it_is_signed(database: Database, now: datetime) -> None:
    terms = TERMS.model_copy(update={"bonuses": {"lead": 500}})
    shop = Shopkeeper(database, now)
    lead = BonusEvent("lead", "crm", "1", SECOND, now - timedelta(hours=2), now, {"conversation": "1"})
    with shop.session() as session:
        assert record_bonus(session, lead, now=now).amount_minor == 0
    sign(shop, terms, SECOND, starts_at=now - timedelta(days=3))
    assert shop.earned() == 500
    with shop.session() as session:
        assert record_bonus(session, lead, now=now).amount_minor == 500
    assert shop.earned() == 500


def test_what_was_booked_under_a_version_leaves_it_for_the_one_that_governs_by_now(database: Database, now: datetime) -> None:
    """The clocks of two processes differ by a second, so a lead and an income lie in the days of a version that is signed after them."""
    import_rates(database, f"day,base,quote,rate,source\n{now.date()},EUR,USD,1.25,ecb\n", now=now, are_jumps_confirmed=True)
    shop = Shopkeeper(database, now, TERMS.model_copy(update={"bonuses": {"lead": 500}, "royalty_income_ppm": 100_000}))
    lead = BonusEvent("lead", "crm", "1", shop.employee_id, now, now, {"conversation": "1"})
    income = WorkIncome("bank", "1", shop.employee_id, UUID(int=5), 10_000, "USD", now, now, {"statement": "1"})
    with shop.session() as session:
        record_bonus(session, lead, now=now)
        record_income(session, income, now=now)
    assert shop.earned() == 500 + 800
    sign(shop, TERMS.model_copy(update={"bonuses": {"lead": 700}, "royalty_income_ppm": 50_000}), now=now - timedelta(seconds=1))
    assert shop.earned() == 700 + 400
    dismiss(shop, now)
    assert shop.earned() == 0
    assert shop.balances().get(("fx_clearing", "USD"), 0) == 0
    with shop.session() as session:
        record_income(session, income, now=now)
    assert shop.earned() == 0


@contextmanager
def stopped_before(shop: Shopkeeper, statement: str) -> Iterator[tuple[threading.Event, threading.Event]]:
    """One thread named "teller" waits before this statement until it is let go: (it has come there, it may go on)."""
    came, may_go = threading.Event(), threading.Event()

    def stop(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if text.lstrip().startswith(statement) and threading.current_thread().name.startswith("teller") and not came.is_set():
            came.set()
            may_go.wait(10)

    event.listen(shop.database.app, "before_cursor_execute", stop)
    try:
        yield came, may_go
    finally:
        may_go.set()
        event.remove(shop.database.app, "before_cursor_execute", stop)


def test_a_version_signed_while_an_order_is_reckoned_waits_for_it_and_then_governs_it(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    shop.touch(at=now - timedelta(hours=1))
    with stopped_before(shop, "INSERT INTO order_revision") as (came, may_go), ThreadPoolExecutor(1, "teller") as teller:
        told = teller.submit(bought, shop, now)  # its contracts are read by the time a revision is written
        assert came.wait(10)
        with ThreadPoolExecutor(1, "signer") as signer:
            signed = signer.submit(sign, shop, starts_at=now)
            with pytest.raises(TimeoutError):
                signed.result(0.3)
            may_go.set()
            told.result(10)
            signed.result(10)
    assert shop.earned() == 600


@contextmanager
def statements_seen(shop: Shopkeeper) -> Iterator[list[str]]:
    """Every statement that runs meanwhile, in its sequence."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_: object) -> None:
        seen.append(text.lstrip())

    event.listen(shop.database.app, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(shop.database.app, "before_cursor_execute", note)


def offer_less(shop: Shopkeeper) -> UUID | None:
    lowered = TERMS.model_copy(update={"share_ppm": 10_000})
    with shop.session() as session:
        return propose_terms(
            session, employee_id=shop.employee_id, terms=lowered, proposed_by="Ada", starts_at=shop.now,
            shown_sha256=sha256_of(document_of(lowered)), now=shop.now,
        )  # fmt: skip


def agree(shop: Shopkeeper, proposal_id: UUID) -> None:
    with shop.session() as session:
        countersign(session, proposal_id=proposal_id, now=shop.now)


def test_proposing_and_agreeing_hold_the_contracts_alone_before_they_read_anything(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    with statements_seen(shop) as proposing:
        proposal_id = offer_less(shop)
    assert proposal_id is not None
    with statements_seen(shop) as agreeing:
        agree(shop, proposal_id)
    for seen in (proposing, agreeing):
        asked = [one for one in seen if "set_config" not in one]
        assert "pg_advisory_xact_lock(" in asked[0]
        assert asked[0].startswith("SELECT CASE WHEN")  # the contracts, alone


def test_a_proposal_waits_for_an_order_that_is_reckoned_and_is_agreed_to_once(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    shop.touch(at=now - timedelta(hours=1))
    with stopped_before(shop, "INSERT INTO order_revision") as (came, may_go), ThreadPoolExecutor(1, "teller") as teller:
        told = teller.submit(bought, shop, now)
        assert came.wait(10)
        with ThreadPoolExecutor(2, "signer") as signers:
            proposing = [signers.submit(offer_less, shop) for _ in range(2)]
            with pytest.raises(TimeoutError):
                proposing[0].result(0.3)
            may_go.set()
            told.result(10)
            proposals = [one.result(10) for one in proposing]
    with shop.session() as session:
        [waiting] = open_proposals(session)
    assert waiting.proposal_id in proposals
    with ThreadPoolExecutor(2, "signer") as signers:
        agreed = [signers.submit(agree, shop, waiting.proposal_id) for _ in range(2)]
        outcomes = sorted(type(one.exception(10)).__name__ for one in agreed)
    assert outcomes == ["ContractTermsRefused", "NoneType"]
