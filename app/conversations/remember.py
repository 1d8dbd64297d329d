"""What a visitor lets an employee remember: consent, facts with the sentence they were said in, an export, and erasure at once.

It is the visitor's: it lives under a name that only this shop's browser or its own sign-in leads to, ends after the shop's number of days,
and is gone the moment they say so. The shop switches it on; until then they neither ask nor keep anything.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.conversations.errors import FieldNotFit
from app.conversations.learning_tables import MemorySetting, VisitorConsent, VisitorFact
from app.conversations.memory.told import Fact
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import to_public

__all__ = [
    "Fact", "Memory", "MemoryRules", "Remembered", "export_memory", "forget_expired", "forget_visitor", "memory_of", "memory_rules",
    "refuse_memory", "remember_facts", "set_memory_rules", "visitors_remembered",
]  # fmt: skip
DAYS_KEPT_MAX: Final = 730
DAYS_REFUSAL_STANDS: Final = 180
"""So long nobody who refused is asked again."""


@dataclass(frozen=True)
class MemoryRules:
    """The shop's setting."""

    is_on: bool = False
    days_kept: int = 180


@dataclass(frozen=True)
class Remembered:
    """One fact as it is kept."""

    name: str
    value: str
    sentence: str
    told_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Memory:
    """What a turn may know of its visitor. `is_given` is None while they were not asked, or their answer has expired."""

    is_on: bool = False
    days_kept: int = 0
    is_given: bool | None = None
    facts: tuple[Remembered, ...] = ()

    def value(self, name: str) -> str:
        """A remembered value, empty when there is none."""
        return next((one.value for one in self.facts if one.name == name), "")


def memory_rules(session: Session) -> MemoryRules:
    """The setting; off where none was made."""
    row = session.get(MemorySetting, tenant_of(session))
    return MemoryRules(row.is_on, row.days_kept) if row else MemoryRules()


def set_memory_rules(session: Session, rules: MemoryRules, *, by: str, now: datetime) -> None:
    """Keep the setting. Switched off, everything that is kept of visitors is erased at once. Raises FieldNotFit."""
    if not 1 <= rules.days_kept <= DAYS_KEPT_MAX:
        raise FieldNotFit("days_kept", f"Say a number of days from 1 to {DAYS_KEPT_MAX}.")
    row = session.get(MemorySetting, tenant_of(session), with_for_update=True)
    if row is None:
        row = MemorySetting(tenant_id=tenant_of(session))
        session.add(row)
    row.is_on, row.days_kept, row.changed_at = rules.is_on, rules.days_kept, now
    session.flush()
    if not rules.is_on:
        _erase(session, None)
    detail = {"is_on": rules.is_on, "days_kept": rules.days_kept}
    note(session, by, "memory.rules_set", to_public("shp", tenant_of(session)), detail, now=now)


def memory_of(session: Session, visitor_id: UUID | None, *, now: datetime) -> Memory:
    """What may be known of a visitor now; what has expired is as if it had never been said."""
    rules = memory_rules(session)
    if not rules.is_on or visitor_id is None:
        return Memory()
    consent = session.get(VisitorConsent, (tenant_of(session), visitor_id))
    if consent is None or consent.expires_at <= now:
        return Memory(is_on=True, days_kept=rules.days_kept)
    wanted = select(VisitorFact).where(VisitorFact.visitor_id == visitor_id, VisitorFact.expires_at > now).order_by(VisitorFact.name)
    facts = tuple(Remembered(row.name, row.value, row.sentence, row.told_at, row.expires_at) for row in session.scalars(wanted))
    return Memory(True, rules.days_kept, consent.is_given, facts if consent.is_given else ())


def remember_facts(
    session: Session, facts: Sequence[Fact], *, visitor_id: UUID, turn_id: UUID, consent_sentence: str | None, now: datetime
) -> bool:  # fmt: skip
    """Keep facts; with `consent_sentence`, the words in which the visitor agreed just now. Returns whether anything was kept.

    Without consent, given now or before and not expired, nothing is.
    """
    rules, tenant_id = memory_rules(session), tenant_of(session)
    expires_at = now + timedelta(days=rules.days_kept)
    consent = session.get(VisitorConsent, (tenant_id, visitor_id), with_for_update=True)
    if consent is not None and (consent.expires_at <= now or not consent.is_given) and consent_sentence is not None:
        _erase(session, visitor_id)
        consent = None
    if consent is None and consent_sentence is not None and rules.is_on:
        consent = VisitorConsent(
            tenant_id=tenant_id,
            visitor_id=visitor_id,
            is_given=True,
            sentence=consent_sentence[:300],
            answered_at=now,
            expires_at=expires_at,
        )
        session.add(consent)
        session.flush()
    if not rules.is_on or consent is None or not consent.is_given or consent.expires_at <= now:
        return False
    for fact in facts:
        session.execute(delete(VisitorFact).where(VisitorFact.visitor_id == visitor_id, VisitorFact.name == fact.name))
        session.add(
            VisitorFact(
                tenant_id=tenant_id, visitor_id=visitor_id, name=fact.name, value=fact.value, sentence=fact.sentence, turn_id=turn_id,
                told_at=now, expires_at=min(expires_at, consent.expires_at),
            )
        )  # fmt: skip
    session.flush()
    return True


def refuse_memory(session: Session, *, visitor_id: UUID, sentence: str, now: datetime) -> None:
    """The visitor does not want it: only that is kept, so that they are not asked again, and nothing else."""
    _erase(session, visitor_id)
    until = now + timedelta(days=DAYS_REFUSAL_STANDS)
    session.add(
        VisitorConsent(
            tenant_id=tenant_of(session), visitor_id=visitor_id, is_given=False, sentence=sentence[:300], answered_at=now, expires_at=until
        )
    )
    session.flush()


def forget_visitor(session: Session, *, visitor_id: UUID) -> int:
    """Erase everything remembered of a visitor, the consent too; return how many facts there were."""
    return _erase(session, visitor_id)


def export_memory(session: Session, *, visitor_id: UUID, now: datetime) -> dict[str, Any]:
    """All that is remembered of a visitor, in words of their own, as JSON."""
    consent = session.get(VisitorConsent, (tenant_of(session), visitor_id))
    memory = memory_of(session, visitor_id, now=now)
    told = None
    if consent is not None and consent.expires_at > now:
        told = {
            "given": consent.is_given, "sentence": consent.sentence, "answered_at": consent.answered_at.isoformat(),
            "expires_at": consent.expires_at.isoformat(),
        }  # fmt: skip
    facts = [asdict(one) | {"told_at": one.told_at.isoformat(), "expires_at": one.expires_at.isoformat()} for one in memory.facts]
    return {"consent": told, "facts": facts}


def forget_expired(session: Session, *, now: datetime) -> int:
    """Erase what has expired; return how many facts there were."""
    tenant_id = tenant_of(session)
    old = select(VisitorConsent.visitor_id).where(VisitorConsent.tenant_id == tenant_id, VisitorConsent.expires_at <= now)
    gone = session.execute(
        delete(VisitorFact)
        .where(VisitorFact.tenant_id == tenant_id, (VisitorFact.expires_at <= now) | VisitorFact.visitor_id.in_(old))
        .returning(VisitorFact.name)
    ).all()
    session.execute(delete(VisitorConsent).where(VisitorConsent.tenant_id == tenant_id, VisitorConsent.expires_at <= now))
    return len(gone)


def visitors_remembered(session: Session, *, now: datetime) -> int:
    """How many visitors agreed and are remembered now; who they are is nobody's to list."""
    mine = VisitorConsent.tenant_id == tenant_of(session), VisitorConsent.is_given, VisitorConsent.expires_at > now
    return session.scalar(select(func.count()).where(*mine)) or 0


def _erase(session: Session, visitor_id: UUID | None) -> int:
    """Of one visitor, or of all of the shop."""
    facts, consents = (VisitorFact.tenant_id == tenant_of(session),), (VisitorConsent.tenant_id == tenant_of(session),)
    if visitor_id is not None:
        facts, consents = (*facts, VisitorFact.visitor_id == visitor_id), (*consents, VisitorConsent.visitor_id == visitor_id)  # type: ignore[assignment]
    gone = session.execute(delete(VisitorFact).where(*facts).returning(VisitorFact.name)).all()
    session.execute(delete(VisitorConsent).where(*consents))
    session.expire_all()
    return len(gone)
