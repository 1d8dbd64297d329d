"""Life at work: days off and who steps in, reviews, the verdict on a probation. Every page says what its form will do before it does it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Response
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.employee_file import EmployeeFile
from app.dashboard.language import _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ContractSigner, Hirer
from app.dashboard.problems import PageProblem
from app.dashboard.routes_employee import read_one
from app.dashboard.viewer import Viewer
from billing.end_contract import end_contract
from billing.errors import BillingError
from tenants.audit import person_actor
from tenants.employment import call_off_leave, grant_leave, write_note
from tenants.errors import EmployeeNotAtWork, LeaveRefused, NoteRefused
from tenants.identifiers import PublicIdUnreadable, from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Words = Annotated[str, Form(max_length=20_000)]
"""What a person writes; the verb says how much of it can be kept."""


@router.get("/dashboard/employees/{employee_id}/leave")
async def ask_leave(viewer: Hirer, employee_id: str) -> Response:
    """Which days, and who steps in."""
    return _leave_page(viewer, await _employed(viewer, employee_id), {})


@router.post("/dashboard/employees/{employee_id}/leave")
async def give_leave(
    viewer: Hirer, employee_id: str, *, starts_on: Text = "", ends_on: Text = "", stand_in: Text = "", csrf_token: Text = ""
) -> Response:
    """Write the days off down; the widget follows on the day itself."""
    viewer.check_form(csrf_token)
    found = await _employed(viewer, employee_id)
    try:
        days = {"starts_on": _date(_("First day off"), starts_on), "ends_on": _date(_("Last day off"), ends_on)}
        actor = person_actor(viewer.person.person_id)
        identifier = found.employee.employee_id
        await viewer.read(grant_leave, identifier, **days, stand_in_id=_colleague(stand_in), actor=actor, now=viewer.now)
    except (LeaveRefused, EmployeeNotAtWork) as error:
        typed = {"starts_on": starts_on, "ends_on": ends_on, "stand_in": stand_in}
        return _leave_page(viewer, found, typed, status=422, why=said(error))
    return go_to(f"{_own(found)}?done=leave")


@router.post("/dashboard/employees/{employee_id}/leave/{leave_id}/call-off")
async def call_off(viewer: Hirer, employee_id: str, leave_id: str, csrf_token: Text = "") -> Response:
    """They are back from this moment, or never go; the page asked before."""
    viewer.check_form(csrf_token)
    found = await read_one(viewer, employee_id)
    actor, leave = person_actor(viewer.person.person_id), from_public("lve", leave_id)
    try:
        await viewer.read(call_off_leave, found.employee.employee_id, leave, actor=actor, now=viewer.now)
    except LeaveRefused as error:
        raise PageProblem(409, _("That leave is over"), said(error), _("Open the file"), _own(found)) from None
    return go_to(f"{_own(found)}?done=called_off")


@router.get("/dashboard/employees/{employee_id}/review")
async def ask_review(viewer: Hirer, employee_id: str) -> Response:
    """A review: what went well, what should change."""
    return _review_page(viewer, await _employed(viewer, employee_id))


@router.post("/dashboard/employees/{employee_id}/review")
async def keep_review(viewer: Hirer, employee_id: str, words: Words = "", csrf_token: Text = "") -> Response:
    """Keep it in the file, with the day and the name of who wrote it."""
    viewer.check_form(csrf_token)
    found = await _employed(viewer, employee_id)
    actor, today = person_actor(viewer.person.person_id), _today(viewer)
    try:
        await viewer.read(
            write_note, found.employee.employee_id, kind="review", words=words, effective_on=today, actor=actor, now=viewer.now
        )
    except NoteRefused as error:
        return _review_page(viewer, found, words, status=422, why=said(error))
    return go_to(f"{_own(found)}?done=reviewed")


@router.get("/dashboard/employees/{employee_id}/probation")
async def ask_verdict(viewer: ContractSigner, employee_id: str) -> Response:
    """Keep or part, and what each would mean."""
    return _verdict_page(viewer, await _on_probation(viewer, employee_id), {"verdict": "kept"})


@router.post("/dashboard/employees/{employee_id}/probation")
async def give_verdict(
    viewer: ContractSigner, employee_id: str, *, verdict: Text = "", words: Words = "", csrf_token: Text = ""
) -> Response:
    """Keep the verdict; parting ends the contract with the probation's last day."""
    viewer.check_form(csrf_token)
    found = await _on_probation(viewer, employee_id)
    kind = verdict if verdict in {"kept", "parted"} else ""
    try:
        await viewer.read(_decide, viewer, found, kind, words)
    except (NoteRefused, BillingError) as error:
        why = said(error) if kind else _("Choose one of the two.")
        return _verdict_page(viewer, found, {"verdict": verdict, "words": words}, status=422, why=why)
    return go_to(f"{_own(found)}?done={kind}")


def _decide(session: Session, viewer: Viewer, found: EmployeeFile, kind: str, words: str) -> None:
    last_day, employee_id = found.standing.probation_ends_on, found.employee.employee_id
    assert last_day is not None  # noqa: S101 - _on_probation has looked
    actor = person_actor(viewer.person.person_id)
    write_note(session, employee_id, kind=kind, words=words, effective_on=last_day, actor=actor, now=viewer.now)
    if kind == "parted":
        midnight = datetime.combine(last_day + timedelta(days=1), time(), ZoneInfo(viewer.shop.time_zone))
        end_contract(session, employee_id, actor=actor, now=viewer.now, ends_at=midnight)


async def _employed(viewer: Viewer, employee_id: str) -> EmployeeFile:
    found = await read_one(viewer, employee_id)
    if found.standing.kind in {"applicant", "withdrawn", "left"}:
        why = _("%(name)s does not work here now.", name=found.employee.name)
        raise PageProblem(409, why, _("Days off and reviews are for employees."), _("Open the file"), _own(found))
    return found


async def _on_probation(viewer: Viewer, employee_id: str) -> EmployeeFile:
    found = await read_one(viewer, employee_id)
    if found.standing.probation_ends_on is None or found.standing.is_probation_decided:
        raise PageProblem(
            409,
            _("%(name)s is not on probation", name=found.employee.name),
            _("Nothing is to be decided."),
            _("Open the file"),
            _own(found),
        )
    return found


def _own(found: EmployeeFile) -> str:
    return f"/dashboard/employees/{to_public('emp', found.employee.employee_id)}"


def _today(viewer: Viewer) -> date:
    return viewer.now.astimezone(ZoneInfo(viewer.shop.time_zone)).date()


def _date(label: str, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise LeaveRefused(
            _("%(label)s: choose a date.", label=label)
            if not text.strip()
            else _("%(label)s: %(typed)s is not a date.", label=label, typed=repr(text[:30]))
        ) from None


def _colleague(text: str) -> UUID | None:
    try:
        return from_public("emp", text) if text.strip() else None
    except PublicIdUnreadable:
        raise LeaveRefused(_("Choose a colleague from the list, or nobody.")) from None


def _leave_page(viewer: Viewer, found: EmployeeFile, typed: Mapping[str, str], *, status: int = 200, why: str = "") -> Response:
    colleagues = [one for one in found.colleagues.values() if one.hired_on is not None and not one.is_retired]
    context = {"file": found, "employee": found.employee, "typed": typed, "why": why, "colleagues": colleagues, "today": _today(viewer)}
    return page("employee_leave.html", status=status, **viewer.context("team"), **context)


def _review_page(viewer: Viewer, found: EmployeeFile, words: str = "", *, status: int = 200, why: str = "") -> Response:
    context = {"file": found, "employee": found.employee, "words": words, "why": why}
    return page("employee_review.html", status=status, **viewer.context("team"), **context)


def _verdict_page(viewer: Viewer, found: EmployeeFile, typed: Mapping[str, str], *, status: int = 200, why: str = "") -> Response:
    assert found.current is not None  # noqa: S101 - a probation is a clause of a contract
    context = {"file": found, "employee": found.employee, "typed": typed, "why": why, "terms": found.current.terms}
    return page("employee_probation.html", status=status, **viewer.context("team"), **context)
