"""A shop's taste: choices are told and taken back, a manner is learned from them, looked at by somebody else, used, and gone back from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.conversations.errors import EmployeeUnknown, ReviewNotPossible, SecondLookNeeded, TurnUnknown
from app.conversations.learning_tables import TasteChoice, TasteVersion
from app.conversations.tables import Conversation, Document, Passage, Turn
from app.conversations.taste.learning import Choice, Learned, edited, learn, next_pair
from app.conversations.taste.manner import PLAIN, TRAITS, Manner, flavoured, from_json, to_json
from app.conversations.thoughts import Citation, Said
from tenants.audit import note, person_actor
from tenants.database import tenant_of
from tenants.identifiers import new_id, to_public
from tenants.tables import Employee

__all__ = [
    "PLAIN", "TRAITS", "Choice", "ChoiceView", "Learned", "Manner", "VersionView", "answer_of", "choices_of", "decide_taste", "flavoured",
    "learned_taste", "live_manner", "manner_of", "next_pair_of", "propose_taste", "return_to_taste", "said_in", "sample_answer",
    "tell_edit", "tell_pair", "versions_of", "withdraw_choice",
]  # fmt: skip
CHOICES_MAX: Final = 400
"""The newest choices count; taste moves on."""


@dataclass(frozen=True)
class ChoiceView:
    """One thing a member told. `kind` is pair or edit."""

    choice_id: UUID
    kind: str
    person_id: UUID
    choice: Choice
    told_at: datetime


@dataclass(frozen=True)
class VersionView:
    """One version. `state` is proposed, live, past or declined; `measured` are the figures it was made with."""

    version_id: UUID
    number: int
    manner: Manner
    measured: dict[str, Any]
    state: str
    made_by: UUID
    made_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None


def tell_pair(session: Session, choice: Choice, *, employee_id: UUID, person_id: UUID, now: datetime) -> UUID:
    """Keep the better of two. Raises EmployeeUnknown."""
    return _tell(session, choice, kind="pair", employee_id=employee_id, person_id=person_id, now=now)


def tell_edit(session: Session, original: Sequence[str], text: str, *, employee_id: UUID, person_id: UUID, now: datetime) -> UUID | None:
    """Learn from a better answer that a member wrote: words put around what the employee had said. None where it says nothing of taste."""
    choice = edited(original, text)
    return _tell(session, choice, kind="edit", employee_id=employee_id, person_id=person_id, now=now) if choice else None


def withdraw_choice(session: Session, *, choice_id: UUID, person_id: UUID, now: datetime) -> UUID:
    """Take a choice back; return whose it was of. Raises ReviewNotPossible."""
    row = session.get(TasteChoice, (tenant_of(session), choice_id), with_for_update=True)
    if row is None or row.withdrawn_at is not None:
        raise ReviewNotPossible("There is no such choice (any more). Nothing was changed.")
    row.withdrawn_at = now
    note(session, person_actor(person_id), "taste.choice_withdrawn", to_public("tch", choice_id), {}, now=now)
    return row.employee_id


def choices_of(session: Session, *, employee_id: UUID) -> list[ChoiceView]:
    """What was told of an employee and stands, the oldest first, of the newest CHOICES_MAX."""
    wanted = select(TasteChoice).where(TasteChoice.employee_id == employee_id, TasteChoice.withdrawn_at.is_(None))
    rows = session.scalars(wanted.order_by(TasteChoice.told_at.desc(), TasteChoice.choice_id.desc()).limit(CHOICES_MAX))
    return [
        ChoiceView(row.choice_id, row.kind, row.person_id, Choice(from_json(row.better), from_json(row.worse)), row.told_at) for row in rows
    ][::-1]


def learned_taste(session: Session, *, employee_id: UUID) -> Learned:
    """What the choices ask for now. Nothing of it is used before it was proposed and looked at."""
    return learn([one.choice for one in choices_of(session, employee_id=employee_id)])


def next_pair_of(session: Session, *, employee_id: UUID) -> tuple[Manner, Manner]:
    """The two manners to compare next."""
    return next_pair([one.choice for one in choices_of(session, employee_id=employee_id)])


def propose_taste(session: Session, *, employee_id: UUID, person_id: UUID, now: datetime) -> UUID:
    """Make a version of what was learned; it waits for a second look. Raises EmployeeUnknown, ReviewNotPossible when nothing is new."""
    _locked(session, employee_id)
    learned = learned_taste(session, employee_id=employee_id)
    versions = versions_of(session, employee_id=employee_id)
    if any(one.state == "proposed" for one in versions):
        raise ReviewNotPossible("A version waits for a second look already. Decide about that one first.")
    if learned.manner == live_manner(session, employee_id=employee_id):
        raise ReviewNotPossible("The choices ask for nothing else than what is used now. Tell some more.")
    row = TasteVersion(
        tenant_id=tenant_of(session), version_id=new_id(now), employee_id=employee_id, number=_next_number(session, employee_id),
        taste=to_json(learned.manner), measured=learned.measured(), state="proposed", made_by=person_id, made_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    detail = {"number": row.number, "choices": learned.choices}
    note(session, person_actor(person_id), "taste.proposed", to_public("tst", row.version_id), detail, now=now)
    return row.version_id


def decide_taste(session: Session, *, version_id: UUID, person_id: UUID, is_approved: bool, may_look_alone: bool, now: datetime) -> UUID:
    """The second look: use a proposed version from the next answer on, or leave it. Return the employee's id.

    Whoever proposed it may approve only when nobody else could. Raises SecondLookNeeded, ReviewNotPossible.
    """
    row = _version(session, version_id)
    if row.state != "proposed":
        raise ReviewNotPossible("Somebody has decided about this version meanwhile. Nothing was changed.")
    if is_approved and person_id == row.made_by and not may_look_alone:
        raise SecondLookNeeded("Somebody else has to look at it too: whoever proposed a taste may be alone with it.")
    if is_approved:
        _retire_live(session, row.employee_id)
    row.state, row.decided_by, row.decided_at = ("live" if is_approved else "declined"), person_id, now
    session.flush()
    action = "taste.approved" if is_approved else "taste.declined"
    note(session, person_actor(person_id), action, to_public("tst", version_id), {"number": row.number}, now=now)
    return row.employee_id


def return_to_taste(session: Session, *, version_id: UUID | None, employee_id: UUID, person_id: UUID, now: datetime) -> None:
    """Go back to a version that was used before, or (None) to plain speech. Raises ReviewNotPossible."""
    _locked(session, employee_id)
    row = _version(session, version_id) if version_id is not None else None
    if row is not None and (row.state != "past" or row.employee_id != employee_id):
        raise ReviewNotPossible("Only a version that was used before can be brought back.")
    _retire_live(session, employee_id)
    if row is not None:
        row.state = "live"
        session.flush()
    subject = to_public("tst", version_id) if version_id else to_public("emp", employee_id)
    note(session, person_actor(person_id), "taste.brought_back", subject, {"number": row.number if row else 0}, now=now)


def versions_of(session: Session, *, employee_id: UUID) -> list[VersionView]:
    """Every version, the newest first."""
    wanted = select(TasteVersion).where(TasteVersion.employee_id == employee_id).order_by(TasteVersion.number.desc())
    return [
        VersionView(
            row.version_id,
            row.number,
            from_json(row.taste),
            row.measured,
            row.state,
            row.made_by,
            row.made_at,
            row.decided_by,
            row.decided_at,
        )
        for row in session.scalars(wanted)
    ]


def live_manner(session: Session, *, employee_id: UUID) -> Manner:
    """How they speak now."""
    wanted = select(TasteVersion.taste).where(TasteVersion.employee_id == employee_id, TasteVersion.state == "live")
    kept = session.scalar(wanted)
    return from_json(kept) if kept else PLAIN


def _tell(session: Session, choice: Choice, *, kind: str, employee_id: UUID, person_id: UUID, now: datetime) -> UUID:
    _locked(session, employee_id)
    row = TasteChoice(
        tenant_id=tenant_of(session), choice_id=new_id(now), employee_id=employee_id, person_id=person_id, kind=kind,
        better=to_json(choice.better), worse=to_json(choice.worse), told_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    note(session, person_actor(person_id), "taste.choice_told", to_public("tch", row.choice_id), {"kind": kind}, now=now)
    return row.choice_id


def _locked(session: Session, employee_id: UUID) -> None:
    if session.get(Employee, (tenant_of(session), employee_id), with_for_update=True) is None:
        raise EmployeeUnknown(f"No employee {employee_id} works here.")


def _version(session: Session, version_id: UUID) -> TasteVersion:
    row = session.get(TasteVersion, (tenant_of(session), version_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise ReviewNotPossible("There is no such version. Nothing was changed.")
    return row


def _retire_live(session: Session, employee_id: UUID) -> None:
    live = session.scalar(
        select(TasteVersion).where(TasteVersion.employee_id == employee_id, TasteVersion.state == "live").with_for_update()
    )
    if live is not None:
        live.state = "past"
        session.flush()


def _next_number(session: Session, employee_id: UUID) -> int:
    return 1 + (session.scalar(select(func.max(TasteVersion.number)).where(TasteVersion.employee_id == employee_id)) or 0)


def sample_answer(session: Session, *, employee_id: UUID) -> Said | None:
    """A sentence of the shop's own papers, as they would cite it; None while they were taught nothing."""
    wanted = (
        select(Passage, Document.name)
        .join(Document, (Document.tenant_id == Passage.tenant_id) & (Document.document_id == Passage.document_id))
        .where(Document.employee_id == employee_id, Document.replaced_at.is_(None))
        .order_by(Document.name, Passage.position)
        .limit(1)
    )
    found = session.execute(wanted).first()
    if found is None or not found[0].sentences["sentences"]:
        return None
    sentence = found[0].sentences["sentences"][0]
    return Said(sentence, (Citation(found[0].passage_id, found[1], sentence),))


def said_in(manner: Manner, sample: Said, language: str = "en") -> list[str]:
    """The sample in a manner, sentence by sentence."""
    return [one.text for one in flavoured("rule", (sample,), manner, language, has_offer=True) if isinstance(one, Said)]


def manner_of(traits: Collection[str]) -> Manner:
    """The manner that has exactly these traits; unknown ones are none."""
    return from_json({trait: trait in traits for trait in TRAITS})


def answer_of(session: Session, turn_id: UUID) -> tuple[list[str], UUID]:
    """The sentences of a turn's answer, and whose they were. Raises TurnUnknown."""
    turn = session.get(Turn, (tenant_of(session), turn_id))
    if turn is None:
        raise TurnUnknown(f"No turn {turn_id} is recorded here.")
    conversation = session.get_one(Conversation, (tenant_of(session), turn.conversation_id))
    return [one["text"] for one in turn.answer.get("sentences", ())], conversation.employee_id
