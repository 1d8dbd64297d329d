"""The effect: what an employee really adds, measured against visitors who by a hash did not meet it; and how long measuring takes."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.dashboard.effect_chart import NARROW_WIDTH, draw_effect
from app.dashboard.language import said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import live_page, page
from app.dashboard.permissions import EarningsViewer
from app.dashboard.terms_form import ppm_of
from app.dashboard.viewer import Viewer
from billing.contract_terms import WINDOW_DAYS_DEFAULT, ContractTerms
from billing.errors import AmountUnreadable, ContractTermsRefused
from billing.money import parse_amount
from billing.plan_experiment import ExperimentPlan, ExperimentRefused, ExperimentWish, ShopFigures, plan_experiment
from billing.read_contracts import contracts_of
from billing.read_lift import LiftReading, read_lift
from tenants.employee import EmployeeView, employee_view, employees
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)
CURRENCY_DEFAULT: Final = "USD"


class Plan(BaseModel):
    """The power calculator's fields as people write them."""

    visitors: int = Field(400, ge=1, le=100_000_000)
    conversion: str = Field("3", max_length=20)
    worth: str = Field("25.00", max_length=30)
    deviation: str = Field("15.00", max_length=30)
    gain: str = Field("10", max_length=20)
    held: str = Field("10", max_length=20)


@router.get("/dashboard/effect")
async def show_effects(viewer: EarningsViewer, wish: Annotated[Plan, Query()]) -> Response:
    """Every employee's measurement in a line, and the calculator."""
    found, currency = await viewer.read(_everyone, viewer)
    plan, why = _planned(wish, currency)
    context: dict[str, Any] = {"found": found, "wish": wish, "plan": plan, "why": why, "currency": currency}
    return page("effects.html", status=422 if why else 200, **{**viewer.context("payslips"), **context})


@router.get("/dashboard/effect/{employee_id}")
async def show_effect(request: Request, viewer: EarningsViewer, employee_id: str) -> Response:
    """One employee's measurement over time, with its interval."""
    employee, reading, terms = await viewer.read(_one, viewer, employee_id)
    points = reading.points if reading else ()
    drawn = [chart for chart in (draw_effect(points), draw_effect(points, width=NARROW_WIDTH)) if chart]
    context = {"employee": employee, "reading": reading, "terms": terms, "drawn": drawn}
    return live_page(request, "effect", **{**viewer.context("payslips"), **context})


def _everyone(session: Session, viewer: Viewer) -> tuple[list[tuple[EmployeeView, LiftReading | None]], str]:
    team = employees(session)
    found = [(one, read_lift(session, employee_id=one.employee_id, now=viewer.now)) for one in team]
    return found, next((reading.currency for _, reading in found if reading), CURRENCY_DEFAULT)


def _one(session: Session, viewer: Viewer, employee_id: str) -> tuple[EmployeeView, LiftReading | None, ContractTerms | None]:
    employee = employee_view(session, from_public("emp", employee_id))
    reading = read_lift(session, employee_id=employee.employee_id, now=viewer.now)
    versions = contracts_of(session, employee.employee_id) if reading else []
    terms = next((one.terms for one in versions if reading and one.contract_version_id == reading.contract_version_id), None)
    return employee, reading, terms


def _planned(wish: Plan, currency: str) -> tuple[ExperimentPlan | None, str]:
    given = {"conversion": wish.conversion, "gain": wish.gain, "held": wish.held}
    try:
        conversion, gain, held = (ppm_of(given, name) or 0 for name in given)
        shop = ShopFigures(
            wish.visitors, conversion, parse_amount(wish.worth.strip(), currency), parse_amount(wish.deviation.strip(), currency)
        )
        window_days = max(WINDOW_DAYS_DEFAULT.values())
        return plan_experiment(shop, ExperimentWish(gain, held), currency=currency, window_days=window_days), ""
    except (ExperimentRefused, AmountUnreadable, ContractTermsRefused) as error:
        return None, said(error)
