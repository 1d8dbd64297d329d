"""Look at examinations: the history of the pass rate, and every answer of the last one with the passages it rests on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.knowledge.tables import GoldenAnswer, GoldenRun
from app.conversations.memory.transcript import past_turn, route_from_json
from app.conversations.read import PassageView, passage
from app.conversations.thoughts import Routed

RUNS_SHOWN: Final = 24


@dataclass(frozen=True)
class RunView:
    """One examination; `asked_by` is a person's actor or "worker", which asks after every lesson."""

    run_id: UUID
    asked_by: str
    asked_at: datetime
    state: str
    finished_at: datetime | None
    knowledge_version: str | None
    done_count: int
    question_count: int
    passed_count: int
    cost_micro: int

    @property
    def is_going_on(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("waiting", "running")

    @property
    def passed_ppm(self) -> int:
        """Pass rate in parts per million."""
        return self.passed_count * 1_000_000 // self.question_count if self.question_count else 0


@dataclass(frozen=True)
class AnswerView:
    """One answer of an examination, with the passages it rests on."""

    question_id: UUID
    question: str
    has_passed: bool
    missing: tuple[str, ...]
    text: str
    coupons: int
    route: tuple[Routed, ...]
    passages: tuple[PassageView, ...]
    duration_us: int


def runs(session: Session, *, employee_id: UUID, limit: int = RUNS_SHOWN) -> list[RunView]:
    """Examinations, newest first; those that were given up are left out."""
    wanted = select(GoldenRun).where(GoldenRun.employee_id == employee_id, GoldenRun.state != "given_up")
    return [_view(row) for row in session.scalars(wanted.order_by(GoldenRun.asked_at.desc(), GoldenRun.run_id.desc()).limit(limit))]


def last_done(session: Session, *, employee_id: UUID) -> RunView | None:
    """The newest examination that came to its end."""
    wanted = select(GoldenRun).where(GoldenRun.employee_id == employee_id, GoldenRun.state == "done")
    row = session.scalar(wanted.order_by(GoldenRun.finished_at.desc()).limit(1))
    return _view(row) if row else None


def answers(session: Session, *, run_id: UUID) -> dict[UUID, AnswerView]:
    """Every answer of one examination, by golden question."""
    rows = session.scalars(select(GoldenAnswer).where(GoldenAnswer.run_id == run_id)).all()
    return {row.question_id: _answer(session, row) for row in rows}


def _answer(session: Session, row: GoldenAnswer) -> AnswerView:
    past = past_turn(row.question, row.answer, row.route)
    cited = dict.fromkeys(citation.passage_id for said in past.said for citation in said.citations)
    found = tuple(view for one in cited if (view := passage(session, one)) is not None)
    text = " ".join(said.text for said in past.said)
    return AnswerView(
        question_id=row.question_id,
        question=row.question,
        has_passed=row.has_passed,
        missing=tuple(row.missing["facts"]),
        text=text,
        coupons=len(past.coupons),
        route=route_from_json(row.route),
        passages=found,
        duration_us=row.duration_us,
    )


def _view(row: GoldenRun) -> RunView:
    return RunView(
        run_id=row.run_id,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        state=row.state,
        finished_at=row.finished_at,
        knowledge_version=row.knowledge_version,
        done_count=row.done_count,
        question_count=row.question_count,
        passed_count=row.passed_count,
        cost_micro=row.cost_micro,
    )
