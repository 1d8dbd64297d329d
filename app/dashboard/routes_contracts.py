"""Contracts: what is signed, in words with examples; its versions and what each changed; changing it, after seeing what the change means.

A change is shown before it is signed: the new prose, every difference, and what the last three months would have paid. What is accepted
carries the hash of what was shown, so nobody can sign other terms than those they read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ContractSigner, EarningsViewer
from app.dashboard.problems import PageProblem
from app.dashboard.terms_form import BASE_RULES, GUARDS, OWNED, PAYEE_ROWS, TIER_ROWS, fields_of, terms_from
from app.dashboard.viewer import Viewer
from billing.contract_terms import (
    MODEL_SENTENCES,
    ContractTerms,
    canonical_json,
    changes_between,
    document_of,
    explain_terms,
    ownership_text,
    read_terms,
    sha256_of,
)
from billing.end_contract import end_contract
from billing.errors import BillingError, ContractEndRefused, ContractTermsRefused, WhatIfRefused
from billing.propose_terms import ProposalView, declined_proposal, may_sign_alone, open_proposals, propose_terms
from billing.read_contracts import ContractView, contracts_of
from billing.what_if import WhatIf, what_if
from tenants.audit import note, person_actor
from tenants.employee import EmployeeView, employee_view, employees
from tenants.identifiers import from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)
TERMS_LENGTH_MAX: Final = 60_000
MONTHS_TRIED: Final = 3
DONE: Final = {
    "signed": N_("The new terms are signed; this page shows them with their first day."),
    "proposed": N_("Your side is signed. Waiting for Tillhand's agreement; until then the contract stays as it is."),
    "ended": N_("The contract is ended."),
    "noticed": N_("Notice is given. Until the last day is over everything stays as it is."),
}
TermsText = Annotated[str, Form(max_length=TERMS_LENGTH_MAX)]


@dataclass(frozen=True)
class Signed:
    """An employee and everything signed for them."""

    employee: EmployeeView
    versions: list[ContractView]
    proposal: ProposalView | None = None
    declined: ProposalView | None = None

    @property
    def latest(self) -> ContractView:
        """The version signed last; raises a page's problem when there is none."""
        if not self.versions:
            raise PageProblem(
                404, _("There is no contract yet"), _("Nothing was signed for this employee."), _("Open the team"), "/dashboard/team"
            )
        return self.versions[-1]

    @property
    def last_day(self) -> date | None:
        """The last day on which the contract holds, in its own zone; None while no end is signed."""
        ends_at = self.versions[-1].ends_at if self.versions else None
        zone = ZoneInfo(self.latest.terms.period_time_zone)
        return None if ends_at is None else (ends_at - timedelta(microseconds=1)).astimezone(zone).date()

    def differences(self) -> dict[UUID, tuple[str, ...]]:
        """What each version changed of the one before it."""
        pairs = zip(self.versions, self.versions[1:], strict=False)
        return {later.contract_version_id: changes_between(earlier.terms, later.terms) for earlier, later in pairs}


@router.get("/dashboard/contracts")
async def list_contracts(viewer: EarningsViewer) -> Response:
    """Every employee's contract in a line."""
    found = await viewer.read(_everyone)
    return page("contracts.html", **viewer.context("payslips"), found=found)


@router.get("/dashboard/contracts/{employee_id}")
async def show_contract(viewer: EarningsViewer, employee_id: str, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """One employee's contract: clause by clause with examples, and its versions."""
    signed = await viewer.read(_signed, from_public("emp", employee_id))
    in_force = next((one for one in signed.versions if one.governs(viewer.now, viewer.now + timedelta(microseconds=1))), None)
    context = {
        "employee": signed.employee,
        "versions": signed.versions,
        "shown": in_force or signed.latest,
        "in_force": in_force,
        "clauses": explain_terms((in_force or signed.latest).terms),
        "differences": signed.differences(),
        "proposal": signed.proposal,
        "declined": signed.declined,
        "last_day": signed.last_day,
        "done": _(DONE.get(done, "")),
    }
    return page("contract.html", **{**viewer.context("payslips"), **context})


@router.get("/dashboard/contracts/{employee_id}/change")
async def propose(viewer: EarningsViewer, employee_id: str) -> Response:
    """The form, filled with what is signed."""
    signed = await viewer.read(_signed, from_public("emp", employee_id))
    return _form_page(viewer, signed, fields_of(signed.latest.terms))


@router.post("/dashboard/contracts/{employee_id}/change")
async def preview(request: Request, viewer: EarningsViewer, employee_id: str) -> Response:
    """What the change would mean. Nothing is written."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    viewer.check_form(form.get("csrf_token", ""))
    signed = await viewer.read(_signed, from_public("emp", employee_id))
    try:
        terms = terms_from(form, signed.latest.terms, [payee.key for one in signed.versions for payee in one.terms.payees])
    except ContractTermsRefused as error:
        return _form_page(viewer, signed, form, status=422, why=said(error))
    return await _preview_page(viewer, signed, terms)


@router.post("/dashboard/contracts/{employee_id}/sign")
async def sign(
    viewer: ContractSigner, employee_id: str, *, terms: TermsText, shown_sha256: Text, starts_on: Text = "", csrf_token: Text = ""
) -> Response:
    """Sign exactly what was shown, from the chosen day on; what pays the other side less then waits for its agreement."""
    viewer.check_form(csrf_token)
    signed = await viewer.read(_signed, from_public("emp", employee_id))
    try:
        wanted = read_terms(_document(terms))
        starts_at = _first_moment(starts_on, wanted.period_time_zone, viewer.now)
        done = await viewer.read(_sign, viewer, signed.employee.employee_id, wanted, starts_at=starts_at, shown_sha256=shown_sha256)
    except BillingError as error:
        return await _preview_page(viewer, signed, read_terms(_document(terms)), status=422, why=said(error))
    return go_to(f"/dashboard/contracts/{to_public('emp', signed.employee.employee_id)}?done={done}")


@router.get("/dashboard/contracts/{employee_id}/end")
async def ask_to_end(viewer: ContractSigner, employee_id: str) -> Response:
    """What ending the contract means, before it is ended."""
    return await _end_page(viewer, from_public("emp", employee_id))


@router.post("/dashboard/contracts/{employee_id}/end")
async def end(
    viewer: ContractSigner, employee_id: str, *, when: Text = "now", last_day: Text = "", sure: Text = "", csrf_token: Text = ""
) -> Response:
    """End it, at once or after a last day, once the employee's name was written."""
    viewer.check_form(csrf_token)
    identifier, typed = from_public("emp", employee_id), {"when": when, "last_day": last_day, "sure": sure}
    signed = await viewer.read(_signed, identifier)
    try:
        ends_at = _after(last_day, signed.latest.terms.period_time_zone, viewer.now) if when == "day" else viewer.now
        if sure.strip().casefold() != signed.employee.name.casefold():
            raise ContractEndRefused(_("Write %(name)s to confirm.", name=signed.employee.name))
        await viewer.read(end_contract, identifier, actor=person_actor(viewer.person.person_id), now=viewer.now, ends_at=ends_at)
    except BillingError as error:
        return await _end_page(viewer, identifier, status=422, why=said(error), typed=typed)
    return go_to(f"/dashboard/contracts/{employee_id}?done={'ended' if when != 'day' else 'noticed'}")


def _everyone(session: Session) -> list[Signed]:
    return [Signed(one, contracts_of(session, one.employee_id)) for one in employees(session)]


def _signed(session: Session, employee_id: UUID) -> Signed:
    waiting = next((one for one in open_proposals(session) if one.employee_id == employee_id), None)
    declined = declined_proposal(session, employee_id=employee_id) if waiting is None else None
    return Signed(employee_view(session, employee_id), contracts_of(session, employee_id), waiting, declined)


def _sign(session: Session, viewer: Viewer, employee_id: UUID, terms: ContractTerms, *, starts_at: datetime, shown_sha256: str) -> str:
    proposal_id = propose_terms(
        session, employee_id=employee_id, terms=terms, proposed_by=viewer.person.display_name, starts_at=starts_at,
        shown_sha256=shown_sha256, now=viewer.now,
    )  # fmt: skip
    done = "proposed" if proposal_id else "signed"
    about = ("proposal", to_public("prp", proposal_id)) if proposal_id else ("version", _latest_id(session, employee_id))
    detail = {"terms_sha256": shown_sha256, "starts_at": starts_at.isoformat(), about[0]: about[1]}
    note(session, person_actor(viewer.person.person_id), f"contract.{done}", to_public("emp", employee_id), detail, now=viewer.now)
    return done


def _latest_id(session: Session, employee_id: UUID) -> str:
    return to_public("ver", contracts_of(session, employee_id)[-1].contract_version_id)


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise PageProblem(422, _("These terms cannot be read"), _("Go back to the form and look at the change again."))
    return document


def _first_moment(text: str, zone: str, now: datetime) -> datetime:
    """The start of the chosen day in the contract's zone; this moment for today, or when no day is chosen."""
    try:
        day = date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise ContractTermsRefused(_("%(typed)s is not a date.", typed=repr(text[:30]))) from None
    if day is None or day == now.astimezone(ZoneInfo(zone)).date():
        return now
    return datetime.combine(day, time(), ZoneInfo(zone))


def _after(text: str, zone: str, now: datetime) -> datetime:
    """The first moment after a last day, in the contract's zone. Raises ContractEndRefused."""
    try:
        last_day = date.fromisoformat(text.strip())
    except ValueError:
        raise ContractEndRefused(
            _("Choose the last day of the contract.") if not text.strip() else _("%(typed)s is not a date.", typed=repr(text[:30]))
        ) from None
    if not now.astimezone(ZoneInfo(zone)).date() <= last_day < date.max:
        raise ContractEndRefused(_("The last day lies in the past; choose today or a later day."))
    return datetime.combine(last_day + timedelta(days=1), time(), ZoneInfo(zone))


def _form_page(viewer: Viewer, signed: Signed, fields: dict[str, str], *, status: int = 200, why: str = "") -> Response:
    rows = {"tier_rows": TIER_ROWS, "payee_rows": max(PAYEE_ROWS, len(signed.latest.terms.payees))}
    names = {"models": MODEL_SENTENCES, "base_rules": BASE_RULES, "guards": GUARDS, "owned": OWNED}
    context = {"employee": signed.employee, "current": signed.latest, "fields": fields, "why": why, **rows, **names}
    return page("contract_change.html", status=status, **{**viewer.context("payslips"), **context})


async def _preview_page(viewer: Viewer, signed: Signed, terms: ContractTerms, *, status: int = 200, why: str = "") -> Response:
    document = document_of(terms)
    tried, why_not = await _tried(viewer, signed.employee.employee_id, terms)
    tomorrow = viewer.now.astimezone(ZoneInfo(terms.period_time_zone)).date() + timedelta(days=1)
    first_day = (tomorrow.replace(day=1) + timedelta(days=32)).replace(day=1) if tomorrow.day != 1 else tomorrow
    first_moment = datetime.combine(first_day, time(), ZoneInfo(terms.period_time_zone))
    context = {
        "employee": signed.employee,
        "current": signed.latest,
        "terms_text": canonical_json(document).decode(),
        "shown_sha256": sha256_of(document),
        "clauses": explain_terms(terms),
        "changes": changes_between(signed.latest.terms, terms),
        "tried": tried,
        "why_not_tried": why_not,
        "needs_agreement": not may_sign_alone(signed.latest.terms, terms, first_moment),
        "first_day": first_day,
        "today": tomorrow - timedelta(days=1),
        "why": why,
    }
    return page("contract_preview.html", status=status, **{**viewer.context("payslips"), **context})


async def _tried(viewer: Viewer, employee_id: UUID, terms: ContractTerms) -> tuple[WhatIf | None, str]:
    local = viewer.now.astimezone(ZoneInfo(terms.period_time_zone))
    months = local.year * 12 + local.month - 1 - (MONTHS_TRIED - 1)
    start = datetime(months // 12, months % 12 + 1, 1, tzinfo=ZoneInfo(terms.period_time_zone))
    try:
        return await viewer.read(what_if, employee_id=employee_id, terms=terms, start=start, end=viewer.now), ""
    except WhatIfRefused as error:
        return None, said(error)


async def _end_page(
    viewer: Viewer, employee_id: UUID, *, status: int = 200, why: str = "", typed: Mapping[str, str] | None = None
) -> Response:
    signed = await viewer.read(_signed, employee_id)
    today = viewer.now.astimezone(ZoneInfo(signed.latest.terms.period_time_zone)).date()
    months_end = (today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    context = {
        "employee": signed.employee,
        "current": signed.latest,
        "kept": ownership_text(signed.latest.terms.ownership),
        "noticed": signed.last_day,
        "today": today,
        "typed": typed or {"when": "day", "last_day": months_end.isoformat(), "sure": ""},
        "why": why,
    }
    return page("contract_end.html", status=status, **{**viewer.context("payslips"), **context})
