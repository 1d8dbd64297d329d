"""Disputes: contest a line with a reason, watch the clock, and read how it ended. What is contested is held at once, on its own account."""

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response
from sqlalchemy.orm import Session

from app.dashboard.amount_fields import read_amount
from app.dashboard.door import Text
from app.dashboard.language import _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import EarningsViewer, Settler
from app.dashboard.viewer import Viewer
from billing.errors import AmountUnreadable, ContractUnknown, DisputeRefused
from billing.explain import OrderExplained, explain_order
from billing.open_dispute import REASON_LENGTH_MAX, open_dispute
from billing.read_contracts import ContractView, contracts_of
from billing.read_disputes import DisputeView, dispute, disputes
from tenants.audit import person_actor
from tenants.employee import EmployeeView, employees
from tenants.identifiers import from_public, to_public
from tenants.members import names_of_people

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LISTED_MAX: Final = 200
PublicId = Annotated[str, Query(max_length=60)]
Reason = Annotated[str, Form(max_length=REASON_LENGTH_MAX * 4)]
People = dict[UUID, EmployeeView]


@dataclass(frozen=True)
class Contestable:
    """A line that may be disputed: the order, the contract version it earns under, whose it is, and what it earns by now."""

    order: OrderExplained
    contract: ContractView
    employee: EmployeeView
    net_minor: int


@router.get("/dashboard/disputes")
async def list_disputes(viewer: EarningsViewer) -> Response:
    """Every dispute, the open ones first, the most urgent on top."""
    found, people = await viewer.read(_all)
    waiting = sorted((one for one in found if one.decision is None), key=lambda one: one.decide_by)
    context = {"waiting": waiting, "decided": [one for one in found if one.decision is not None], "people": people}
    return page("disputes.html", **{**viewer.context("payslips"), **context})


@router.get("/dashboard/disputes/new")
async def ask(viewer: Settler, order: PublicId, version: PublicId) -> Response:
    """The form for one line."""
    return await _form_page(viewer, from_public("ord", order), from_public("ver", version))


@router.post("/dashboard/disputes/new")
async def open_one(
    viewer: Settler, order: PublicId, version: PublicId, *, reason: Reason = "", amount: Text = "", csrf_token: Text = ""
) -> Response:
    """Open the dispute; telling it twice gives the same one, another about the same line is refused."""
    viewer.check_form(csrf_token)
    order_id, version_id = from_public("ord", order), from_public("ver", version)
    line = await viewer.read(_contestable, order_id, version_id)
    try:
        minor = read_amount(amount, line.contract.terms.currency) if amount.strip() else None
    except AmountUnreadable as error:
        return await _form_page(viewer, order_id, version_id, status=422, why_amount=said(error), reason=reason, amount=amount)
    try:
        opened = await viewer.read(
            open_dispute, order_id=order_id, contract_version_id=version_id, reason=reason, amount_minor=minor,
            opened_by=person_actor(viewer.person.person_id), now=viewer.now,
        )  # fmt: skip
    except DisputeRefused as error:
        return await _form_page(viewer, order_id, version_id, status=422, why=said(error), reason=reason, amount=amount)
    return go_to(f"/dashboard/disputes/{to_public('dsp', opened)}")


@router.get("/dashboard/disputes/{dispute_id}")
async def show_dispute(viewer: EarningsViewer, dispute_id: str) -> Response:
    """One dispute with every step it took."""
    found, people, names = await viewer.read(_one, from_public("dsp", dispute_id))
    context = {"one": found, "people": people, "names": names}
    return page("dispute.html", **{**viewer.context("payslips"), **context})


def _all(session: Session) -> tuple[tuple[DisputeView, ...], People]:
    return disputes(session, limit=LISTED_MAX), {one.employee_id: one for one in employees(session)}


def _one(session: Session, dispute_id: UUID) -> tuple[DisputeView, People, dict[str, str]]:
    found = dispute(session, dispute_id=dispute_id)
    people = {one.employee_id: one for one in employees(session)}
    return found, people, names_of_people(session)


def _contestable(session: Session, order_id: UUID, version_id: UUID) -> Contestable:
    order = explain_order(session, order_id=order_id)
    for employee in employees(session):
        for contract in contracts_of(session, employee.employee_id):
            if contract.contract_version_id == version_id:
                own = (one for one in order.revisions[-1].credits if one.contract_version_id == version_id)
                return Contestable(order, contract, employee, sum(one.target_minor for one in own))
    raise ContractUnknown(_("There is no such contract."))


async def _form_page(viewer: Viewer, order_id: UUID, version_id: UUID, *, status: int = 200, **fields: str) -> Response:
    line = await viewer.read(_contestable, order_id, version_id)
    context = {"line": line, "why": "", "why_amount": "", "reason": "", "amount": "", "reason_length_max": REASON_LENGTH_MAX, **fields}
    return page("dispute_new.html", status=status, **{**viewer.context("payslips"), **context})
