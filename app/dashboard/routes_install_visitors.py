"""Signed-in visitors: the secret with which the shop's own server says who is signed in on its pages."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from app.dashboard.door import Text
from app.dashboard.language import N_, _
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import Installer, ShopViewer
from app.dashboard.problems import page_missing
from app.dashboard.routes_install import choose
from app.dashboard.viewer import Viewer
from app.installation.identity import make_secret, secrets_in_force, withdraw_secret
from tenants.audit import person_actor
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/install/visitors"
DONE: Final = {"withdrawn": N_("The secret was withdrawn; tokens signed with it are refused from now on.")}
Word = Annotated[str, Query(max_length=60)]


@router.get("/dashboard/install/visitors")
async def show_visitors(viewer: ShopViewer, employee: Word = "", done: Word = "") -> Response:
    """What identifying is for, how a server does it, and the secrets in force."""
    return await _visitors_page(viewer, employee=employee, done=_(DONE.get(done, "")))


@router.post("/dashboard/install/visitors")
async def make(viewer: Installer, csrf_token: Text = "") -> Response:
    """Make a secret and show it, on this one page. The one before stays good meanwhile."""
    viewer.check_form(csrf_token)
    key, actor = viewer.house.settings.signing_key, person_actor(viewer.person.person_id)
    secret = await viewer.read(make_secret, house_key=key, actor=actor, now=viewer.now)
    return await _visitors_page(viewer, secret=secret)


@router.post("/dashboard/install/visitors/{secret_id}/withdraw")
async def withdraw(viewer: Installer, secret_id: str, csrf_token: Text = "") -> Response:
    """End a secret. The page asked twice before."""
    viewer.check_form(csrf_token)
    actor = person_actor(viewer.person.person_id)
    if not await viewer.read(withdraw_secret, from_public("vsc", secret_id), actor=actor, now=viewer.now):
        raise page_missing(N_("secret"))
    return go_to(f"{PATH}?done=withdrawn")


async def _visitors_page(viewer: Viewer, *, employee: str = "", done: str = "", secret: str = "") -> Response:
    chosen, _ = await choose(viewer, employee)
    held = await viewer.read(secrets_in_force)
    return page("install_visitors.html", **viewer.context("install"), chosen=chosen, secrets=held, done=done, secret_text=secret)
