"""Connections to the shop's systems: made step by step, watched, tried, given a new secret without a gap, and closed."""

from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page, page
from app.dashboard.permissions import ConnectionsManager, DeliveriesViewer
from app.dashboard.problems import page_missing
from app.dashboard.viewer import Viewer
from billing.connection_health import ConnectionHealth, connection_health
from billing.connections import (
    ConnectionAccess,
    ConnectionView,
    close_connection,
    connection_view,
    connections,
    create_connection,
    rotate_secret,
    set_address,
    set_token,
)
from billing.errors import (
    ConnectionAddressRefused,
    ConnectionKindUnknown,
    ConnectionNameMissing,
    ConnectionSecretRefused,
    OrderBookTaken,
)
from billing.refused_deliveries import Refusal, refusals
from billing.shop_address import KINDS_WITH_ADDRESS, read_shop_address
from billing.try_connection import try_connection
from tenants.audit import person_actor
from tenants.identifiers import from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/connections"
KINDS: Final = ("shopify", "woocommerce", "stripe", "square", "generic", "csv")
OWN_SECRETS: Final = ("generic", "woocommerce")
"""Kinds whose secret we make, and the merchant copies into the other system."""
GRACE_HOURS: Final = (0, 1, 24, 72)
REFUSED: Final = (ConnectionNameMissing, ConnectionSecretRefused, ConnectionAddressRefused, ConnectionKindUnknown, OrderBookTaken)
DONE: Final = {
    "closed": N_("The connection was closed. What it told before stands."),
    "token": N_("The access was changed."),
    "address": N_("The shop's address was changed."),
    "rotated": N_("From now on the new secret counts; the old one is accepted until its grace has passed."),
}
Done = Annotated[str, Query(max_length=20)]


class NewConnection(BaseModel):
    """The form of a new connection. Secrets are never shown again; they are typed anew after a mistake."""

    name: str = Field("", max_length=1000)
    channel: str = Field("", max_length=1000)
    secret: str = Field("", max_length=1000)
    token: str = Field("", max_length=1000)
    address: str = Field("", max_length=1000)
    is_order_book: bool = False
    is_sandbox: bool = False
    csrf_token: str = Field("", max_length=1000)


@router.get("/dashboard/connections")
async def show_connections(request: Request, viewer: DeliveriesViewer, done: Done = "") -> Response:
    """Every connection and how it is."""
    found, health = await viewer.read(_read_all, viewer)
    context = {"rows": found, "health": health, "kinds": KINDS, "done": _(DONE.get(done, ""))}
    return live_page(request, "connections", **viewer.context("deliveries"), **context)


@router.get("/dashboard/connections/new/{kind}")
async def show_new(viewer: ConnectionsManager, kind: str) -> Response:
    """The form for one kind, with the steps in the other system."""
    return _form(viewer, kind, NewConnection(channel="online", is_order_book=True))


@router.post("/dashboard/connections/new/{kind}")
async def make(viewer: ConnectionsManager, kind: str, form: Annotated[NewConnection, Form()]) -> Response:
    """Make a connection and show what to copy into the other system; a secret of ours is on this one page only."""
    viewer.check_form(form.csrf_token)
    try:
        address = read_shop_address(kind, form.address, is_needed=bool(form.token.strip()))
        access = ConnectionAccess(kind, form.secret, form.token.strip(), {"address": address, "is_sandbox": form.is_sandbox})
        made = await viewer.read(
            create_connection, name=form.name, channel=form.channel.strip().lower(), is_order_book=form.is_order_book, now=viewer.now,
            access=access,
            by=person_actor(viewer.person.person_id),
        )  # fmt: skip
    except REFUSED as error:
        return _form(viewer, kind, form, status=422, why=said(error), field=_field_of(error))
    if kind == "csv":
        return go_to(f"/dashboard/imports/new?connection={to_public('con', made.connection_id)}")
    view = await viewer.read(connection_view, connection_id=made.connection_id)
    shown = made.secret if kind in OWN_SECRETS else ""
    return page("connection_made.html", **viewer.context("deliveries"), row=view, secret=shown, url=_url(viewer, view))


@router.get("/dashboard/connections/{connection_id}")
async def show_one(request: Request, viewer: DeliveriesViewer, connection_id: str, done: Done = "") -> Response:
    """One connection: how it is, its address, its steps, what was refused, and what can be done."""
    return await _one(request, viewer, connection_id, done=_(DONE.get(done, "")))


async def _one(request: Request, viewer: Viewer, connection_id: str, **told: str) -> Response:
    view, health, refused = await viewer.read(_read_one, from_public("con", connection_id), viewer)
    context: dict[str, Any] = {
        "row": view, "one": health, "refused": refused, "url": _url(viewer, view), "grace_hours": GRACE_HOURS,
        "own_secrets": OWN_SECRETS, "is_asked_by_address": view.kind in KINDS_WITH_ADDRESS,
        "done": "", "why": "", "typed_address": "", **told,
    }  # fmt: skip
    return live_page(request, "connection", **viewer.context("deliveries"), **context)


@router.post("/dashboard/connections/{connection_id}/secret")
async def rotate(
    viewer: ConnectionsManager, connection_id: str, grace_hours: Annotated[int, Form()] = 24, secret: Text = "", csrf_token: Text = ""
) -> Response:
    """Give a new secret: ours is shown once, one of the other system is pasted. The old one is accepted meanwhile."""
    viewer.check_form(csrf_token)
    found = from_public("con", connection_id)
    view = await viewer.read(connection_view, connection_id=found)
    hours = grace_hours if grace_hours in GRACE_HOURS else max(GRACE_HOURS)
    try:
        fresh = await viewer.read(
            rotate_secret, connection_id=found, now=viewer.now, grace=timedelta(hours=hours), secret=secret,
            by=person_actor(viewer.person.person_id),
        )  # fmt: skip
    except ConnectionSecretRefused as error:
        return page("connection_secret.html", status=422, **viewer.context("deliveries"), row=view, secret="", why=said(error), hours=hours)
    if view.kind not in OWN_SECRETS:
        return go_to(f"{PATH}/{connection_id}?done=rotated")
    return page("connection_secret.html", **viewer.context("deliveries"), row=view, secret=fresh, why="", hours=hours)


@router.post("/dashboard/connections/{connection_id}/access")
async def change_access(viewer: ConnectionsManager, connection_id: str, token: Text = "", csrf_token: Text = "") -> Response:
    """Keep or forget the key with which we ask the other system for orders."""
    viewer.check_form(csrf_token)
    by = person_actor(viewer.person.person_id)
    await viewer.read(set_token, connection_id=from_public("con", connection_id), token=token.strip(), now=viewer.now, by=by)
    return go_to(f"{PATH}/{connection_id}?done=token")


@router.post("/dashboard/connections/{connection_id}/address")
async def change_address(
    request: Request, viewer: ConnectionsManager, connection_id: str, address: Text = "", csrf_token: Text = ""
) -> Response:
    """Tell where the shop is that is asked for orders; what cannot be an address stands on the page as it was typed, with the reason."""
    viewer.check_form(csrf_token)
    found, by = from_public("con", connection_id), person_actor(viewer.person.person_id)
    try:
        await viewer.read(set_address, connection_id=found, address=address, now=viewer.now, by=by)
    except ConnectionAddressRefused as error:
        response = await _one(request, viewer, connection_id, why=said(error), typed_address=address)
        response.status_code = 422
        return response
    return go_to(f"{PATH}/{connection_id}?done=address")


@router.post("/dashboard/connections/{connection_id}/test")
async def send_test(viewer: ConnectionsManager, connection_id: str, csrf_token: Text = "") -> Response:
    """Send a test event and show what becomes of it."""
    viewer.check_form(csrf_token)
    view = await viewer.read(connection_view, connection_id=from_public("con", connection_id))
    by = person_actor(viewer.person.person_id)
    event_id = await viewer.read(try_connection, connection_id=view.connection_id, url=_url(viewer, view), now=viewer.now, by=by)
    return go_to(f"/dashboard/deliveries/{to_public('evt', event_id)}")


@router.post("/dashboard/connections/{connection_id}/close")
async def close(viewer: ConnectionsManager, connection_id: str, csrf_token: Text = "") -> Response:
    """Stop accepting deliveries here. The page asked twice before."""
    viewer.check_form(csrf_token)
    by = person_actor(viewer.person.person_id)
    await viewer.read(close_connection, connection_id=from_public("con", connection_id), now=viewer.now, by=by)
    return go_to(f"{PATH}?done=closed")


def _form(viewer: Viewer, kind: str, typed: NewConnection, *, status: int = 200, why: str = "", field: str = "") -> Response:
    if kind not in KINDS:
        raise page_missing(N_("kind of system"))
    return page("connection_new.html", status=status, **viewer.context("deliveries"), kind=kind, typed=typed, why=why, field=field)


def _field_of(error: Exception) -> str:
    """The field a refusal is about."""
    if isinstance(error, ConnectionSecretRefused):
        return "secret"
    if isinstance(error, ConnectionAddressRefused):
        return "address"
    return "channel" if isinstance(error, OrderBookTaken) else "name"


def _url(viewer: Viewer, view: ConnectionView) -> str:
    """The whole address the other system sends to; Square signs it too, so it must be copied exactly."""
    return f"{viewer.house.settings.public_url.rstrip('/')}/api/v1/hooks/{view.public_key}"


def _read_all(session: Session, viewer: Viewer) -> tuple[list[ConnectionView], dict[UUID, ConnectionHealth]]:
    found = connections(session)
    return found, connection_health(session, {one.connection_id: one.created_at for one in found}, now=viewer.now)


def _read_one(session: Session, connection_id: UUID, viewer: Viewer) -> tuple[ConnectionView, ConnectionHealth, list[Refusal]]:
    view = connection_view(session, connection_id=connection_id)
    health = connection_health(session, {connection_id: view.created_at}, now=viewer.now)[connection_id]
    return view, health, refusals(session, connection_id=connection_id)
