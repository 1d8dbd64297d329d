"""A person's shops: moving from one to another, and opening a further one."""

from datetime import datetime
from functools import partial
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.door import COOKIE_PATH, HouseOfRequest, Text, check_door_form, door_page, let_in
from app.dashboard.language import _, said
from app.dashboard.letters import address, compose
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ShopOwner
from app.dashboard.problems import PageProblem
from app.dashboard.viewer import SESSION_COOKIE, SignedInViewer, Viewer
from billing.close_connections import close_connections, reopen_connections
from tenants.close_demo_shop import UNDO_DAYS, bring_back_demo_shop, close_demo_shop, closed_shop_of
from tenants.errors import ShopNameMissing, ShopNotClosed
from tenants.identifiers import from_public
from tenants.mail import write_letter
from tenants.members import members
from tenants.sessions import shops_of_person, switch_shop
from tenants.sign_up import open_another_shop
from tenants.tenant import available_time_zones, tenant_view

router = APIRouter(route_class=PageRoute, include_in_schema=False)

BRING_BACK: Final = "/dashboard/demo-shop"


@router.get("/dashboard/shops")
async def show_shops(viewer: SignedInViewer) -> Response:
    """Every shop this person works for."""
    return await _shops_page(viewer)


@router.post("/dashboard/shops/switch")
async def switch(request: Request, viewer: SignedInViewer, shop_id: Text = "", csrf_token: Text = "") -> Response:
    """Open a session in the other shop and end this one."""
    viewer.check_form(csrf_token)
    return await _go(request, viewer, from_public("shp", shop_id))


@router.post("/dashboard/shops/open")
async def open_further(
    request: Request,
    viewer: SignedInViewer,
    shop_name: Text = "",
    time_zone: Annotated[str, Form(max_length=100)] = "UTC",
    csrf_token: Text = "",
) -> Response:
    """Open a further shop, and go there."""
    viewer.check_form(csrf_token)
    person, database = viewer.person, viewer.house.database
    opening = partial(open_another_shop, database, person_id=person.person_id, display_name=person.display_name, now=viewer.now)
    try:
        tenant_id = await viewer.house.run_call(opening, shop_name=shop_name, time_zone=time_zone)
    except (ShopNameMissing, ZoneInfoNotFoundError) as error:
        return await _shops_page(viewer, status=422, why=said(error).strip("'\""))
    return await _go(request, viewer, tenant_id)


@router.post("/dashboard/shops/remove-demo")
async def remove_demo(viewer: ShopOwner, csrf_token: Text = "") -> Response:
    """Remove the demo shop for everybody in it; a real shop is never removed so."""
    viewer.check_form(csrf_token)
    token = await viewer.read(_close, viewer)
    if token is None:
        raise PageProblem(409, _("This is no demo shop"), _("Only a demo shop can be removed here. Nothing was changed."))
    response = go_to(f"{BRING_BACK}/{token}")
    response.delete_cookie(SESSION_COOKIE, path=COOKIE_PATH)
    return response


@router.get(BRING_BACK + "/{token}")
async def show_bring_back(request: Request, house: HouseOfRequest, token: str) -> Response:
    """The shop is gone; here it can be had back. Whoever has the link is not signed in any more."""
    hit = await house.run_call(closed_shop_of, house.database, token)
    shop = None if hit is None else await house.run(hit.tenant_id, tenant_view)
    if shop is None or not shop.is_closed:
        raise _link_over()
    return door_page(request, house, "demo_removed.html", shop=shop, days=UNDO_DAYS, token=token)


@router.post(BRING_BACK + "/{token}")
async def bring_back(request: Request, house: HouseOfRequest, token: str, csrf_token: Text = "") -> Response:
    """Open the removed demo shop again, with everybody who was in it."""
    check_door_form(request, csrf_token)
    hit = await house.run_call(closed_shop_of, house.database, token)
    if hit is None:
        raise _link_over()
    try:
        await house.run(hit.tenant_id, _reopen, token, house.clock())
    except ShopNotClosed as error:
        raise _link_over() from error
    return go_to("/dashboard/sign-in?done=brought_back")


def _link_over() -> PageProblem:
    words = _("It works for %(days)s days after a demo shop was removed, and once.", days=UNDO_DAYS)
    return PageProblem(404, _("This link is over"), words, _("Sign in"), "/dashboard/sign-in")


def _close(session: Session, viewer: Viewer) -> str | None:
    """Close the shop and its connections, and mail the owners the way back."""
    owners = [one for one in members(session) if one.role == "owner"]
    closed = close_demo_shop(session, by=viewer.person, now=viewer.now)
    if closed is None:
        return None
    close_connections(session, now=viewer.now)
    link = address(viewer.house, f"{BRING_BACK}/{closed.token}")
    for owner in owners:
        letter = compose("demo_removed", owner.email, shop_name=viewer.shop.name, link=link, days=UNDO_DAYS)
        write_letter(session, letter, now=viewer.now)
    return closed.token


def _reopen(session: Session, token: str, now: datetime) -> None:
    reopen_connections(session, closed_at=bring_back_demo_shop(session, token, now=now))


async def _go(request: Request, viewer: Viewer, tenant_id: UUID) -> Response:
    token, database = request.cookies[SESSION_COOKIE], viewer.house.database
    opened = await viewer.house.run_call(switch_shop, database, by=viewer.person, token=token, tenant_id=tenant_id, now=viewer.now)
    return let_in(viewer.house, opened)


async def _shops_page(viewer: Viewer, *, status: int = 200, why: str = "") -> Response:
    shops = await viewer.house.run_call(shops_of_person, viewer.house.database, viewer.person.person_id)
    return page("shops.html", status=status, **viewer.context("settings"), shops=shops, zones=available_time_zones(), why=why)
