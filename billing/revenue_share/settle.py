"""Brings the lines of months (tier, lift, cap, minimum) to where they should stand, in the very transaction that changed the month.

What a month comes to is kept in a derived row, so that an order costs the same however many came before it; where the row is missing it
is summed from the ledger, and a close never trusts it. The caller holds the months alone (`billing/orders/locks.py`), so nobody else
posts to them meanwhile and the cap is passed at no moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.contract_terms import ContractTerms
from billing.disputes.taken import taken_in_disputes
from billing.ledger.accounts import CAP_RELIEF, LIFT_EXPENSE, MINIMUM_EXPENSE, TIER_EXPENSE, earned_by
from billing.ledger.closed import ClosedMonths, closed_periods
from billing.ledger.shares import payee_parts
from billing.ledger.writer import Cause, Movement, leg, post, transaction_id_of
from billing.lift.of_period import lift_of_period
from billing.money import Money
from billing.revenue_share.governed import Interval, governed_time
from billing.revenue_share.outages import outages_of
from billing.revenue_share.period_lines import LINE_KINDS, LiftAmount, LineKind, PeriodFacts, PeriodLine, period_lines
from billing.revenue_share.periods import Period, month_text, period_of
from billing.revenue_share.totals import EARNING_KINDS, MonthKey, MonthTotal, keep_totals, sum_total, totals_of
from billing.revenue_share.versions import Contracts, SignedVersion, load_contracts
from billing.statements.kept import earned_by_kind
from tenants.database import tenant_of

ACCOUNTS: Final[dict[LineKind, str]] = {"tier": TIER_EXPENSE, "lift": LIFT_EXPENSE, "cap": CAP_RELIEF, "minimum": MINIMUM_EXPENSE}
_LAST_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PeriodChange:
    """What something just posted changed of one month: its sales that count for tiers, and what it earned; minor units."""

    contract_version_id: UUID
    employee_id: UUID
    period_start: datetime
    turnover_delta_minor: int
    share_delta_minor: int


@dataclass(frozen=True, slots=True)
class _Month:
    """One month to settle: its version, its days, what it comes to, and whether it is closed or being closed.

    `booked_at` is when a closed month's lines take effect; None while it is open. `outages` are those a minimum leaves out; None reads
    them when they are needed.
    """

    signed: SignedVersion
    period: Period
    total: MonthTotal
    booked_at: datetime | None
    is_final: bool
    outages: Sequence[Interval] | None = None


def settles_at_once(terms: ContractTerms, period: Period, now: datetime) -> bool:
    """Whether a fact of this month may move the month's own lines at once: tiers and a cap always do, a minimum once the month is over."""
    return terms.has_period_lines or (terms.minimum_minor is not None and now >= period.end)


def settle_orders(session: Session, changes: Sequence[PeriodChange], *, now: datetime, contracts: Contracts | None = None) -> None:
    """Post the lines that follow from what this transaction has just posted: of tiers and a cap, and of a closed month's minimum.

    Others wait for their close. The changes must be in the ledger already, and the caller must hold their months alone. `contracts` saves
    a query where no contract has such lines; where one has, its days are read again, because a new version may have cut them before
    the month was held.
    """
    if not changes or (contracts is not None and not _concerned(changes, contracts, now)):
        return
    known = load_contracts(session)
    concerned = _concerned(changes, known, now)
    employees = {change.employee_id for change in concerned}
    closed = closed_periods(session, employees)
    summed: dict[MonthKey, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for change in concerned:
        terms = known.by_id[change.contract_version_id].contract.terms
        if not terms.has_period_lines and (change.employee_id, change.period_start) not in closed:
            continue
        key = change.contract_version_id, change.period_start
        turnover, share = summed[key]
        summed[key] = turnover + change.turnover_delta_minor, share + change.share_delta_minor
    if not summed:
        return
    kept = totals_of(session, summed)
    totals = {
        key: kept[key].plus(*delta) if key in kept else sum_total(session, *key)  # a sum holds the change already
        for key, delta in summed.items()
    }
    months = []
    for (version, start), total in sorted(totals.items()):
        signed = known.by_id[version]
        booked_at = _booked_at(closed, signed.contract.employee_id, start, now)
        months.append(_Month(signed, _period(signed, start), total, booked_at, booked_at is not None))
    _settle(session, months, now)


def settle_period(
    session: Session, contract_version_id: UUID, period_start: datetime, *, is_final: bool, now: datetime,
    outages: Sequence[Interval] | None = None,
) -> None:  # fmt: skip
    """Post what one month's lines lack, summed afresh from the ledger. `is_final` (the month is being closed) calls the minimum due.

    For any contract, with or without orders in that month. The caller holds the employee's month alone, and gives the `outages` where
    it has read them under that hold. A month that is closed already is final by itself, and its line is booked now, pointing back.
    """
    signed = load_contracts(session).by_id[contract_version_id]
    terms = signed.contract.terms
    if not (terms.has_period_lines or terms.minimum_minor is not None or terms.lift is not None):
        return
    employee_id = signed.contract.employee_id
    booked_at = _booked_at(closed_periods(session, [employee_id]), employee_id, period_start, now)
    total = sum_total(session, contract_version_id, period_start)
    month = _Month(signed, _period(signed, period_start), total, booked_at, is_final or booked_at is not None, outages)
    _settle(session, [month], now, lift=_lift(session, month, now))


def expected_lines(session: Session, contract_version_id: UUID, period_start: datetime, *, now: datetime) -> tuple[PeriodLine, ...]:
    """The lines a month would have were it closed now, from the ledger as it stands: for people to look ahead. Nothing is posted."""
    signed = load_contracts(session).by_id[contract_version_id]
    terms = signed.contract.terms
    if not (terms.has_period_lines or terms.minimum_minor is not None or terms.lift is not None):
        return ()
    month = _Month(signed, _period(signed, period_start), _total_by_now(session, signed, period_start), booked_at=None, is_final=True)
    return _lines(session, month, _lift(session, month, now))


def _total_by_now(session: Session, signed: SignedVersion, period_start: datetime) -> MonthTotal:
    """A month's total for people to look at: kept where every order moves its lines; else without sales, which only tiers ask for."""
    contract = signed.contract
    key = contract.contract_version_id, period_start
    if contract.terms.has_period_lines:
        return totals_of(session, [key]).get(key) or sum_total(session, *key)
    earned = earned_by_kind(session, contract.employee_id, *key)
    posted: dict[str, int] = {kind: earned.get(kind, 0) for kind in LINE_KINDS}
    return MonthTotal(
        *key, turnover_minor=0, subtotal_minor=sum(earned.get(kind, 0) for kind in EARNING_KINDS), posted=posted, line_count=0
    )


def _booked_at(closed: ClosedMonths, employee_id: UUID, start: datetime, now: datetime) -> datetime | None:
    return closed.moment_for(employee_id, now) if (employee_id, start) in closed else None


def _concerned(changes: Sequence[PeriodChange], contracts: Contracts, now: datetime) -> list[PeriodChange]:
    found = []
    for change in changes:
        signed = contracts.by_id[change.contract_version_id]
        if settles_at_once(signed.contract.terms, _period(signed, change.period_start), now):
            found.append(change)
    return found


def _settle(session: Session, months: Iterable[_Month], now: datetime, lift: LiftAmount | None = None) -> None:
    movements: list[Movement] = []
    kept: list[MonthTotal] = []
    for month in months:
        total = month.total
        for line in _lines(session, month, lift or LiftAmount(total.posted["lift"], "", {})):
            if line.target_minor != total.posted[line.kind]:
                movements.append(_movement(tenant_of(session), month, total, line, now))
                posted = {**total.posted, line.kind: line.target_minor}
                total = replace(total, posted=posted, line_count=total.line_count + 1)
        if month.signed.contract.terms.has_period_lines:
            kept.append(total)
    post(session, movements, now=now)
    keep_totals(session, kept)


def _lines(session: Session, month: _Month, lift: LiftAmount | None) -> tuple[PeriodLine, ...]:
    signed, period = month.signed, month.period
    needs_outages = month.is_final and signed.contract.terms.minimum_minor is not None
    lost = (outages_of(session, period) if month.outages is None else month.outages) if needs_outages else ()
    time = governed_time(period, signed.starts_at or period.start, signed.ends_at, lost)
    contract = signed.contract
    taken = taken_in_disputes(session, contract.contract_version_id, period.start) if contract.terms.cap_minor is not None else 0
    facts = PeriodFacts(month.total.turnover_minor, month.total.subtotal_minor, time, lift, month.is_final, taken)
    return period_lines(contract.terms, facts)


def _lift(session: Session, month: _Month, now: datetime) -> LiftAmount | None:
    terms = month.signed.contract.terms
    if terms.lift is None:
        return None
    verdict = lift_of_period(
        session, contract_version_id=month.signed.contract.contract_version_id, terms=terms, period_start=month.period.start,
        period_end=month.period.end, now=now,
    )  # fmt: skip
    return LiftAmount(verdict.amount_minor, verdict.sentence, verdict.working)


def _movement(tenant_id: UUID, month: _Month, total: MonthTotal, line: PeriodLine, now: datetime) -> Movement:
    contract, period = month.signed.contract, month.period
    number, before = total.line_count + 1, total.posted[line.kind]
    own_moment = max(period.start, min(now, period.end - _LAST_MOMENT))
    was, due = payee_parts(contract.terms, before), payee_parts(contract.terms, line.target_minor)
    about = contract.contract_version_id, period.start.isoformat(), "line"
    return Movement(
        kind=line.kind, contract_version_id=contract.contract_version_id, employee_id=contract.employee_id, period_start=period.start,
        cause=Cause("period", contract.contract_version_id, _why(month, line, before)),
        working={
            **line.working, "period": period.name, "count": number, "target_minor": line.target_minor, "before_minor": before,
            "payees": [[payee.key, payee.part_ppm] for payee in contract.terms.payees],
        },
        occurred_at=own_moment, effective_at=month.booked_at or own_moment,
        legs=tuple(
            leg(ACCOUNTS[line.kind], earned_by(contract.employee_id, payee), minor - was[payee], contract.terms.currency, payee)
            for payee, minor in due.items()
            if minor != was[payee]
        ),
        points_to=transaction_id_of(tenant_id, *about, 1) if number > 1 else None,
        transaction_id=transaction_id_of(tenant_id, *about, number),
    )  # fmt: skip


def _why(month: _Month, line: PeriodLine, before: int) -> str:
    """The line's sentence; about a closed month it names the month and both amounts, for it stands in another month's statement."""
    if month.booked_at is None:
        return line.why
    currency = month.signed.contract.terms.currency
    was, due = Money(before, currency), Money(line.target_minor, currency)
    return f"{month_text(month.period.name)}: {line.why} The line was {was}, is now {due}."


def _period(signed: SignedVersion, period_start: datetime) -> Period:
    return period_of(period_start, signed.contract.terms.period_time_zone)
