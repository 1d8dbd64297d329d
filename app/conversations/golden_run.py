"""The examination: every golden question is asked once, in the background, and judged by its facts. Its history is the pass rate's."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.claim import EXAMINATIONS
from app.conversations.embeddings import Embedder
from app.conversations.events import ExaminationAsked
from app.conversations.golden import GoldenView, golden_question_count, golden_questions, missing_facts
from app.conversations.knowledge.tables import GoldenAnswer, GoldenRun
from app.conversations.memory.transcript import answer_to_json, route_to_json
from app.conversations.mind import Mind, load_mind
from app.conversations.rehearse import Rehearsed, rehearse
from app.conversations.thoughts import Powers
from tenants.database import Database, tenant_of
from tenants.errors import WorkLost
from tenants.identifiers import new_id
from tenants.outbox import announce
from tenants.work_line import Claimed

TOUCH_EVERY: Final = 10
"""Questions between two signs of life."""
REST_SECONDS: Final = 15
"""So long an examination waits for a hand that is still clicking, so that ten changes in a row are examined once."""

UNKNOWN_STEP: Final = "unknown"
"""The step of an answer that says "I do not know"."""


@dataclass(frozen=True)
class Judged:
    """One answer and the judgement: `missing` facts, or that they answered what they should not know."""

    golden: GoldenView
    rehearsed: Rehearsed
    missing: tuple[str, ...]
    has_passed: bool


def ask_for_examination(session: Session, *, employee_id: UUID, asked_by: str, now: datetime, rest_seconds: int = 0) -> UUID | None:
    """Ask for an examination, to be held in `rest_seconds` at the earliest. None when there are no golden questions.

    The one that waits already will do, and is brought forward where it would come later than what is asked for now.
    """
    waiting = session.scalar(select(GoldenRun).where(GoldenRun.employee_id == employee_id, GoldenRun.state == "waiting").with_for_update())
    count, due_at = golden_question_count(session, employee_id=employee_id), now + timedelta(seconds=rest_seconds)
    if waiting is not None:
        waiting.asked_at = min(waiting.asked_at, due_at)
        return waiting.run_id
    if not count:
        return None
    run_id = new_id(now)
    session.add(
        GoldenRun(
            tenant_id=tenant_of(session),
            run_id=run_id,
            employee_id=employee_id,
            asked_by=asked_by,
            asked_at=due_at,
            state="waiting",
            tries=0,
            touched_at=now,
            done_count=0,
            question_count=count,
            passed_count=0,
            cost_micro=0,
        )
    )
    announce(session, ExaminationAsked(run_id, employee_id), now=now)
    return run_id


def examine_waiting(
    database: Database, embed: Embedder, powers_of: Callable[[UUID, UUID], Powers], *, clock: Callable[[], datetime]
) -> int:
    """Hold the examination that has waited longest; return 1, or 0 when none is due."""
    now = clock()
    claimed = EXAMINATIONS.claim(database, now, GoldenRun.asked_at <= now)
    if claimed is None:
        return 0
    with database.tenant_session(claimed.tenant_id) as session:
        run = session.get_one(GoldenRun, (claimed.tenant_id, claimed.key))
        if claimed.is_last_straw:
            run.state, run.finished_at = "given_up", clock()
            return 1
        questions = golden_questions(session, employee_id=run.employee_id)
        mind = load_mind(session, employee_id=run.employee_id, embed=embed)
    powers = powers_of(claimed.tenant_id, run.employee_id)
    judged: list[Judged] = []
    with suppress(WorkLost):  # another worker took it over while this one was silent
        for golden in questions:
            judged.append(judge(mind, golden, powers, clock()))
            if len(judged) % TOUCH_EVERY == 0:
                _touch(database, claimed, len(judged), clock())
        with database.tenant_session(claimed.tenant_id) as session:
            _keep(session, claimed, mind, judged, clock())
    return 1


def judge(mind: Mind, golden: GoldenView, powers: Powers, now: datetime) -> Judged:
    """Ask one golden question. Without facts they pass by not answering, or where they must help, by whatever is not "I do not know";
    with facts, by an answer that holds them all.
    """
    rehearsed = rehearse(mind, golden.question, powers=powers, now=now)
    if golden.must_help and not golden.facts:
        return Judged(golden, rehearsed, (), all(one.step != UNKNOWN_STEP for one in rehearsed.route))
    if not golden.facts:
        return Judged(golden, rehearsed, (), not rehearsed.is_answer)
    missing = missing_facts(golden.facts, rehearsed.text)
    return Judged(golden, rehearsed, missing, not missing and rehearsed.is_answer)


def _touch(database: Database, claimed: Claimed, done: int, now: datetime) -> None:
    with database.tenant_session(claimed.tenant_id) as session:
        run = EXAMINATIONS.own_row(session, claimed)
        run.done_count, run.touched_at = done, now


def _keep(session: Session, claimed: Claimed, mind: Mind, judged: Sequence[Judged], now: datetime) -> None:
    run = EXAMINATIONS.own_row(session, claimed)
    run.state, run.finished_at, run.knowledge_version = "done", now, mind.knowledge_version
    run.question_count, run.done_count = len(judged), len(judged)
    run.passed_count = sum(one.has_passed for one in judged)
    run.cost_micro = sum(step.cost_micro for one in judged for step in one.rehearsed.route)
    for one in judged:
        session.add(
            GoldenAnswer(
                tenant_id=claimed.tenant_id,
                run_id=claimed.key,
                question_id=one.golden.question_id,
                question=one.golden.question,
                has_passed=one.has_passed,
                missing={"facts": list(one.missing)},
                answer=answer_to_json(one.rehearsed.thoughts, None),
                route=route_to_json(one.rehearsed.route),
                duration_us=one.rehearsed.duration_us,
            )
        )
