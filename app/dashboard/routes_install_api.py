"""The widget's JavaScript API as a page, made from the types file that developers load."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.dashboard.page_route import PageRoute
from app.dashboard.pages import page
from app.dashboard.permissions import ShopViewer
from app.dashboard.routes_install import choose, widget_url
from app.dashboard.widget_api import widget_api

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/dashboard/install/api")
async def show_api(viewer: ShopViewer, employee: Annotated[str, Query(max_length=60)] = "") -> Response:
    """Commands, events and options, each with what it means; commands with an example that is tested."""
    chosen, _ = await choose(viewer, employee)
    key = chosen.widget_key if chosen else "YOUR_KEY"
    types_url = f"{widget_url(viewer)}/w/tillhand.d.ts"
    return page("install_api.html", **viewer.context("install"), chosen=chosen, api=widget_api(), key=key, types_url=types_url)
