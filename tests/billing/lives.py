"""Lives a shop's life: its facts in some sequence, with delays and repetitions, months closed in between, lines disputed and decided.

One life's facts (`lived_facts.py`) can be lived any number of times, each time with other dice for when things become known.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from lived_facts import DAYS_TO_CLOSE, EMPLOYEES, Fact, LifeFacts, Sources
from lived_soundness import assert_no_cap_is_passed
from lived_terms import START
from shopkeeper import Shopkeeper, balances
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.close_period import close_period, next_due
from billing.connections import create_connection
from billing.contract_terms import ContractTerms
from billing.decide_dispute import decide_dispute, decide_overdue
from billing.disputes.tables import Dispute
from billing.ledger.accounts import DISPUTE_RELIEF
from billing.ledger.posted import posted_orders
from billing.ledger.tables import Posting
from billing.open_dispute import open_dispute
from billing.orders.tables import ShopOrder
from billing.read_balances import snapshot_balances
from billing.record_order import OrderSource
from billing.revenue_share.tables import ContractVersion
from billing.seal_ledger import seal_ledger
from billing.sign_contract import sign_contract
from tenants.database import Database
from tenants.tables import Tenant

DAY = 86_400
Line = tuple[str, str, UUID, int]
"""A line of the book whatever its ids: channel, order, employee, number of the contract version."""


@dataclass
class Life:
    """One shop, its two employees, and dice for when what is told."""

    database: Database
    of: LifeFacts
    dice: Random
    shop: Shopkeeper = field(init=False)
    sources: Sources = field(init=False)
    caps: dict[UUID, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.shop = Shopkeeper(self.database, START + timedelta(days=1))
        with self.shop.session() as session:
            session.add(Tenant(tenant_id=self.shop.tenant_id, name="Shop", time_zone="Europe/Vienna", created_at=START))
            for hour, (employee, terms) in enumerate(zip(EMPLOYEES, self.of.terms, strict=True)):
                self._sign(session, employee, terms, now=START + timedelta(hours=hour))
            if self.of.change:
                self._sign(session, EMPLOYEES[0], self.of.change.terms, now=self.shop.now, starts_at=self.of.change.starts_at)
            till = create_connection(session, name="Till", channel="till", is_order_book=True, now=self.shop.now + timedelta(seconds=1))
            bank = create_connection(session, name="Bank", channel="online", is_order_book=False, now=self.shop.now + timedelta(seconds=2))
        self.sources = {
            "online": OrderSource(self.shop.book.connection_id, "online", True),
            "till": OrderSource(till.connection_id, "till", True),
            "bank": OrderSource(bank.connection_id, "online", False),
        }

    def live(self, facts: tuple[Fact, ...], *, disputes: bool) -> None:
        """Tell every fact some time after it happened, a fifth of them twice; close months, seal the book and dispute lines in between."""
        closed_at = self.shop.now
        for moment, fact in self._tellings(facts):
            if self.dice.random() < 0.3 and moment - closed_at > timedelta(days=5):
                self.close_until(moment - timedelta(seconds=1))
                closed_at = moment
            self.shop.now = max(self.shop.now, moment)
            with self.shop.session() as session:
                fact.tell(session, self.sources, self.shop.now)
                assert_no_cap_is_passed(session, self.caps)
            if disputes and self.dice.random() < 0.15:
                self._dispute_something()

    def close_until(self, now: datetime) -> None:
        """Close whatever is due by then, and keep balances at a seal; disputes whose time is over are decided by the clock first."""
        self.shop.now = now
        with self.shop.session() as session:
            decide_overdue(session, now=now)
        for employee in EMPLOYEES:
            while self._close_next(employee):
                pass
        with self.shop.session() as session:
            while seal_ledger(session, now=now):
                pass
            snapshot_balances(session, now=now)
            assert_no_cap_is_passed(session, self.caps)

    def close_everything(self, since: datetime) -> None:
        """Let time pass after all was told until every dispute and every return window is over, and close.

        All lives end on one day, for each month that is closed may bring a minimum.
        """
        for days in (20, DAYS_TO_CLOSE):
            self.close_until(since + timedelta(days=days))

    def totals(self) -> dict[tuple[str, str], int]:
        """What stands in the book in all: by payee whatever stage it is in, and by each account of the shop's. Zeros are left out."""
        found: Counter[tuple[str, str]] = Counter()
        with self.shop.session() as session:
            for (account, currency), minor in balances(session).items():
                employee, *stage_and_payee = account.removeprefix("employee.").split(".")
                name = f"{employee} for {stage_and_payee[-1]}" if account.startswith("employee.") else account
                found[name, currency] += minor
        return {key: minor for key, minor in found.items() if minor}

    def given_back(self) -> dict[Line, int]:
        """What disputes gave back to the shop in all, by line."""
        found: Counter[Line] = Counter()
        with self.shop.session() as session:
            names = {key: line for line, key in self._lines(session).items()}
            for one in session.scalars(select(Posting).where((Posting.source == DISPUTE_RELIEF) | (Posting.destination == DISPUTE_RELIEF))):
                sign = 1 if one.destination == DISPUTE_RELIEF else -1
                found[names[one.order_id, one.contract_version_id]] += sign * one.amount_minor
        return {line: minor for line, minor in found.items() if minor}

    def grant(self, granted: dict[Line, int]) -> None:
        """Dispute these amounts of these lines, and grant them at once."""
        with self.shop.session() as session:
            lines = self._lines(session)
            for line, minor in granted.items():
                order_id, version_id = lines[line]
                self._open(session, order_id, version_id, minor)
            for dispute_id in session.scalars(select(Dispute.dispute_id)).all():
                decide_dispute(
                    session, dispute_id=dispute_id, outcome="accepted", why="She never met them.", decided_by="operator", now=self.shop.now
                )

    def _sign(self, session: Session, employee: UUID, terms: ContractTerms, *, now: datetime, starts_at: datetime | None = None) -> None:
        version_id = sign_contract(session, employee_id=employee, terms=terms, accepted_by="Ada", now=now, starts_at=starts_at)
        if terms.cap_minor is not None:
            self.caps[version_id] = terms.cap_minor

    def _tellings(self, facts: tuple[Fact, ...]) -> list[tuple[datetime, Fact]]:
        told = []
        for fact in facts:
            late = timedelta(seconds=self.dice.randrange(self.dice.choice((100, 5 * DAY, self.of.days * DAY // 2))))
            told.append((fact.at + late, fact))
            if self.dice.random() < 0.2:
                told.append((fact.at + late + timedelta(seconds=self.dice.randrange(self.of.days * DAY // 3)), fact))
        return sorted(told, key=lambda one: one[0])

    def _close_next(self, employee: UUID) -> bool:
        with self.shop.session() as session:
            due = next_due(session, employee_id=employee, now=self.shop.now)
            return due is not None and close_period(session, employee_id=employee, period_start=due.start, now=self.shop.now).is_new

    def _dispute_something(self) -> None:
        """Dispute all or a part of some line that earned, and decide it at once, or leave it to the clock."""
        with self.shop.session() as session:
            disputed = {(one.order_id, one.contract_version_id) for one in session.scalars(select(Dispute))}
            earning = [one for one in self._earning(session) if one[:2] not in disputed]
            if not earning:
                return
            order_id, version_id, minor = self.dice.choice(sorted(earning, key=str))
            dispute_id = self._open(session, order_id, version_id, self.dice.choice((minor, self.dice.randint(1, minor))))
        outcome = self.dice.choice(("accepted", "rejected", "adjusted", None))
        if outcome is not None:
            with self.shop.session() as session:
                granted = 1 if outcome == "adjusted" else None
                decide_dispute(
                    session, dispute_id=dispute_id, outcome=outcome, granted_minor=granted, why="We listened.", decided_by="operator",
                    now=self.shop.now,
                )  # fmt: skip

    def _open(self, session: Session, order_id: UUID, version_id: UUID, minor: int) -> UUID:
        return open_dispute(
            session, order_id=order_id, contract_version_id=version_id, amount_minor=minor, reason="She never met them.", opened_by="ada",
            now=self.shop.now,
        )  # fmt: skip

    def _earning(self, session: Session) -> Iterator[tuple[UUID, UUID, int]]:
        """(order, contract version, minor units) of every line that stands above nothing."""
        for order_id, posted in posted_orders(session, list(session.scalars(select(ShopOrder.order_id)))).items():
            net: Counter[UUID] = Counter()
            for share in posted.shares:
                net[share.contract_version_id] += share.target_minor
            yield from ((order_id, version_id, minor) for version_id, minor in net.items() if minor > 0)

    def _lines(self, session: Session) -> dict[Line, tuple[UUID, UUID]]:
        versions = list(session.scalars(select(ContractVersion)))
        return {
            (order.channel, order.external_id, version.employee_id, version.number): (order.order_id, version.contract_version_id)
            for order in session.scalars(select(ShopOrder))
            for version in versions
        }
