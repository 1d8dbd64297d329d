"""Answers the shop's people improved: a member judges an answer, writes a better one, a second look approves it, and it is taught.

An approved answer is a document of its own, so it is cited like any other paper of the shop, counted where it is used, and taken back
whole by withdrawing it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.errors import ReviewedAnswerUnknown, ReviewNotPossible, SecondLookNeeded, TextMissing, TurnUnknown
from app.conversations.guardrails.personal_data import mask_numbers
from app.conversations.guardrails.plain_text import clean
from app.conversations.handover_tables import ReviewedAnswer, TurnVerdict
from app.conversations.language_models.embeddings import Embedder
from app.conversations.skills.reviewed import REVIEWED_PREFIX
from app.conversations.tables import Conversation, Document, Passage, Turn
from app.conversations.teach import teach_document
from tenants.database import tenant_of
from tenants.identifiers import new_id

QUESTION_LENGTH_MAX: Final = 100
ANSWER_LENGTH_MAX: Final = 1200
ANSWERS_SHOWN_MAX: Final = 200
USES_SHOWN_MAX: Final = 50


@dataclass(frozen=True)
class ReviewedView:
    """One reviewed answer. `state` is proposed, approved, declined or withdrawn; `is_taught`: answers may be made with it now."""

    answer_id: UUID
    employee_id: UUID
    conversation_id: UUID
    turn_id: UUID
    question: str
    text: str
    state: str
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    is_taught: bool


@dataclass(frozen=True)
class UseView:
    """A turn in which the employee answered with a reviewed answer."""

    conversation_id: UUID
    turn_id: UUID
    question: str
    asked_at: datetime


def judge(session: Session, *, turn_id: UUID, person_id: UUID, is_good: bool | None, now: datetime) -> None:
    """Keep what a member thinks of an answer; None takes it back. Raises TurnUnknown."""
    tenant_id = tenant_of(session)
    if session.get(Turn, (tenant_id, turn_id), with_for_update=True) is None:
        raise TurnUnknown(f"No turn {turn_id} is recorded here.")
    row = session.get(TurnVerdict, (tenant_id, turn_id, person_id))
    if row is not None and is_good is None:
        session.delete(row)
    elif row is not None and is_good is not None:
        row.is_good, row.told_at = is_good, now
    elif is_good is not None:
        session.add(TurnVerdict(tenant_id=tenant_id, turn_id=turn_id, person_id=person_id, is_good=is_good, told_at=now))
    session.flush()


def verdicts_of(session: Session, conversation_id: UUID) -> dict[UUID, dict[UUID, bool]]:
    """What members think of a conversation's answers: turn -> person -> good or not."""
    wanted = (
        select(TurnVerdict)
        .join(Turn, (Turn.tenant_id == TurnVerdict.tenant_id) & (Turn.turn_id == TurnVerdict.turn_id))
        .where(Turn.conversation_id == conversation_id)
    )
    found: dict[UUID, dict[UUID, bool]] = {}
    for row in session.scalars(wanted):
        found.setdefault(row.turn_id, {})[row.person_id] = row.is_good
    return found


def propose(session: Session, *, turn_id: UUID, person_id: UUID, question: str, text: str, now: datetime) -> UUID:
    """Write a better answer to a turn's question; it is taught only after a second look. Raises TurnUnknown, TextMissing."""
    turn = session.get(Turn, (tenant_of(session), turn_id))
    if turn is None:
        raise TurnUnknown(f"No turn {turn_id} is recorded here.")
    asked, answer = _one_line(question, QUESTION_LENGTH_MAX), _one_line(text, ANSWER_LENGTH_MAX)
    if not asked or not answer:
        raise TextMissing("Write both the question and the answer. Nothing was kept.")
    conversation = session.get_one(Conversation, (tenant_of(session), turn.conversation_id))
    row = ReviewedAnswer(
        tenant_id=tenant_of(session), answer_id=new_id(now), employee_id=conversation.employee_id, turn_id=turn_id, question=asked,
        text=answer, state="proposed", proposed_by=person_id, proposed_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.answer_id


def approve(session: Session, proposed: ReviewedView, *, person_id: UUID, may_look_alone: bool, embed: Embedder, now: datetime) -> None:
    """The second look: teach the answer exactly as `proposed` shows it.

    Whoever wrote it may look only when `may_look_alone` (nobody else of the shop could). Nothing is read before the model has worked.
    Raises SecondLookNeeded, ReviewNotPossible when it is not proposed any more, and the Document... errors of teaching.
    """
    if person_id == proposed.proposed_by and not may_look_alone:
        raise SecondLookNeeded("Somebody else has to look at it too: whoever wrote an answer does not see its mistake.")
    body = f"# Reviewed answers\n\n## {proposed.question}\n\n{proposed.text}\n".encode()
    taught = teach_document(
        session, employee_id=proposed.employee_id, name=f"{REVIEWED_PREFIX}{proposed.question}", media_type="text/markdown",
        body=body, embed=embed, now=now,
    )  # fmt: skip
    row = _answer(session, proposed.answer_id)
    if row.state != "proposed":
        raise ReviewNotPossible("Somebody has decided about this answer meanwhile. Nothing was changed.")
    row.state, row.decided_by, row.decided_at, row.document_id = "approved", person_id, now, taught.document_id
    session.flush()


def decline(session: Session, *, answer_id: UUID, person_id: UUID, now: datetime) -> None:
    """Leave a proposed answer untaught. Raises ReviewedAnswerUnknown, ReviewNotPossible."""
    _decide(session, answer_id, ("proposed", "declined"), person_id, now)


def withdraw(session: Session, *, answer_id: UUID, person_id: UUID, now: datetime) -> None:
    """Take an approved answer out of what the employee knows; `bring_back` undoes it. Old transcripts still show it as it was."""
    row = _decide(session, answer_id, ("approved", "withdrawn"), person_id, now)
    document = session.get_one(Document, (row.tenant_id, row.document_id))
    document.replaced_at = document.replaced_at or now
    document.removed_at = now
    session.flush()


def bring_back(session: Session, *, answer_id: UUID, person_id: UUID, now: datetime) -> None:
    """Undo a withdrawal. Raises ReviewNotPossible when a newer answer to the same question stands."""
    row = _decide(session, answer_id, ("withdrawn", "approved"), person_id, now)
    document = session.get_one(Document, (row.tenant_id, row.document_id))
    newer = select(Document.document_id).where(
        Document.employee_id == row.employee_id, Document.name == document.name, Document.replaced_at.is_(None)
    )
    if session.scalar(newer) is not None:
        raise ReviewNotPossible("A newer answer to the same question stands. Withdraw that one first.")
    document.replaced_at = document.removed_at = None
    session.flush()


def reviewed_answer(session: Session, answer_id: UUID) -> ReviewedView:
    """Read one; raises ReviewedAnswerUnknown."""
    _answer(session, answer_id)
    return _views(session, ReviewedAnswer.answer_id == answer_id)[0]


def reviewed_answers(session: Session) -> list[ReviewedView]:
    """The shop's reviewed answers: those that wait for a second look first, then the newest."""
    found = _views(session, ReviewedAnswer.tenant_id == tenant_of(session))
    return sorted(found, key=lambda one: one.state != "proposed")


def answers_to_turns(session: Session, conversation_id: UUID) -> dict[UUID, list[ReviewedView]]:
    """The reviewed answers written to a conversation's turns, by turn."""
    found: dict[UUID, list[ReviewedView]] = {}
    for one in _views(session, Turn.conversation_id == conversation_id):
        found.setdefault(one.turn_id, []).append(one)
    return found


def uses_of(session: Session, answer_id: UUID) -> list[UseView]:
    """Turns in which the employee answered with it, newest first, at most USES_SHOWN_MAX."""
    row = _answer(session, answer_id)
    if row.document_id is None:
        return []
    passages = session.scalars(select(Passage.passage_id).where(Passage.document_id == row.document_id)).all()
    uses: list[UseView] = []
    for passage_id in passages:
        cited = {"sentences": [{"citations": [{"passage_id": str(passage_id)}]}]}
        wanted = select(Turn).where(Turn.asked_at >= row.decided_at, Turn.answer.contains(cited))
        turns = session.scalars(wanted.order_by(Turn.asked_at.desc()).limit(USES_SHOWN_MAX))
        uses += [UseView(turn.conversation_id, turn.turn_id, turn.question, turn.asked_at) for turn in turns]
    return sorted(uses, key=lambda one: one.asked_at, reverse=True)[:USES_SHOWN_MAX]


def _one_line(text: str, length_max: int) -> str:
    return mask_numbers(clean(text)[:length_max]).lstrip("#>*-+ ").strip()


def _decide(session: Session, answer_id: UUID, change: tuple[str, str], person_id: UUID, now: datetime) -> ReviewedAnswer:
    row = _answer(session, answer_id)
    if row.state != change[0]:
        raise ReviewNotPossible(f"This answer is {row.state}, not {change[0]}. Nothing was changed.")
    row.state, row.decided_by = change[1], person_id
    row.decided_at = row.decided_at if row.document_id is not None else now  # uses are counted from the approval
    session.flush()
    return row


def _answer(session: Session, answer_id: UUID) -> ReviewedAnswer:
    row = session.get(ReviewedAnswer, (tenant_of(session), answer_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise ReviewedAnswerUnknown("There is no such reviewed answer.")
    return row


def _views(session: Session, which: object) -> list[ReviewedView]:
    wanted = (
        select(ReviewedAnswer, Turn.conversation_id, Document.replaced_at)
        .join(Turn, (Turn.tenant_id == ReviewedAnswer.tenant_id) & (Turn.turn_id == ReviewedAnswer.turn_id))
        .outerjoin(Document, (Document.tenant_id == ReviewedAnswer.tenant_id) & (Document.document_id == ReviewedAnswer.document_id))
        .where(which)  # type: ignore[arg-type]
        .order_by(ReviewedAnswer.proposed_at.desc(), ReviewedAnswer.answer_id)
        .limit(ANSWERS_SHOWN_MAX)
    )
    return [
        ReviewedView(
            row.answer_id, row.employee_id, conversation_id, row.turn_id, row.question, row.text, row.state, row.proposed_by,
            row.proposed_at, row.decided_by, row.decided_at, row.state == "approved" and replaced_at is None,
        )
        for row, conversation_id, replaced_at in session.execute(wanted)
    ]  # fmt: skip
