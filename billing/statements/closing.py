"""Writes one month's statement and moves what it pays, in the caller's transaction: all of it stands, or none of it.

The caller holds the month alone, so no movement can join it between the first line and the last.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing as closed_after
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.contract_terms import percent_text
from billing.ledger.tables import PeriodClosed
from billing.ledger.writer import transaction_id_of
from billing.revenue_share.governed import Interval
from billing.revenue_share.outages import outages_of
from billing.revenue_share.periods import Period, period_of
from billing.statements.carry import PayeeBalance, balance_of
from billing.statements.contracts import Employment, SignedTerms
from billing.statements.gather import EntryRow, entry_rows
from billing.statements.lines import STATEMENT_FORMAT, EntryLine, Place, closing_line, entry_line, footer_line, line_text
from billing.statements.payout import Released, post_closing, releases_due
from billing.statements.places import Places, places_of
from billing.statements.segments import SegmentWriter
from billing.statements.tables import Statement, StatementPayee
from tenants.database import tenant_of


@dataclass
class _Sums:
    """What the lines come to: by kind, and by payee."""

    by_kind: dict[str, int] = field(default_factory=dict)
    by_payee: dict[str, int] = field(default_factory=dict)

    def add(self, line: EntryLine) -> None:
        self.by_kind[line.kind] = self.by_kind.get(line.kind, 0) + line.amount_minor
        for payee, minor in line.payees.items():
            self.by_payee[payee] = self.by_payee.get(payee, 0) + minor


@dataclass(frozen=True, slots=True)
class Closing:
    """What one close is about. `previous` is the employee's statement before this one; `outages` are those its minimum left out.

    `late_outages` (by name) are those of earlier months with late lines, as far as they were known when this month ended: what was told
    since is booked in the next one.
    """

    employment: Employment
    period: Period
    contracts: tuple[SignedTerms, ...]
    previous: Statement | None
    statement_id: UUID
    outages: Sequence[Interval]
    late_outages: Mapping[str, Sequence[Interval]]
    now: datetime

    @property
    def governing(self) -> SignedTerms:
        """The version whose reserve holds for the month: the last one in force in it."""
        return self.employment.governing(self.period)[-1]

    @property
    def reserve_due_at(self) -> datetime:
        """When what this statement keeps back flows back: the days count from the close, for only then was anything kept back."""
        return self.now.replace(microsecond=0) + timedelta(days=self.governing.terms.reserve_days)


def plan_closing(
    session: Session, employment: Employment, period: Period, touched: Mapping[UUID, Sequence[datetime]], *,
    outages: Sequence[Interval], now: datetime,
) -> Closing:  # fmt: skip
    """Name the statement and the versions it needs: those that govern the month, and those of late facts (with the months of these)."""
    governing = {one.contract_version_id for one in employment.governing(period)}
    contracts = tuple(one for one in employment.versions if one.contract_version_id in governing | touched.keys())
    promising = {one.contract_version_id for one in contracts if one.terms.minimum_minor is not None}
    starts = {start for version, months in touched.items() if version in promising for start in months if start < period.start}
    earlier = [period_of(start, employment.time_zone) for start in sorted(starts)]
    late = {one.name: outages_of(session, one, told_before=period.end) for one in earlier}
    statement_id = transaction_id_of(tenant_of(session), "statement", employment.employee_id, period.start.isoformat())
    previous = latest_statement(session, employment.employee_id)
    return Closing(employment, period, contracts, previous, statement_id, outages, late, now)


def latest_statement(session: Session, employee_id: UUID) -> Statement | None:
    """The employee's last closed statement."""
    query = select(Statement).where(Statement.tenant_id == tenant_of(session), Statement.employee_id == employee_id)
    return session.scalar(query.order_by(Statement.number.desc()).limit(1))


def write_statement(session: Session, closing: Closing) -> Statement:
    """Seal every line, move what is due, and write down that the month is closed; return the statement."""
    writer, sums = SegmentWriter(session, closing.statement_id), _Sums()
    writer.add(line_text(_header(closing)))
    with closed_after(_entry_lines(session, closing)) as lines:
        for line in lines:
            sums.add(line)
            writer.add(line.text, line.effective_at)
    released = releases_due(session, closing.employment.employee_id, closing.previous, closing.period)
    balances = _balances(session, closing, sums, released)
    for last in _closing_lines(closing, balances, released, first=writer.count):
        sums.by_kind[last["kind"]] = sums.by_kind.get(last["kind"], 0) + last["amount_minor"]
        writer.add(line_text(last))
    currency = closing.employment.currency
    footer = footer_line(number=writer.count, currency=currency, sums=sums.by_kind, balances=balances)
    writer.add(line_text(footer))
    statement = _statement(session, closing, footer, writer.finish().hex())
    session.add(statement)
    session.flush()  # the statement's row must stand before its payees
    session.add_all(_payee(closing, statement, balance) for balance in balances)
    post_closing(session, closing.governing, statement, balances, released, now=closing.now)
    session.add(
        PeriodClosed(
            tenant_id=statement.tenant_id, employee_id=statement.employee_id, period_start=closing.period.start,
            period_end=closing.period.end, closed_at=closing.now,
        )
    )  # fmt: skip
    session.flush()
    return statement


def _header(closing: Closing) -> dict[str, Any]:
    period, before = closing.period, closing.previous
    late = {name: _moments(outages) for name, outages in closing.late_outages.items()}
    return {
        "number": 0, "kind": "header", "format": STATEMENT_FORMAT, "statement_id": str(closing.statement_id),
        "statement_number": before.number + 1 if before else 1, "employee_id": str(closing.employment.employee_id),
        "currency": closing.employment.currency, "closed_at": closing.now.astimezone(UTC).isoformat(),
        "period": {
            "name": period.name, "start": period.start.isoformat(), "end": period.end.isoformat(),
            "time_zone": closing.employment.time_zone,
        },
        "outages": _moments(closing.outages), **({"late_outages": late} if late else {}),
        "contracts": [one.header() for one in closing.contracts], "reserve_contract": closing.contracts.index(closing.governing),
        "payees": [
            {"payee": one.key, "name": one.name, "role": one.role} for _, one in sorted(closing.employment.payees().items())
        ],
        "previous": {"statement": str(before.statement_id), "period": before.period_name, "root": before.root} if before else None,
    }  # fmt: skip


def _moments(outages: Sequence[Interval]) -> list[list[str]]:
    return [[start.astimezone(UTC).isoformat(), end.astimezone(UTC).isoformat()] for start, end in outages]


def _entry_lines(session: Session, closing: Closing) -> Generator[EntryLine, None, None]:
    """A line per movement. One whose forerunner takes effect later in the month waits for it, so that it can point at its line."""
    places = places_of(session, closing.employment.employee_id, closing.period)
    contracts = {str(one.contract_version_id): place for place, one in enumerate(closing.contracts)}
    names = _PeriodNames(closing.employment.time_zone)
    concerned, number = places.concerned(), 0
    with closed_after(entry_rows(session, closing.employment.employee_id, closing.period)) as rows:
        for row in rows:
            due: Iterable[tuple[EntryRow, Place | None]] = ((row, None),)
            if row.transaction_id in concerned:
                due = _in_sequence(places, row, number)
            for one, follows in due:
                number += 1
                yield entry_line(
                    one, number=number, contract=contracts[one.contract_version_id], currency=closing.employment.currency,
                    period=names.name_of(one.period_start), follows=follows,
                )  # fmt: skip


def _in_sequence(places: Places, row: EntryRow, written: int) -> Iterator[tuple[EntryRow, Place | None]]:
    """The row, unless it has to wait, and every row that waited for it; `written` lines stand before it."""
    due = [row] if places.is_ready(row) else []
    while due:
        one = due.pop(0)
        yield one, places.follows(one)
        written += 1
        due += places.note(one, written)


@dataclass
class _PeriodNames:
    """Month names by their first moment, worked out once each."""

    time_zone: str
    known: dict[datetime, str] = field(default_factory=dict)

    def name_of(self, start: datetime) -> str:
        """The month's name, such as 2026-11, for its first moment."""
        if start not in self.known:
            self.known[start] = period_of(start, self.time_zone).name
        return self.known[start]


def _balances(session: Session, closing: Closing, sums: _Sums, released: tuple[Released, ...]) -> list[PayeeBalance]:
    carried = _carried(session, closing.previous)
    freed: dict[str, int] = {}
    for one in released:
        for payee, minor in one.payees.items():
            freed[payee] = freed.get(payee, 0) + minor
    return [
        balance_of(
            payee, brought_forward_minor=carried.get(payee, 0), earned_minor=sums.by_payee.get(payee, 0),
            released_minor=freed.get(payee, 0), reserve_ppm=closing.governing.terms.reserve_ppm,
        )
        for payee in sorted(closing.employment.payees())
    ]  # fmt: skip


def _carried(session: Session, previous: Statement | None) -> dict[str, int]:
    if previous is None:
        return {}
    query = select(StatementPayee.payee, StatementPayee.carried_minor).where(
        StatementPayee.tenant_id == tenant_of(session), StatementPayee.statement_id == previous.statement_id
    )
    return {row.payee: row.carried_minor for row in session.execute(query)}


def _closing_lines(
    closing: Closing, balances: list[PayeeBalance], released: tuple[Released, ...], *, first: int
) -> Iterator[dict[str, Any]]:
    """Brought forward, released, kept back, paid: the lines after the last movement. Amounts are as the earned account sees them."""
    terms = closing.governing.terms
    wanted: list[tuple[str, str, dict[str, int], dict[str, Any]]] = []
    if closing.previous is not None:
        source = {"statement": str(closing.previous.statement_id), "period": closing.previous.period_name}
        why = f"The statement of {closing.previous.period_name} ended below zero; that is carried into this one."
        wanted.append(("brought_forward", why, {one.payee: one.brought_forward_minor for one in balances}, {"follows": source}))
    for one in released:
        source = {"statement": str(one.statement_id), "period": one.period_name}
        wanted.append(("reserve_release", one.why, one.payees, {"follows": source}))
    due = closing.reserve_due_at.astimezone(ZoneInfo(closing.employment.time_zone)).date().isoformat()
    why = f"{percent_text(terms.reserve_ppm)} is kept back for late refunds until {due}."
    wanted.append(("reserve", why, {one.payee: -one.reserved_minor for one in balances}, {"reserve_ppm": terms.reserve_ppm, "due": due}))
    wanted.append(("close", "This statement pays it.", {one.payee: -one.payable_minor for one in balances}, {}))
    number = first
    for kind, why, payees, more in wanted:
        if any(payees.values()):
            yield closing_line(number=number, kind=kind, why=why, currency=closing.employment.currency, payees=payees, **more)
            number += 1


def _statement(session: Session, closing: Closing, footer: dict[str, Any], root: str) -> Statement:
    period = closing.period
    return Statement(
        tenant_id=tenant_of(session), statement_id=closing.statement_id, employee_id=closing.employment.employee_id,
        number=closing.previous.number + 1 if closing.previous else 1, period_start=period.start, period_end=period.end,
        period_name=period.name, time_zone=closing.employment.time_zone, currency=closing.employment.currency,
        line_count=footer["line_count"], root=root, footer=footer, earned_minor=footer["earned_minor"],
        payable_minor=footer["payable_minor"], carried_minor=footer["carried_minor"], closed_at=closing.now,
    )  # fmt: skip


def _payee(closing: Closing, statement: Statement, balance: PayeeBalance) -> StatementPayee:
    about = closing.employment.payees()[balance.payee]
    return StatementPayee(
        tenant_id=statement.tenant_id, statement_id=statement.statement_id, payee=balance.payee, name=about.name, role=about.role,
        reserve_due_at=closing.reserve_due_at, **balance.document(),
    )  # fmt: skip
