"""What if: other terms tried on past orders, without touching the book; and what a seller of calls would have billed."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.dashboard.language import _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import page
from app.dashboard.permissions import EarningsViewer
from app.dashboard.terms_form import percent_of, ppm_of
from app.dashboard.viewer import Viewer
from billing.contract_terms import MODEL_SENTENCES, ContractTerms, changes_between, document_of, read_terms
from billing.errors import AmountUnreadable, ContractTermsRefused, WhatIfRefused
from billing.money import parse_amount
from billing.read_contracts import contracts_of
from billing.what_if import WhatIf, what_if
from tenants.employee import EmployeeView, employees
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)
MONTHS_MAX: Final = 12


class Wish(BaseModel):
    """What the address asks for. Empty fields keep what is signed."""

    employee: str = Field("", max_length=60)
    months: int = Field(3, ge=1, le=MONTHS_MAX)
    share: str = Field("", max_length=20)
    model: str = Field("", max_length=40)
    cap: str = Field("", max_length=30)
    minimum: str = Field("", max_length=30)
    price: str = Field("", max_length=30)


@router.get("/dashboard/what-if")
async def show_what_if(request: Request, viewer: EarningsViewer, wish: Annotated[Wish, Query()]) -> Response:
    """The form and, once something is asked, the answer: a year of a large shop takes seconds, so it is not reckoned unasked."""
    team = await viewer.read(_under_contract)
    chosen = next((one for one in team if wish.employee and one[0].employee_id == from_public("emp", wish.employee)), None)
    chosen = chosen or (team[0] if team else None)
    context = {
        "team": [one for one, _ in team],
        "wish": wish,
        "models": MODEL_SENTENCES,
        "why": "",
        "tried": None,
        "changes": (),
        "chosen": None,
    }
    if chosen is not None:
        context |= _form_over(*chosen)
        context |= await _answer(viewer, wish, *chosen) if request.url.query else {}
    return page("what_if.html", status=422 if context["why"] else 200, **{**viewer.context("payslips"), **context})


def _under_contract(session: Session) -> list[tuple[EmployeeView, ContractTerms]]:
    found = ((one, contracts_of(session, one.employee_id)) for one in employees(session))
    return [(one, versions[-1].terms) for one, versions in found if versions]


def _form_over(employee: EmployeeView, current: ContractTerms) -> dict[str, object]:
    return {"chosen": employee, "current": current, "current_share": percent_of(current.share_ppm)}


async def _answer(viewer: Viewer, wish: Wish, employee: EmployeeView, current: ContractTerms) -> dict[str, object]:
    try:
        terms = _wished(wish, current)
        price = _amount(wish.price, current.currency, _("A call"))
        tried = await _try(viewer, employee.employee_id, terms, wish.months, price)
    except (ContractTermsRefused, AmountUnreadable, WhatIfRefused) as error:
        return {"why": said(error)}
    return {"tried": tried, "changes": changes_between(current, terms)}


def _wished(wish: Wish, current: ContractTerms) -> ContractTerms:
    document = document_of(current)
    share_ppm = ppm_of({"share": wish.share}, "share")
    document["share_ppm"] = current.share_ppm if share_ppm is None else share_ppm
    document["attribution_model"] = wish.model or current.attribution_model
    for name, typed, field in (("cap_minor", wish.cap, _("Cap")), ("minimum_minor", wish.minimum, _("Minimum"))):
        amount_minor = _amount(typed, current.currency, field)
        if amount_minor is not None:
            document[name] = amount_minor or None  # 0 takes the clause away
    return read_terms(document)


def _amount(typed: str, currency: str, field: str) -> int | None:
    """What was typed, in minor units; None when nothing was."""
    if not typed.strip():
        return None
    amount_minor = parse_amount(typed.strip(), currency)
    if amount_minor < 0:
        raise WhatIfRefused(_("%(field)s: write an amount of 0 or more.", field=field))
    return amount_minor


async def _try(viewer: Viewer, employee_id: UUID, terms: ContractTerms, months: int, price_minor: int | None) -> WhatIf:
    zone = ZoneInfo(terms.period_time_zone)
    local = viewer.now.astimezone(zone)
    first = local.year * 12 + local.month - months
    start = datetime(first // 12, first % 12 + 1, 1, tzinfo=zone)
    return await viewer.read(
        what_if, employee_id=employee_id, terms=terms, start=start, end=viewer.now, price_per_conversation_minor=price_minor
    )
