"""The team: who works here, under which contract, and the portraits every page shows."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session

from app.dashboard.month import Month, Sums, month_of, sums_by_employee
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import live_page
from app.dashboard.permissions import ShopViewer
from app.dashboard.problems import page_missing
from avatar_pipeline.catalogue import face
from avatar_pipeline.errors import StageRefusal
from billing.offers import OfferView, active_offers
from billing.read_contracts import ContractView, contracts_of
from billing.read_orders import earning_lines
from tenants.employee import EmployeeView, employees

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/dashboard/team")
async def show_team(request: Request, viewer: ShopViewer) -> Response:
    """Every employee with contract, offers and this month's figures."""
    month = month_of(None, ZoneInfo(viewer.shop.time_zone), viewer.now)
    team, by_employee = await viewer.read(_read, month, viewer.now)
    return live_page(request, "team", **viewer.context("team"), team=team, by_employee=by_employee, month=month)


@router.get("/dashboard/portraits/{face_id}.webp")
async def portrait(viewer: ShopViewer, face_id: str) -> Response:
    """The still portrait of a face in the catalogue."""
    del viewer  # asked for only so that nobody else is shown anything here
    try:
        path = face(face_id).poster_path
    except StageRefusal:
        raise page_missing("portrait") from None
    return FileResponse(
        path, media_type="image/webp", headers={"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    )


def _read(
    session: Session, month: Month, now: datetime
) -> tuple[list[tuple[EmployeeView, list[ContractView], list[OfferView]]], dict[UUID, list[Sums]]]:
    team = [
        (one, contracts_of(session, one.employee_id), active_offers(session, employee_id=one.employee_id, now=now))
        for one in employees(session)
    ]
    return team, sums_by_employee(earning_lines(session, start=month.start, end=month.end, now=now))
