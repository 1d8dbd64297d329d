"""Install: the snippet for each kind of shop, the places an employee may appear on, and where they were seen just now."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from app.dashboard.door import Text
from app.dashboard.install_view import PLATFORMS, SHOPIFY_CART, STYLES, places_of, policy_lines, refused_places, snippet_of
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page, page
from app.dashboard.permissions import Installer, ShopViewer
from app.dashboard.problems import page_missing
from app.dashboard.qr import qr_svg
from app.dashboard.viewer import Viewer
from app.installation.domains import allow_domain, pattern_of, remove_domain
from app.installation.errors import DomainInvalid, DomainsTooMany
from app.installation.sightings import forget_refused, sightings
from tenants.audit import person_actor
from tenants.employee import EmployeeView, employees
from tenants.identifiers import to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/install"
DONE: Final = {
    "allowed": N_("The place is allowed. Pages there show your employee from the next visit on."),
    "removed": N_("The place was taken off the list. Pages there show nobody from the next visit on; add it again at any time."),
    "cleared": N_("The list of refused places is empty again."),
}
Word = Annotated[str, Query(max_length=60)]


@router.get("/dashboard/install")
async def show_install(request: Request, viewer: ShopViewer, employee: Word = "", shop: Word = "html", style: Word = "usual") -> Response:
    """The whole way from a copied snippet to "seen on yourshop.example 12 s ago"."""
    done = _(DONE.get(request.query_params.get("done", ""), ""))
    return await _install_page(request, viewer, employee=employee, shop=shop, style=style, done=done)


@router.post("/dashboard/install/places")
async def allow(request: Request, viewer: Installer, place: Text = "", employee: Text = "", csrf_token: Text = "") -> Response:
    """Allow a place."""
    viewer.check_form(csrf_token)
    try:
        await viewer.read(allow_domain, place, actor=person_actor(viewer.person.person_id), now=viewer.now)
    except (DomainInvalid, DomainsTooMany) as error:
        return await _install_page(request, viewer, employee=employee, why=said(error), typed=place, status=422)
    return go_to(_back(employee, "allowed"))


@router.post("/dashboard/install/places/remove")
async def remove(viewer: Installer, place: Text = "", employee: Text = "", csrf_token: Text = "") -> Response:
    """Take a place off the list."""
    viewer.check_form(csrf_token)
    await viewer.read(remove_domain, place, actor=person_actor(viewer.person.person_id), now=viewer.now)
    return go_to(_back(employee, "removed"))


@router.post("/dashboard/install/refused/clear")
async def clear(viewer: Installer, employee: Text = "", csrf_token: Text = "") -> Response:
    """Empty the list of refused places."""
    viewer.check_form(csrf_token)
    await viewer.read(forget_refused)
    return go_to(_back(employee, "cleared"))


@router.get("/dashboard/install/page")
async def hosted(viewer: ShopViewer, employee: Word = "") -> Response:
    """The page we host for a shop without a site, and its QR code to print."""
    chosen, team = await choose(viewer, employee)
    address = hosted_url(viewer, chosen) if chosen else ""
    context: dict[str, Any] = {"chosen": chosen, "team": team, "address": address, "qr": qr_svg(address) if address else ""}
    return page("install_page.html", **viewer.context("install"), **context)


@router.get("/dashboard/install/card")
async def card(viewer: ShopViewer, employee: Word = "") -> Response:
    """A card for the counter, to print: who they are, and the QR code that leads to them."""
    chosen, _ = await choose(viewer, employee)
    if chosen is None:
        raise page_missing(N_("employee"))
    address = hosted_url(viewer, chosen)
    return page("install_card.html", **viewer.context("install"), chosen=chosen, address=address, qr=qr_svg(address))


async def choose(viewer: Viewer, public_employee_id: str) -> tuple[EmployeeView | None, list[EmployeeView]]:
    """The employee whose snippet is shown, and all who could be: at work first. None when the shop has nobody."""
    team = sorted((one for one in await viewer.read(employees) if not one.is_retired), key=lambda one: one.hired_on is None)
    named = next((one for one in team if to_public("emp", one.employee_id) == public_employee_id), None)
    return named or (team[0] if team else None), team


def widget_url(viewer: Viewer) -> str:
    """Where the widget lives."""
    return viewer.house.settings.widget_url.rstrip("/")


def hosted_url(viewer: Viewer, employee: EmployeeView) -> str:
    """The address of an employee's own page."""
    return f"{widget_url(viewer)}/w/{employee.widget_key}/hosted"


async def _install_page(
    request: Request, viewer: Viewer, *, employee: str = "", shop: str = "html", style: str = "usual", status: int = 200, **notes: str
) -> Response:
    chosen, team = await choose(viewer, employee)
    platform, way = shop if shop in PLATFORMS else "html", style if style in STYLES else "usual"
    context: dict[str, Any] = {"chosen": chosen, "team": team, "platforms": PLATFORMS, "styles": STYLES, "platform": platform, "style": way}
    context |= {"done": "", "why": "", "typed": "", **notes, "policy": policy_lines(widget_url(viewer)), "cart": SHOPIFY_CART}
    if chosen is not None:
        seen, allowed = await viewer.read(sightings), viewer.shop.allowed_origins
        context |= {
            "snippet": snippet_of(platform, way, widget_url=widget_url(viewer), key=chosen.widget_key, options={}),
            "places": places_of(allowed, seen, chosen.employee_id, viewer.now),
            "refused": refused_places(seen, chosen, allowed),
            "is_pattern": lambda place: "*" in pattern_of(place),
        }
    answer = live_page(request, "install", **viewer.context("install"), **context)
    answer.status_code = status if answer.status_code == 200 else answer.status_code
    return answer


def _back(employee: str, done: str) -> str:
    return f"{PATH}?employee={employee[:40] if employee.replace('_', '').isalnum() else ''}&done={done}#places"
