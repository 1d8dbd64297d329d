"""The team: who works here, under which contract, and the portraits every page shows."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session

from app.casting.own_faces import any_face
from app.dashboard.language import N_, _
from app.dashboard.month import Month, Sums, month_of, sums_by_employee, wish_of
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import live_page
from app.dashboard.permissions import ShopViewer
from app.dashboard.problems import page_missing
from app.dashboard.standing import Standing, standing_of
from app.studio.likeness import lost_faces
from app.wiring import media_store
from avatar_pipeline.errors import StageRefusal
from billing.offers import OfferView, active_offers
from billing.read_contracts import ContractView, contracts_of
from billing.read_month import day_sums
from tenants.employee import EmployeeView, employees
from tenants.employment import leaves_of, notes_of
from tenants.reservation import likeness_requests

router = APIRouter(route_class=PageRoute, include_in_schema=False)

DONE: Final = {"withdrawn": N_("The application was withdrawn; face, voice and name are free again.")}


@dataclass(frozen=True)
class Placed:
    """An employee with where they stand, what is signed and what they may promise."""

    employee: EmployeeView
    standing: Standing
    contracts: list[ContractView]
    offers: list[OfferView]
    is_asked_about: bool = False
    has_lost_face: bool = False
    """Shoppers meet an outline, for whoever the face shows does not agree to chat."""


@router.get("/dashboard/team")
async def show_team(request: Request, viewer: ShopViewer, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Every employee with standing, contract, offers and this month's figures. Applications that were withdrawn are not shown."""
    zone = ZoneInfo(viewer.shop.time_zone)
    month = month_of(None, zone, viewer.now)
    team, by_employee = await viewer.read(_read, month, viewer.now, zone)
    context = {"team": team, "by_employee": by_employee, "month": month, "done": _(DONE.get(done, ""))}
    return live_page(request, "team", **viewer.context("team"), **context)


@router.get("/dashboard/portraits/{face_id}.webp")
async def portrait(viewer: ShopViewer, face_id: str) -> Response:
    """The still portrait of a face in the catalogue, or of one of the shop's own."""
    try:
        path = (await viewer.read(any_face, face_id, viewer.house.settings.data_folder)).poster_path
    except StageRefusal:
        raise page_missing(N_("portrait")) from None
    if not await viewer.house.run_call(media_store(viewer.house.settings).at_hand, path):
        raise page_missing(N_("portrait"))
    return FileResponse(
        path, media_type="image/webp", headers={"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    )


def _read(session: Session, month: Month, now: datetime, zone: ZoneInfo) -> tuple[list[Placed], dict[UUID, list[Sums]]]:
    asked = {one.employee_id for one in likeness_requests(session) if one.is_accepted is None}
    team = employees(session)
    lost = lost_faces(session, now)
    placed = [_placed(session, one, now, zone) for one in team]
    placed = [replace(one, is_asked_about=one.employee.employee_id in asked, has_lost_face=one.employee.face_id in lost) for one in placed]
    shown = [one for one in placed if one.standing.kind != "withdrawn"]
    return shown, sums_by_employee(day_sums(session, wish_of(month, team), zone_name=month.zone.key))


def _placed(session: Session, one: EmployeeView, now: datetime, zone: ZoneInfo) -> Placed:
    contracts = contracts_of(session, one.employee_id)
    leaves, notes = leaves_of(session, one.employee_id), notes_of(session, one.employee_id)
    standing = standing_of(one, contracts, leaves, notes, now=now, zone=zone)
    return Placed(one, standing, contracts, active_offers(session, employee_id=one.employee_id, now=now))
