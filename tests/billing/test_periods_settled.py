"""A month's lines in the book: posted with the order, never past the cap, rebuilt from the ledger, final at the close."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shopkeeper import Shopkeeper
from sqlalchemy import delete, insert, select

from billing.contract_terms import ContractTerms, Lift, Payee, Tiers, TierStep
from billing.ledger.accounts import CAP_RELIEF, MINIMUM_EXPENSE, TIER_EXPENSE
from billing.ledger.shares import ShareStands, share_legs, share_working
from billing.ledger.tables import LedgerTransaction, PeriodClosed
from billing.ledger.writer import Cause, Movement, post
from billing.money import share_of
from billing.orders.locks import hold_periods
from billing.read_contracts import contracts_of
from billing.record_outage import record_outage
from billing.revenue_share.governed import governed_time
from billing.revenue_share.period_lines import PeriodFacts, period_lines, total_minor
from billing.revenue_share.periods import period_of
from billing.revenue_share.settle import PeriodChange, expected_lines, settle_orders, settle_period
from billing.revenue_share.tables import PeriodTotal
from billing.revenue_share.versions import load_contracts
from tenants.database import Database

STEPS = (TierStep(from_minor=100_000, share_ppm=100_000), TierStep(from_minor=300_000, share_ppm=150_000))
TWO = (
    Payee(key="platform", name="Tillhand", role="platform", part_ppm=666_667),
    Payee(key="face", name="Ada", role="likeness_owner", part_ppm=333_333),
)
TERMS = ContractTerms(
    currency="EUR", share_ppm=80_000, tiers=Tiers(kind="marginal", steps=STEPS), cap_minor=40_000, minimum_minor=5_000, payees=TWO
)
NOVEMBER = period_of(datetime(2026, 11, 20, tzinfo=UTC), "UTC")


def version_of(shop: Shopkeeper) -> UUID:
    with shop.session() as session:
        return contracts_of(session, shop.employee_id)[-1].contract_version_id


class Sales:
    """Orders of one month as the ledger sees them: each has a base, which may change; its share is posted as target minus posted."""

    def __init__(self, shop: Shopkeeper, version: UUID | None = None) -> None:
        self.shop, self.version = shop, version or version_of(shop)
        self.stands: dict[UUID, tuple[int, ShareStands]] = {}
        self.lock = threading.Lock()

    def tell(self, *bases: tuple[UUID, int], known: bool = False) -> None:
        shop, terms = self.shop, self.shop.terms
        with shop.session() as session:
            hold_periods(session, {(shop.employee_id, NOVEMBER.start): True})
            movements: list[Movement] = []
            changes: list[PeriodChange] = []
            with self.lock:
                for order_id, base in bases:
                    revision, before = self.stands.get(order_id, (0, ShareStands(0, 0, None, 0)))
                    after = ShareStands(share_of(base, terms.share_ppm), base, None, 0)
                    self.stands[order_id] = revision + 1, after
                    movements.append(self.movement(order_id, revision + 1, before, after, base))
                    share, sold = after.target_minor - before.target_minor, after.turnover_minor - before.turnover_minor
                    changes.append(PeriodChange(self.version, shop.employee_id, NOVEMBER.start, sold, share))
            post(session, movements, now=shop.now)
            settle_orders(session, changes, now=shop.now, contracts=load_contracts(session) if known else None)

    def movement(self, order_id: UUID, revision: int, before: ShareStands, after: ShareStands, base: int) -> Movement:
        shop, terms = self.shop, self.shop.terms
        parts = [(Fraction(base), 1_000_000, terms.share_ppm)]
        return Movement(
            "share", self.version, shop.employee_id, NOVEMBER.start, Cause("order", None, "An order."),
            share_working(terms, parts, None, before, after), shop.now, shop.now,
            share_legs(shop.employee_id, terms, before, after), order_id, revision,
        )  # fmt: skip

    @property
    def turnover(self) -> int:
        return sum(after.turnover_minor for _, after in self.stands.values())

    @property
    def subtotal(self) -> int:
        return sum(after.target_minor for _, after in self.stands.values())


def lines(shop: Shopkeeper) -> list[LedgerTransaction]:
    with shop.session() as session:
        table = LedgerTransaction
        query = select(table).where(table.kind.in_(("tier", "cap", "minimum", "lift"))).order_by(table.recorded_at, table.transaction_id)
        found = list(session.scalars(query))
        session.expunge_all()
        return found


def close(shop: Shopkeeper, version: UUID, *, is_final: bool = True) -> None:
    with shop.session() as session:
        hold_periods(session, {(shop.employee_id, NOVEMBER.start): True})
        settle_period(session, version, NOVEMBER.start, is_final=is_final, now=shop.now)


def mark_closed(shop: Shopkeeper) -> None:
    with shop.session() as session:
        session.execute(
            insert(PeriodClosed).values(
                tenant_id=shop.tenant_id, employee_id=shop.employee_id, period_start=NOVEMBER.start, period_end=NOVEMBER.end,
                closed_at=shop.now,
            )
        )  # fmt: skip


def orders(*numbers: int) -> list[UUID]:
    return [UUID(int=number) for number in numbers]


histories = st.lists(
    st.tuples(st.integers(1, 5), st.one_of(st.just(0), st.integers(0, 200_000)), st.sampled_from(["", "forget", "forget all"])), max_size=12
)


@given(histories, st.sampled_from(["marginal", "volume"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_every_order_the_book_holds_what_the_month_comes_to(
    database: Database, history: Sequence[tuple[int, int, str]], kind: str
) -> None:
    tiers = Tiers(kind="marginal" if kind == "marginal" else "volume", steps=STEPS)
    shop = Shopkeeper(database, datetime(2026, 11, 20, 9, 30, tzinfo=UTC), TERMS.model_copy(update={"tiers": tiers}))
    sales = Sales(shop)
    whole = governed_time(NOVEMBER, NOVEMBER.start, None)
    for number, base, forget in history:
        if forget:
            with shop.session() as session:
                session.execute(delete(PeriodTotal))
        sales.tell((UUID(int=number), base), known=number % 2 == 0)
        facts = PeriodFacts(sales.turnover, sales.subtotal, whole)
        assert shop.earned() == total_minor(facts, period_lines(shop.terms, facts)) <= 40_000
    sales.tell(*((order_id, 0) for order_id in sorted(sales.stands)))
    assert shop.balances() == {}


def test_every_line_can_be_redone_from_its_working(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, TERMS)
    sales = Sales(shop)
    sales.tell(*((order_id, 200_000) for order_id in orders(1, 2)))
    close(shop, sales.version)
    tier, cap = sorted(lines(shop), key=lambda line: line.kind, reverse=True)
    assert (tier.kind, cap.kind, tier.cause, tier.cause_id) == ("tier", "cap", "period", sales.version)
    assert tier.working["bands"] == [[0, 80_000, 100_000], [100_000, 100_000, 200_000], [300_000, 150_000, 100_000]]
    assert (tier.working["before_minor"], tier.working["target_minor"], tier.working["period"]) == (0, 11_000, "2026-11")
    assert (cap.working["earned_minor"], cap.working["cap_minor"], cap.working["target_minor"]) == (43_000, 40_000, -3_000)
    assert "stays with the shop" in cap.why
    assert tier.effective_at == tier.occurred_at == now
    balances = shop.balances()
    assert (balances[TIER_EXPENSE, "EUR"], balances[CAP_RELIEF, "EUR"], shop.earned()) == (-11_000, 3_000, 40_000)
    payees = {account.rsplit(".", 1)[1]: minor for (account, _), minor in balances.items() if account.startswith("employee.")}
    assert payees == {"platform": 26_667, "face": 13_333}


def test_the_minimum_is_owed_at_the_close_and_not_for_our_own_outage(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, TERMS)
    version = version_of(shop)
    close(shop, version, is_final=False)
    assert lines(shop) == []
    with shop.session() as session:
        (tier, cap, minimum) = expected_lines(session, version, NOVEMBER.start, now=now)
        assert [tier.target_minor, cap.target_minor, minimum.target_minor] == [0, 0, 5_000]
        lost = timedelta(days=6)
        record_outage(session, "flood", starts_at=now - lost, ends_at=now, reason="The data centre stood in water.", now=now)
    shop.now = NOVEMBER.end + timedelta(days=31)
    close(shop, version)
    close(shop, version)
    (line,) = lines(shop)
    assert (line.kind, line.working["target_minor"], line.working["outage_seconds"]) == ("minimum", 4_000, 6 * 86_400)
    assert line.effective_at == NOVEMBER.end - timedelta(microseconds=1)
    assert shop.balances()[MINIMUM_EXPENSE, "EUR"] == -4_000


def test_a_late_order_lowers_the_minimum_of_a_closed_month_in_the_running_one(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, TERMS)
    sales = Sales(shop)
    shop.now = NOVEMBER.end + timedelta(days=31)
    close(shop, sales.version)
    mark_closed(shop)
    shop.now += timedelta(days=1)
    sales.tell((UUID(int=1), 50_000))
    first, second = sorted(lines(shop), key=lambda line: line.recorded_at)
    assert (first.points_to, second.points_to) == (None, first.transaction_id)
    assert (second.working["before_minor"], second.working["target_minor"]) == (5_000, 1_000)
    assert (second.effective_at, second.period_start) == (shop.now, NOVEMBER.start)
    assert shop.earned() == 5_000
    close(shop, sales.version, is_final=False)
    assert len(lines(shop)) == 2


def test_a_contract_without_lines_of_its_own_costs_nothing(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=80_000))
    sales = Sales(shop)
    sales.tell((UUID(int=1), 50_000), known=True)
    sales.tell((UUID(int=2), 50_000))
    sales.tell()
    close(shop, sales.version)
    with shop.session() as session:
        assert session.scalar(select(PeriodTotal.line_count)) is None
    assert (lines(shop), shop.earned()) == ([], 8_000)


def test_a_minimum_alone_is_summed_from_the_ledger_at_the_close(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=80_000, minimum_minor=10_000))
    sales = Sales(shop)
    sales.tell((UUID(int=1), 50_000))
    close(shop, sales.version)
    sales.tell((UUID(int=1), 100_000))
    close(shop, sales.version)
    assert ({line.working["target_minor"] for line in lines(shop)}, shop.earned()) == ({6_000, 2_000}, 10_000)


def test_a_month_that_pays_on_lift_has_its_line_and_the_cap_over_it(database: Database, now: datetime) -> None:
    lift = Lift(share_ppm=100_000, basis="lower")
    shop = Shopkeeper(database, now, ContractTerms(currency="EUR", share_ppm=0, lift=lift, holdout_ppm=100_000, minimum_minor=500))
    version = version_of(shop)
    close(shop, version)
    with shop.session() as session:
        lift_line, minimum = expected_lines(session, version, NOVEMBER.start, now=now)
    assert (lift_line.kind, lift_line.target_minor, minimum.target_minor) == ("lift", 0, 500)
    assert shop.earned() == 500


@pytest.mark.parametrize("workers", [16])
def test_the_cap_is_never_passed_by_many_at_once(database: Database, now: datetime, workers: int) -> None:
    shop = Shopkeeper(database, now, TERMS.model_copy(update={"tiers": None}))
    sales = Sales(shop)
    start = threading.Barrier(workers)
    seen: list[int] = []

    def sell(number: int) -> None:
        start.wait()
        for part in range(3):
            sales.tell((UUID(int=100 * number + part), 40_000))
            seen.append(shop.earned())

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(sell, range(1, workers + 1)))
    assert max(seen) == shop.earned() == 40_000
    assert sales.subtotal == workers * 3 * 3_200
