"""Hiring, second half: the interview, the contract in plain words with worked examples, the signature, the first day. Also rehiring.

A first contract is signed on the standing offer of the job or above it. After a dismissal the last terms are offered again; what only
raises the pay is signed at once, the rest waits for the platform like any change. What is accepted carries the hash of what was shown.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from app.conversations.golden import add_job_questions
from app.conversations.mind import knows_anything
from app.dashboard.door import Text
from app.dashboard.hiring import (
    check_offer,
    currency_choices,
    currency_of_market,
    fields_for,
    first_moment,
    market_of,
    standing_offer,
    terms_chosen,
)
from app.dashboard.language import _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import CONTENT_SECURITY_POLICY, go_to, page
from app.dashboard.permissions import ContractSigner, Hirer
from app.dashboard.problems import PageProblem
from app.dashboard.viewer import Viewer
from app.speaking.interviews import Interview, interview_key
from billing.contract_terms import ContractTerms, canonical_json, changes_between, document_of, explain_terms, read_terms, sha256_of
from billing.errors import BillingError, ContractTermsRefused
from billing.propose_terms import propose_terms
from billing.read_contracts import ContractView, contracts_of
from billing.sign_contract import sign_contract
from tenants.audit import note, person_actor
from tenants.employee import EmployeeView, employee_view
from tenants.employment import write_note
from tenants.errors import LikenessTaken, NoteRefused
from tenants.identifiers import from_public, to_public
from tenants.jobs import Job, job_of, jobs
from tenants.reservation import Likeness, reserve_likeness
from tenants.retire_employee import retire_employee

router = APIRouter(route_class=PageRoute, include_in_schema=False)

TERMS_LENGTH_MAX: Final = 60_000
TermsText = Annotated[str, Form(max_length=TERMS_LENGTH_MAX)]


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be hired: an applicant, or an employee who left. `versions` are what was signed with them before."""

    employee: EmployeeView
    job: Job
    versions: list[ContractView]
    is_untaught: bool

    @property
    def own(self) -> str:
        """Where their pages live."""
        return f"/dashboard/employees/{to_public('emp', self.employee.employee_id)}"

    @property
    def last(self) -> ContractTerms | None:
        """The terms of their last contract; None for an applicant."""
        return self.versions[-1].terms if self.versions else None


@router.get("/dashboard/employees/{employee_id}/interview")
async def interview(viewer: Hirer, employee_id: str, done: Annotated[str, Query(max_length=10)] = "") -> Response:
    """The panel a shopper would see, opened by a key of its own; beside it the job's golden questions."""
    found = await viewer.read(_candidate, from_public("emp", employee_id))
    return _interview_page(viewer, found, done=_("Your verdict is kept in the file.") if done == "kept" else "")


@router.post("/dashboard/employees/{employee_id}/interview")
async def keep_verdict(request: Request, viewer: Hirer, employee_id: str) -> Response:
    """Keep what was found, question by question, in their file; it helps whoever signs, and the first review."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    viewer.check_form(form.get("csrf_token", ""))
    found = await viewer.read(_candidate, from_public("emp", employee_id))
    today, actor = viewer.now.astimezone(viewer.times.zone).date(), person_actor(viewer.person.person_id)
    try:
        await viewer.read(
            write_note, found.employee.employee_id, kind="interview", words=_verdict(form, found.job), effective_on=today, actor=actor,
            now=viewer.now,
        )  # fmt: skip
    except NoteRefused as error:
        return _interview_page(viewer, found, why=said(error), typed=form, status=422)
    return go_to(f"{found.own}/interview?done=kept")


def _verdict(form: Mapping[str, str], job: Job) -> str:
    """The judgement in words: one line a question that was judged, then what else was written."""
    marks = {"good": _("Good"), "weak": _("Not good")}
    judged = [(marks.get(form.get(f"question_{number}", "")), question) for number, question in enumerate(job.golden_questions)]
    lines = [_("%(mark)s: %(question)s", mark=mark, question=said(question)) for mark, question in judged if mark]
    return "\n".join([*lines, form.get("words", "").strip()]).strip()


def _interview_page(
    viewer: Viewer, found: Candidate, *, done: str = "", why: str = "", typed: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    settings = viewer.house.settings
    key = interview_key(Interview(viewer.shop.tenant_id, found.employee.employee_id), secret=settings.signing_key, now=viewer.now)
    address = f"{_widget_url(viewer)}/w/{key}/frame"
    context: dict[str, Any] = {"candidate": found, "employee": found.employee, "address": address, "done": done, "why": why}
    response = page("hire_interview.html", status=status, **viewer.context("team"), **context, typed=typed or {})
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src {_widget_url(viewer)}"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=()"
    return response


@router.get("/dashboard/employees/{employee_id}/contract")
async def ask_terms(viewer: Hirer, employee_id: str, currency: Annotated[str, Query(max_length=3)] = "") -> Response:
    """The short form over the standing offer, or over the last contract."""
    found = await viewer.read(_hireable, from_public("emp", employee_id))
    base = _base(viewer, found, currency)
    return _form_page(viewer, found, base, fields_for(base))


@router.post("/dashboard/employees/{employee_id}/contract")
async def show_terms(request: Request, viewer: Hirer, employee_id: str) -> Response:
    """The contract in plain words, clause by clause with an example. Nothing is written."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    viewer.check_form(form.get("csrf_token", ""))
    found = await viewer.read(_hireable, from_public("emp", employee_id))
    base = _base(viewer, found, form.get("currency", ""))
    try:
        terms = terms_chosen(form, base)
        first_moment(form.get("starts_on", ""), terms.period_time_zone, viewer.now)
    except ContractTermsRefused as error:
        return _form_page(viewer, found, base, form, status=422, why=said(error))
    return _reading_page(viewer, found, terms, form.get("starts_on", ""))


@router.post("/dashboard/employees/{employee_id}/sign")
async def sign(
    viewer: ContractSigner, employee_id: str, *, terms: TermsText, shown_sha256: Text, starts_on: Text = "", csrf_token: Text = ""
) -> Response:
    """Sign exactly what was shown, from the chosen day on; the likeness is theirs for as long as they work here."""
    viewer.check_form(csrf_token)
    found = await viewer.read(_hireable, from_public("emp", employee_id))
    wanted = _terms_of(terms)
    try:
        starts_at = first_moment(starts_on, wanted.period_time_zone, viewer.now)
        done = await viewer.read(_sign, viewer, found, wanted, starts_at=starts_at, shown_sha256=shown_sha256)
    except (BillingError, LikenessTaken) as error:
        return _reading_page(viewer, found, wanted, starts_on, status=422, why=said(error))
    return go_to(f"{found.own}?done={done}")


@router.post("/dashboard/employees/{employee_id}/withdraw")
async def withdraw(viewer: Hirer, employee_id: str, csrf_token: Text = "") -> Response:
    """Let an applicant go who was never hired; the page asked twice before."""
    viewer.check_form(csrf_token)
    await viewer.read(_withdraw, viewer, from_public("emp", employee_id))
    return go_to("/dashboard/team?done=withdrawn")


def _candidate(session: Session, employee_id: UUID) -> Candidate:
    employee = employee_view(session, employee_id)
    is_untaught = not knows_anything(session, employee_id=employee_id)
    return Candidate(employee, job_for(employee), contracts_of(session, employee_id), is_untaught)


def _hireable(session: Session, employee_id: UUID) -> Candidate:
    """The candidate, unless a contract holds already and goes on; then a page says so."""
    found = _candidate(session, employee_id)
    if found.versions and found.versions[-1].ends_at is None:
        own = f"/dashboard/contracts/{to_public('emp', employee_id)}"
        raise PageProblem(
            409, _("%(name)s is hired already", name=found.employee.name), _("The contract can be changed."), _("Open the contract"), own
        )
    if not found.versions and found.employee.is_retired:
        raise PageProblem(409, _("This application was withdrawn"), _("Start a new one."), _("Hire somebody"), "/dashboard/hire")
    return found


def job_for(employee: EmployeeView) -> Job:
    """The job an employee was hired for; the first one for employees from before there were jobs."""
    return job_of(employee.job_id) if employee.job_id else jobs()[0]


def _base(viewer: Viewer, found: Candidate, currency: str) -> ContractTerms:
    """What the form starts from: the last contract, or the job's standing offer in the chosen currency and the shop's own months."""
    if found.last is not None:
        return found.last
    wanted = currency if currency in currency_choices() else currency_of_market(market_of(viewer.shop.time_zone))
    return standing_offer(found.job, currency=wanted, time_zone=viewer.shop.time_zone)


def _sign(session: Session, viewer: Viewer, found: Candidate, terms: ContractTerms, *, starts_at: datetime, shown_sha256: str) -> str:
    """One transaction: the likeness, the signature, the line in the audit log. Returns what was done, as the file page says it."""
    employee = found.employee
    likeness = Likeness(employee.face_id, employee.voice_id, employee.name, market_of(viewer.shop.time_zone))
    reserve_likeness(session, employee_id=employee.employee_id, likeness=likeness, now=viewer.now)
    if found.last is None:
        check_offer(terms, standing_offer(found.job, currency=terms.currency, time_zone=viewer.shop.time_zone))
        sign_contract(
            session, employee_id=employee.employee_id, terms=terms, accepted_by=viewer.person.display_name, now=viewer.now,
            starts_at=starts_at, shown_sha256=shown_sha256,
        )  # fmt: skip
        questions = [said(question) for question in found.job.golden_questions]
        add_job_questions(
            session, employee_id=employee.employee_id, questions=questions, added_by=person_actor(viewer.person.person_id), now=viewer.now
        )
        done = "hired"
    else:
        waits = propose_terms(
            session, employee_id=employee.employee_id, terms=terms, proposed_by=viewer.person.display_name, starts_at=starts_at,
            shown_sha256=shown_sha256, now=viewer.now,
        )  # fmt: skip
        done = "proposed" if waits else "rehired"
    detail = {"terms_sha256": shown_sha256, "starts_at": starts_at.isoformat(), "job": found.job.job_id}
    about = to_public("emp", employee.employee_id)
    note(session, person_actor(viewer.person.person_id), f"employee.{done}", about, detail, now=viewer.now)
    return done


def _withdraw(session: Session, viewer: Viewer, employee_id: UUID) -> None:
    found = _candidate(session, employee_id)
    if found.versions:
        raise PageProblem(
            409, _("%(name)s was hired", name=found.employee.name), _("End the contract instead."), _("Open the file"), found.own
        )
    retire_employee(session, employee_id=employee_id, now=viewer.now)
    actor = person_actor(viewer.person.person_id)
    note(session, actor, "employee.application_withdrawn", to_public("emp", employee_id), {}, now=viewer.now)


def _terms_of(text: str) -> ContractTerms:
    try:
        document = json.loads(text)
        return read_terms(document if isinstance(document, dict) else {})
    except (ValueError, ContractTermsRefused):
        raise PageProblem(422, _("These terms cannot be read"), _("Go back to the form and read the contract again.")) from None


def _form_page(
    viewer: Viewer, found: Candidate, base: ContractTerms, fields: Mapping[str, str], *, status: int = 200, why: str = ""
) -> Response:
    context: dict[str, Any] = {
        "candidate": found, "employee": found.employee, "base": base, "fields": fields, "why": why, "currencies": currency_choices(),
        "today": viewer.now.astimezone(ZoneInfo(base.period_time_zone)).date(),
    }  # fmt: skip
    return page("hire_contract.html", status=status, **viewer.context("team"), **context)


def _reading_page(viewer: Viewer, found: Candidate, terms: ContractTerms, starts_on: str, *, status: int = 200, why: str = "") -> Response:
    document = document_of(terms)
    try:
        first_day = first_moment(starts_on, terms.period_time_zone, viewer.now).astimezone(ZoneInfo(terms.period_time_zone)).date()
    except ContractTermsRefused:
        first_day = viewer.now.astimezone(ZoneInfo(terms.period_time_zone)).date()
    context: dict[str, Any] = {
        "candidate": found, "employee": found.employee, "clauses": explain_terms(terms), "terms_text": canonical_json(document).decode(),
        "shown_sha256": sha256_of(document), "starts_on": starts_on, "first_day": first_day, "why": why,
        "changes": changes_between(found.last, terms) if found.last else (),
    }  # fmt: skip
    return page("hire_sign.html", status=status, **viewer.context("team"), **context)


def _widget_url(viewer: Viewer) -> str:
    parts = urlsplit(viewer.house.settings.widget_url)
    return f"{parts.scheme}://{parts.netloc}"
