"""Ask an employee something to see what they would say and why, and see what shoppers asked in vain."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.conversations.gap_groups import grouped
from app.conversations.golden_read import answers, last_done
from app.conversations.mind import Mind, load_mind
from app.conversations.rehearse import passages, rehearse
from app.conversations.teach_read import Gap, gaps
from app.conversations.thoughts import Powers
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import page
from app.dashboard.permissions import ShopViewer
from app.dashboard.routes_teach import Words
from app.dashboard.viewer import Viewer
from app.speaking.rehearsal import rehearsal_powers
from tenants.employee import employee_view
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/dashboard/teach/{employee_id}/ask")
async def ask(viewer: ShopViewer, employee_id: str, question: Words = "") -> Response:
    """The box, and the answer. Nothing is issued, kept or counted."""
    identifier = from_public("emp", employee_id)
    employee = await viewer.read(employee_view, identifier)
    context: dict[str, Any] = {"employee": employee, "tab": "ask", "question": question, "answer": None, "cited": []}
    if question.strip():
        mind = await viewer.read(_mind, identifier, viewer)
        powers = rehearsal_powers(viewer.house.database, viewer.house.clock)
        answer = await viewer.house.run_call(_rehearsed, mind, question, powers, viewer)
        context |= {"answer": answer, "cited": await viewer.read(passages, answer)}
    return page("teach_ask.html", **viewer.context("teach"), **context)


@router.get("/dashboard/teach/{employee_id}/gaps")
async def show_gaps(viewer: ShopViewer, employee_id: str, again: Annotated[bool, Query()] = False) -> Response:
    """What shoppers asked in vain, grouped by what they meant, for those who may read conversations, and golden questions that fail.

    `again` asks the shoppers' questions once more, to see which of them later lessons have answered.
    """
    identifier = from_public("emp", employee_id)
    employee = await viewer.read(employee_view, identifier)
    asked = await viewer.read(gaps, employee_id=identifier, now=viewer.now) if viewer.may("READ_CONVERSATIONS") else []
    groups = await viewer.house.run_call(grouped, asked, viewer.house.embed)
    failing = await viewer.read(_failing, identifier)
    known = await viewer.house.run_call(_answered_now, await viewer.read(_mind, identifier, viewer), asked, viewer) if again else None
    context: dict[str, Any] = {"employee": employee, "tab": "gaps", "groups": groups, "failing": failing, "known": known}
    return page("teach_gaps.html", **viewer.context("teach"), **context)


def _mind(session: Session, employee_id: UUID, viewer: Viewer) -> Mind:
    return load_mind(session, employee_id=employee_id, embed=viewer.house.embed)


def _answered_now(mind: Mind, asked: list[Gap], viewer: Viewer) -> frozenset[str]:
    """The questions they have an answer to by now."""
    powers = rehearsal_powers(viewer.house.database, viewer.house.clock)(viewer.shop.tenant_id, mind.employee_id)
    return frozenset(one.question for one in asked if rehearse(mind, one.question, powers=powers, now=viewer.now).is_answer)


def _rehearsed(mind: Mind, question: str, powers: Callable[[UUID, UUID], Powers], viewer: Viewer) -> Any:
    bound = replace(powers(viewer.shop.tenant_id, mind.employee_id), language_model=viewer.house.language_model)
    return rehearse(mind, question, powers=bound, now=viewer.now)


def _failing(session: Session, employee_id: UUID) -> list[Any]:
    last = last_done(session, employee_id=employee_id)
    return [one for one in answers(session, run_id=last.run_id).values() if not one.has_passed] if last else []
