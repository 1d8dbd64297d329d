"""What earns outside an order: a lead or a booking (a bonus each), and a work's licence or platform income (a royalty).

Each is told by someone, with evidence, under an id of its own. It may be told again, corrected or withdrawn; the telling with the latest
(told_at, sha256) holds, so any sequence and any repetition ends with the same amount. What it earns is a cumulative target like an
order's, under the contract of its own day, and the book receives target minus posted.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from billing.contract_terms import sha256_of
from billing.currencies import exponent_of
from billing.errors import EarningEventChanged, EarningEventRefused
from billing.money import AMOUNT_MINOR_MAX
from billing.revenue_share.tables import EarningEvent
from billing.rows import insert_rows
from tenants.database import tenant_of

EventKind = Literal["lead", "booking", "income"]
EVIDENCE_MAX: Final = 12
EVIDENCE_LENGTH_MAX: Final = 300
NAME_LENGTH_MAX: Final = 120
REFERENCES: Final = ("conversation", "conversation_id", "visitor", "visitor_id")
"""Evidence by which two systems' tellings under one id are known to be of the same lead or booking."""
TWINS_WITHIN: Final = timedelta(days=31)
_COLUMNS: Final = (
    "tenant_id", "earning_event_id", "told_at", "sha256", "kind", "source", "external_id", "employee_id", "occurred_at", "work_id",
    "amount_minor", "currency", "evidence", "is_void", "recorded_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Telling:
    """One telling of one event: who tells it, under which id, what happened when, and the evidence (references, never personal data)."""

    kind: EventKind
    source: str
    external_id: str
    employee_id: UUID
    occurred_at: datetime
    told_at: datetime
    evidence: Mapping[str, str]
    work_id: UUID | None = None
    amount_minor: int | None = None
    currency: str | None = None
    is_void: bool = False

    @property
    def head(self) -> tuple[object, ...]:
        """What no later telling may change: the amount would move between months, employees or currencies."""
        return self.kind, self.employee_id, self.occurred_at, self.work_id, self.currency

    def is_told_by(self, other: "Telling") -> bool:
        """Whether another telling is of the same lead or booking: the same kind, id and employee, and one reference in common."""
        same = (self.kind, self.external_id, self.employee_id) == (other.kind, other.external_id, other.employee_id)
        return same and any(name in REFERENCES and other.evidence.get(name) == value for name, value in self.evidence.items())

    def sha256(self) -> str:
        """The hash of what is told; the same words told again are the same telling."""
        moments = {"occurred_at": self.occurred_at.astimezone(UTC), "told_at": self.told_at.astimezone(UTC)}
        fields = asdict(self) | moments
        return sha256_of({name: value if isinstance(value, int | dict | None) else str(value) for name, value in fields.items()})


def keep_telling(session: Session, telling: Telling, *, now: datetime) -> UUID:
    """Check and store a telling once; return the event's id, which the caller holds already.

    Raises EarningEventRefused, or EarningEventChanged when its head differs from what was told before.
    """
    _check(telling, now)
    event_id = event_id_of(session, telling)
    told = select(EarningEvent).where(EarningEvent.tenant_id == tenant_of(session), EarningEvent.earning_event_id == event_id)
    before = session.scalars(told.limit(1)).first()
    if before is not None and telling_of(before).head != telling.head:
        raise EarningEventChanged(
            f"{telling.source} told {telling.external_id!r} of another day, employee, work or currency; withdraw it and tell a new one."
        )
    row = (
        tenant_of(session), event_id, telling.told_at, telling.sha256(), telling.kind, telling.source, telling.external_id,
        telling.employee_id, telling.occurred_at, telling.work_id, telling.amount_minor, telling.currency, dict(telling.evidence),
        telling.is_void, now,
    )  # fmt: skip
    insert_rows(session, EarningEvent, _COLUMNS, [row], or_skip=True)
    return event_id


def event_id_of(session: Session, telling: Telling) -> UUID:
    """The same source and external id are always the same event; income and bonuses do not share their ids."""
    return event_id_by(tenant_of(session), telling.kind, telling.source, telling.external_id)


def event_id_by(tenant_id: UUID, kind: str, source: str, external_id: str) -> UUID:
    """The event's id from what it is known by."""
    about = "income" if kind == "income" else "bonus"
    return uuid5(tenant_id, f"{about}/{source}/{external_id}")


def tellings_that_hold(session: Session, event_ids: Collection[UUID]) -> dict[UUID, Telling]:
    """Of each event the telling that holds: the latest, and of one moment that it came to nothing. Other tenants' ids are left out."""
    query = (
        select(EarningEvent)
        .ext(distinct_on(EarningEvent.earning_event_id))
        .where(EarningEvent.tenant_id == tenant_of(session), EarningEvent.earning_event_id == func.any(list(event_ids)))
        .order_by(EarningEvent.earning_event_id, EarningEvent.told_at.desc(), EarningEvent.is_void.desc(), EarningEvent.sha256.desc())
    )
    return {row.earning_event_id: telling_of(row) for row in session.scalars(query)}


def counted_already(session: Session, tellings: Mapping[UUID, Telling]) -> dict[UUID, Telling]:
    """Of the leads and bookings that another source told too (the same id, and the same conversation or visitor) the one that counts.

    That is the one that happened first, of one moment that of the older source; it speaks for all, also when it is withdrawn.
    """
    bonuses = {event_id: one for event_id, one in tellings.items() if one.kind != "income"}
    others: dict[str, list[Telling]] = defaultdict(list)
    for other in tellings_that_hold(session, twins_of(session, bonuses.values())).values():
        others[other.external_id].append(other)
    found: dict[UUID, Telling] = {}
    for event_id, one in bonuses.items():
        first = min((other for other in others[one.external_id] if one.is_told_by(other)), key=_age, default=one)
        if _age(first) < _age(one):
            found[event_id] = first
    return found


def twins_of(session: Session, tellings: Collection[Telling]) -> set[UUID]:
    """These leads and bookings, and every other that may be the same as one of them: told under its id within a month of it."""
    if not tellings:
        return set()
    employees, named = {one.employee_id for one in tellings}, {one.external_id for one in tellings}
    moments = sorted(one.occurred_at for one in tellings)
    query = select(EarningEvent.earning_event_id).where(
        EarningEvent.tenant_id == tenant_of(session), EarningEvent.employee_id == func.any(list(employees)),
        EarningEvent.occurred_at.between(moments[0] - TWINS_WITHIN, moments[-1] + TWINS_WITHIN),
        EarningEvent.external_id == func.any(list(named)), EarningEvent.kind != "income",
    )  # fmt: skip
    return set(session.scalars(query))


def _age(telling: Telling) -> tuple[datetime, str]:
    return telling.occurred_at, telling.source


def events_since(session: Session, employee_id: UUID, moment: datetime) -> list[UUID]:
    """The events an employee is said to have brought at or after a moment."""
    table = EarningEvent
    mine = table.tenant_id == tenant_of(session), table.employee_id == employee_id, table.occurred_at >= moment
    return sorted(session.scalars(select(table.earning_event_id).where(*mine).distinct()))


def telling_of(row: EarningEvent) -> Telling:
    """A stored telling as it was told."""
    fields: dict[str, Any] = {name: getattr(row, name) for name in Telling.__dataclass_fields__}
    return Telling(**fields)


def _check(telling: Telling, now: datetime) -> None:
    sentence = next((sentence for is_wrong, sentence in _faults(telling, now) if is_wrong), None)
    if sentence is not None:
        raise EarningEventRefused(sentence)
    if telling.currency is not None:
        exponent_of(telling.currency)


def _faults(telling: Telling, now: datetime) -> tuple[tuple[bool, str], ...]:
    names, evidence = (telling.source, telling.external_id), telling.evidence
    amount = telling.amount_minor
    return (
        (not all(0 < len(name.strip()) <= NAME_LENGTH_MAX for name in names), "It needs the name of its source and the source's own id."),
        (telling.occurred_at > now, "It lies in the future."),
        (not evidence, "It needs evidence: a conversation, a reservation's or an accounting document's reference."),
        (
            len(evidence) > EVIDENCE_MAX or any(len(name) + len(value) > EVIDENCE_LENGTH_MAX for name, value in evidence.items()),
            f"Evidence is up to {EVIDENCE_MAX} references of up to {EVIDENCE_LENGTH_MAX} letters; keep documents where they are.",
        ),
        (amount is not None and not 0 <= amount <= AMOUNT_MINOR_MAX, "Income is zero or more, and less than any work ever earned."),
    )
