"""Golden questions: what an employee must be able to answer, and the facts a right answer holds."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.conversations.errors import EmployeeUnknown, GoldenQuestionNotFit, GoldenQuestionUnknown
from app.conversations.guardrails.personal_data import mask_numbers
from app.conversations.guardrails.plain_text import clean
from app.conversations.knowledge.tables import GoldenQuestion
from tenants.database import tenant_of
from tenants.identifiers import new_id
from tenants.tables import Employee

QUESTIONS_MAX: Final = 200
QUESTION_LENGTH_MAX: Final = 300
FACTS_MAX: Final = 8
FACT_LENGTH_MAX: Final = 120
EITHER: Final = "|"
"""Divides the ways in which one fact may be said: "30 days | thirty days | a month"."""
_EDGE: Final = re.compile(r"\w", re.ASCII)


@dataclass(frozen=True)
class GoldenView:
    """One golden question. No facts: they must say that they do not know; with `must_help`, anything but that."""

    question_id: UUID
    employee_id: UUID
    question: str
    facts: tuple[str, ...]
    added_by: str
    added_at: datetime
    must_help: bool = False


def add_job_questions(session: Session, *, employee_id: UUID, questions: Sequence[str], added_by: str, now: datetime) -> int:
    """Give a new employee the questions of their job, those that are not on their list; return how many. The shop adds the facts later."""
    known = {one.question.casefold() for one in golden_questions(session, employee_id=employee_id)}
    fresh = [question for question in questions if question.casefold() not in known]
    for question in fresh:
        add_golden_question(session, employee_id=employee_id, question=question, facts=(), added_by=added_by, now=now, must_help=True)
    return len(fresh)


def add_golden_question(
    session: Session, *, employee_id: UUID, question: str, facts: Sequence[str], added_by: str, now: datetime, must_help: bool = False
) -> GoldenView:
    """Add one, with what its answer must hold. Raises EmployeeUnknown, and GoldenQuestionNotFit with what to change."""
    asked = mask_numbers(clean(question))
    kept = tuple(dict.fromkeys(text for fact in facts if (text := clean(fact))))
    tenant_id = tenant_of(session)
    if session.get(Employee, (tenant_id, employee_id), with_for_update=True) is None:
        raise EmployeeUnknown(f"No employee {employee_id} works here.")
    known = golden_questions(session, employee_id=employee_id)
    problem = _problem(asked, kept, known)
    if problem:
        raise GoldenQuestionNotFit(problem)
    row = GoldenQuestion(
        tenant_id=tenant_id,
        question_id=new_id(now),
        employee_id=employee_id,
        question=asked,
        facts={"facts": list(kept), **({"must_help": True} if must_help else {})},
        added_by=added_by,
        added_at=now,
    )
    session.add(row)
    session.flush()
    return _view(row)


def golden_questions(session: Session, *, employee_id: UUID) -> list[GoldenView]:
    """The questions as they are now, oldest first."""
    wanted = select(GoldenQuestion).where(GoldenQuestion.employee_id == employee_id, GoldenQuestion.removed_at.is_(None))
    return [_view(row) for row in session.scalars(wanted.order_by(GoldenQuestion.question_id))]


def golden_question_count(session: Session, *, employee_id: UUID) -> int:
    """How many there are now."""
    wanted = select(func.count()).select_from(GoldenQuestion)
    return session.scalar(wanted.where(GoldenQuestion.employee_id == employee_id, GoldenQuestion.removed_at.is_(None))) or 0


def remove_golden_question(session: Session, *, question_id: UUID, now: datetime) -> GoldenView:
    """Take one away; examinations that asked it keep it. Raises GoldenQuestionUnknown."""
    return _marked(session, question_id, now)


def bring_back_golden_question(session: Session, *, question_id: UUID) -> GoldenView:
    """Undo a removal. Raises GoldenQuestionUnknown."""
    return _marked(session, question_id, None)


def missing_facts(facts: Sequence[str], answer: str) -> tuple[str, ...]:
    """The facts an answer does not hold. A fact is held when one of its ways to say it stands in the answer, letter case and type aside.

    "3 days" is not held by "13 days": a way that begins or ends with a letter or digit must do so where a word does.
    """
    text = _plain(answer)
    return tuple(fact for fact in facts if not any(_holds(text, _plain(way)) for way in fact.split(EITHER)))


def _holds(text: str, way: str) -> bool:
    if not way:
        return False
    before = r"(?<!\w)" if _EDGE.match(way[0]) else ""
    after = r"(?!\w)" if _EDGE.match(way[-1]) else ""
    return re.search(before + re.escape(way) + after, text, re.ASCII) is not None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().translate(str.maketrans("’‘“”–—", "''\"\"--"))
    return " ".join(folded.split())


def _problem(question: str, facts: Sequence[str], known: Sequence[GoldenView]) -> str:
    problems = {
        "Write the question as a shopper would ask it.": not question,
        f"The question has {len(question)} characters; at most {QUESTION_LENGTH_MAX} will do.": len(question) > QUESTION_LENGTH_MAX,
        f"These are {len(facts)} facts; at most {FACTS_MAX} can be expected of one answer.": len(facts) > FACTS_MAX,
        f"A fact is a few words of the answer, at most {FACT_LENGTH_MAX} letters.": any(len(fact) > FACT_LENGTH_MAX for fact in facts),
        "This question is on the list already.": any(one.question.casefold() == question.casefold() for one in known),
        f"There are {QUESTIONS_MAX} questions already. Remove one first.": len(known) >= QUESTIONS_MAX,
    }
    return next((sentence for sentence, is_so in problems.items() if is_so), "")


def _marked(session: Session, question_id: UUID, removed_at: datetime | None) -> GoldenView:
    row = session.get(GoldenQuestion, (tenant_of(session), question_id), with_for_update=True)
    if row is None:
        raise GoldenQuestionUnknown("No such golden question is on the list.")
    row.removed_at = removed_at
    return _view(row)


def _view(row: GoldenQuestion) -> GoldenView:
    facts, must_help = tuple(row.facts["facts"]), row.facts.get("must_help", False)
    return GoldenView(row.question_id, row.employee_id, row.question, facts, row.added_by, row.added_at, must_help)
