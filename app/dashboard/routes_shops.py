"""A person's shops: moving from one to another, and opening a further one."""

from functools import partial
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from fastapi import APIRouter, Form, Request, Response

from app.dashboard.door import COOKIE_PATH, Text, let_in
from app.dashboard.language import _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ShopOwner
from app.dashboard.problems import PageProblem
from app.dashboard.viewer import SESSION_COOKIE, SignedInViewer, Viewer
from tenants.close_demo_shop import close_demo_shop
from tenants.errors import ShopNameMissing
from tenants.identifiers import from_public
from tenants.sessions import shops_of_person, switch_shop
from tenants.sign_up import open_another_shop
from tenants.tenant import available_time_zones

router = APIRouter(route_class=PageRoute, include_in_schema=False)


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
    if not await viewer.read(close_demo_shop, by=viewer.person, now=viewer.now):
        raise PageProblem(409, _("This is no demo shop"), _("Only a demo shop can be removed here. Nothing was changed."))
    response = go_to("/dashboard/sign-in?done=left")
    response.delete_cookie(SESSION_COOKIE, path=COOKIE_PATH)
    return response


async def _go(request: Request, viewer: Viewer, tenant_id: UUID) -> Response:
    token, database = request.cookies[SESSION_COOKIE], viewer.house.database
    opened = await viewer.house.run_call(switch_shop, database, by=viewer.person, token=token, tenant_id=tenant_id, now=viewer.now)
    return let_in(viewer.house, opened)


async def _shops_page(viewer: Viewer, *, status: int = 200, why: str = "") -> Response:
    shops = await viewer.house.run_call(shops_of_person, viewer.house.database, viewer.person.person_id)
    return page("shops.html", status=status, **viewer.context("settings"), shops=shops, zones=available_time_zones(), why=why)
