"""Bills: what is to be paid and what was, each down to its lines, its history and its document; and the mark that one was paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.language import N_, _, language, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import SECURITY_HEADERS, go_to, page
from app.dashboard.permissions import EarningsViewer, Settler
from app.dashboard.viewer import Viewer
from billing.bill_details import BillDetails, bill_details
from billing.mark_paid import REFERENCE_LENGTH_MAX, mark_paid, take_back_payment
from billing.payment_errors import BillRefused
from billing.read_bills import TROUBLED, BillExplained, BillView, bills, explain_bill, invoice_file
from billing.spending_limit import Spending, spending
from tenants.audit import person_actor
from tenants.employee import EmployeeView, employees
from tenants.identifiers import from_public, to_public
from tenants.members import names_of_people

router = APIRouter(route_class=PageRoute, include_in_schema=False)
WAITING: Final = frozenset({"drawn", "open", *TROUBLED})
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "drawn": (N_("Being made"), "calm"), "open": (N_("To be paid"), "wait"), "failing": (N_("Not collected"), "bad"),
    "overdue": (N_("Overdue"), "bad"), "uncollectible": (N_("Unpaid"), "bad"), "charged_back": (N_("Taken back by the bank"), "bad"),
    "paid": (N_("Paid"), "good"), "credited": (N_("Given back"), "calm"), "void": (N_("Cancelled"), "calm"),
}  # fmt: skip
"""Each state's word, and the kind of its pill."""

HAPPENED: Final[Mapping[str, str]] = {
    "drawn": N_("Drawn from the closed statement"), "open": N_("Sent"), "failing": N_("Could not be collected"),
    "overdue": N_("Its day passed"), "uncollectible": N_("Given up by the payment service"),
    "charged_back": N_("The bank took the payment back"), "paid": N_("Paid"), "credited": N_("Given back in full"),
    "void": N_("Cancelled"), "payment_taken_back": N_("The mark that it was paid was taken back"),
    "credit_drawn": N_("A credit note was drawn"), "refused": N_("The payment service refused it"), "paid_out": N_("A payee was paid out"),
    "payout_taken_back": N_("The mark that a payee was paid out was taken back"),
}  # fmt: skip
DONE: Final[Mapping[str, str]] = {
    "paid": N_("The bill is marked as paid."), "open": N_("The bill is open again."), "details": N_("Saved. The next bills carry it."),
    "limit": N_("The limit is set."), "no_limit": N_("There is no limit now."),
    "method": N_("Thank you. What it is called stands here in a moment."),
}  # fmt: skip


@dataclass(frozen=True)
class Overview:
    """Everything the list needs: the bills, the shop as a payer, and its running month."""

    bills: list[BillView]
    details: BillDetails
    spending: Spending
    people: dict[UUID, EmployeeView]


@router.get("/dashboard/bills")
async def list_bills(viewer: EarningsViewer, done: str = "") -> Response:
    """Every bill, those that wait for money on top."""
    seen = await viewer.read(_overview, viewer.now)
    waiting = [one for one in seen.bills if one.state in WAITING]
    context = {
        "seen": seen, "waiting": waiting, "settled": [one for one in seen.bills if one.state not in WAITING], "states": STATES,
        "troubled": [one for one in waiting if one.state in TROUBLED], "collects": collects(viewer),
        "done": _(DONE[done]) if done in DONE else "",
    }  # fmt: skip
    return page("bills.html", **{**viewer.context("payslips"), **context})


@router.get("/dashboard/bills/{bill_id}")
async def show_bill(viewer: EarningsViewer, bill_id: str, done: str = "") -> Response:
    """One bill."""
    return await _bill_page(viewer, from_public("stm", bill_id), done=_(DONE[done]) if done in DONE else "")


@router.get("/dashboard/bills/{bill_id}/invoice.pdf")
async def document(viewer: EarningsViewer, bill_id: str) -> Response:
    """The bill as a document."""
    name, body = await viewer.read(invoice_file, statement_id=from_public("stm", bill_id), now=viewer.now, language=language())
    headers = {**SECURITY_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="application/pdf", headers=headers)


@router.post("/dashboard/bills/{bill_id}/paid")
async def was_paid(viewer: Settler, bill_id: str, *, paid_on: Text = "", reference: Text = "", csrf_token: Text = "") -> Response:
    """Somebody saw the transfer: on which day, and how it was called."""
    viewer.check_form(csrf_token)
    statement_id = from_public("stm", bill_id)
    typed = {"paid_on": paid_on, "reference": reference}
    try:
        day = date.fromisoformat(paid_on.strip())
    except ValueError:
        return await _bill_page(viewer, statement_id, status=422, why_day=_("Choose the day on which the money was sent."), **typed)
    try:
        await viewer.read(
            mark_paid,
            statement_id=statement_id,
            paid_on=day,
            reference=reference,
            actor=person_actor(viewer.person.person_id),
            now=viewer.now,
        )
    except BillRefused as error:
        return await _bill_page(viewer, statement_id, status=422, why_day=said(error), **typed)
    return go_to(f"/dashboard/bills/{to_public('stm', statement_id)}?done=paid")


@router.post("/dashboard/bills/{bill_id}/unpaid")
async def was_not_paid(viewer: Settler, bill_id: str, *, csrf_token: Text = "") -> Response:
    """The mark was a mistake."""
    viewer.check_form(csrf_token)
    statement_id = from_public("stm", bill_id)
    try:
        await viewer.read(take_back_payment, statement_id=statement_id, actor=person_actor(viewer.person.person_id), now=viewer.now)
    except BillRefused as error:
        return await _bill_page(viewer, statement_id, status=422, why=said(error))
    return go_to(f"/dashboard/bills/{to_public('stm', statement_id)}?done=open")


def collects(viewer: Viewer) -> bool:
    """Whether a payment service collects this shop's bills; the demo shop's money is invented, so its bills stay in the house."""
    return viewer.house.settings.stripe_key is not None and not viewer.shop.is_demo


def _overview(session: Session, now: datetime) -> Overview:
    people = {one.employee_id: one for one in employees(session)}
    return Overview(bills(session, now=now), bill_details(session), spending(session, now=now), people)


async def _bill_page(viewer: Viewer, statement_id: UUID, *, status: int = 200, **typed: str) -> Response:
    seen, people, names = await viewer.read(_one, statement_id, viewer.now)
    blank = {"why": "", "why_day": "", "done": "", "paid_on": viewer.now.astimezone(viewer.times.zone).date().isoformat(), "reference": ""}
    context: dict[str, Any] = {
        "seen": seen, "bill": seen.bill, "employee": people.get(seen.bill.employee_id), "names": names, "states": STATES,
        "happened": HAPPENED, "reference_length_max": REFERENCE_LENGTH_MAX,
    }  # fmt: skip
    return page("bill.html", status=status, **{**viewer.context("payslips"), **context, **blank, **typed})


def _one(session: Session, statement_id: UUID, now: datetime) -> tuple[BillExplained, dict[UUID, EmployeeView], dict[str, str]]:
    people = {one.employee_id: one for one in employees(session)}
    return explain_bill(session, statement_id=statement_id, now=now), people, names_of_people(session)
