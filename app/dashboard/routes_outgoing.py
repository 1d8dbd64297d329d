"""Webhooks to the shop's own programs: addresses added, watched, tried, given another secret, switched on and taken away."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page, page
from app.dashboard.permissions import ConnectionsManager, DeliveriesViewer
from app.dashboard.problems import PageProblem, page_missing
from app.dashboard.viewer import Viewer
from app.outgoing.endpoints import (
    TOPICS,
    add_endpoint,
    change_topics,
    endpoint_view,
    endpoints,
    remove_endpoint,
    rotate_endpoint_secret,
    switch_on,
)
from app.outgoing.errors import EndpointRefused, EndpointUnknown
from app.outgoing.read import message_view, messages_of, send_again, waiting_counts
from app.outgoing.telling import tell_test
from tenants.audit import person_actor
from tenants.identifiers import from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/webhooks"
DONE: Final = {
    "changed": N_("From now on the address is told of these things."),
    "tried": N_("A test event is on its way; it stands in the list below."),
    "on": N_("The address is told again; what was held meanwhile is sent now."),
    "removed": N_("The address is told nothing any more."),
    "again": N_("The message is sent once more, under its own id."),
}
Topics = Annotated[list[str], Form(max_length=20)]
Done = Annotated[str, Query(max_length=20)]


@router.get("/dashboard/webhooks")
async def show_endpoints(viewer: DeliveriesViewer, done: Done = "") -> Response:
    """Every address, and the form for another one."""
    return await _list_page(viewer, done=_(DONE.get(done, "")))


@router.post("/dashboard/webhooks")
async def add(viewer: ConnectionsManager, url: Text = "", topics: Topics = [], csrf_token: Text = "") -> Response:  # noqa: B006 - never changed
    """Add an address and show its secret, on this one page."""
    viewer.check_form(csrf_token)
    try:
        endpoint_id, secret = await viewer.read(
            add_endpoint, url=url, topics=topics, now=viewer.now, by=_actor(viewer),
            is_loopback_allowed=viewer.house.settings.webhooks_to_loopback,
        )  # fmt: skip
    except EndpointRefused as error:
        return await _list_page(viewer, status=422, why=said(error), url=url, chosen=topics)
    return _secret_page(viewer, to_public("end", endpoint_id), secret, is_new=True)


@router.get("/dashboard/webhooks/{endpoint_id}")
async def show_one(request: Request, viewer: DeliveriesViewer, endpoint_id: str, done: Done = "") -> Response:
    """One address: how it is, what it was sent, and what can be done."""
    found = from_public("end", endpoint_id)
    try:
        row = await viewer.read(endpoint_view, endpoint_id=found)
    except EndpointUnknown:
        raise page_missing("address") from None
    rows = await viewer.read(messages_of, endpoint_id=found)
    context: dict[str, Any] = {"row": row, "rows": rows, "topics": TOPICS, "done": _(DONE.get(done, ""))}
    return live_page(request, "outgoing_one", **viewer.context("deliveries"), **context)


@router.post("/dashboard/webhooks/{endpoint_id}/topics")
async def change(viewer: ConnectionsManager, endpoint_id: str, topics: Topics = [], csrf_token: Text = "") -> Response:  # noqa: B006 - never changed
    """Choose what the address is told of."""
    viewer.check_form(csrf_token)
    by = _actor(viewer)
    try:
        await viewer.read(change_topics, endpoint_id=from_public("end", endpoint_id), topics=topics, now=viewer.now, by=by)
    except EndpointRefused as error:
        raise PageProblem(422, _("Nothing was changed"), said(error), _("Back to the address"), f"{PATH}/{endpoint_id}") from error
    return go_to(f"{PATH}/{endpoint_id}?done=changed")


@router.post("/dashboard/webhooks/{endpoint_id}/secret")
async def rotate(viewer: ConnectionsManager, endpoint_id: str, csrf_token: Text = "") -> Response:
    """Sign with a new secret, shown once; for a day both sign."""
    viewer.check_form(csrf_token)
    secret = await viewer.read(rotate_endpoint_secret, endpoint_id=from_public("end", endpoint_id), now=viewer.now, by=_actor(viewer))
    return _secret_page(viewer, endpoint_id, secret, is_new=False)


@router.post("/dashboard/webhooks/{endpoint_id}/test")
async def send_test(viewer: ConnectionsManager, endpoint_id: str, csrf_token: Text = "") -> Response:
    """Send a test event."""
    viewer.check_form(csrf_token)
    await viewer.read(tell_test, endpoint_id=from_public("end", endpoint_id), now=viewer.now)
    return go_to(f"{PATH}/{endpoint_id}?done=tried")


@router.post("/dashboard/webhooks/{endpoint_id}/on")
async def turn_on(viewer: ConnectionsManager, endpoint_id: str, csrf_token: Text = "") -> Response:
    """Tell an address again that was switched off."""
    viewer.check_form(csrf_token)
    await viewer.read(switch_on, endpoint_id=from_public("end", endpoint_id), now=viewer.now, by=_actor(viewer))
    return go_to(f"{PATH}/{endpoint_id}?done=on")


@router.post("/dashboard/webhooks/{endpoint_id}/remove")
async def remove(viewer: ConnectionsManager, endpoint_id: str, csrf_token: Text = "") -> Response:
    """Take an address away. The page asked twice before."""
    viewer.check_form(csrf_token)
    await viewer.read(remove_endpoint, endpoint_id=from_public("end", endpoint_id), now=viewer.now, by=_actor(viewer))
    return go_to(f"{PATH}?done=removed")


@router.get("/dashboard/webhooks/messages/{message_id}")
async def show_message(request: Request, viewer: DeliveriesViewer, message_id: str, done: Done = "") -> Response:
    """One message with every try: what was sent and what came back."""
    line, tries, body = await viewer.read(_message, from_public("msg", message_id))
    context: dict[str, Any] = {"line": line, "tries": tries, "body": body, "message_id": message_id, "done": _(DONE.get(done, ""))}
    return live_page(request, "outgoing_message", **viewer.context("deliveries"), **context)


@router.post("/dashboard/webhooks/messages/{message_id}/again")
async def replay(viewer: ConnectionsManager, message_id: str, csrf_token: Text = "") -> Response:
    """Send a message once more."""
    viewer.check_form(csrf_token)
    back = f"{PATH}/messages/{message_id}"
    try:
        await viewer.read(send_again, message_id=from_public("msg", message_id), now=viewer.now, by=_actor(viewer))
    except EndpointRefused as error:
        raise PageProblem(409, _("That is not possible"), said(error), _("Back to the message"), back) from error
    return go_to(f"{back}?done=again")


def _message(session: Session, message_id: Any) -> Any:
    try:
        return message_view(session, message_id=message_id)
    except EndpointUnknown:
        raise page_missing("message") from None


def _actor(viewer: Viewer) -> str:
    return person_actor(viewer.person.person_id)


def _secret_page(viewer: Viewer, public_id: str, secret: str, *, is_new: bool) -> Response:
    return page("outgoing_secret.html", **viewer.context("deliveries"), endpoint=public_id, secret=secret, is_new=is_new)


async def _list_page(viewer: Viewer, *, status: int = 200, why: str = "", url: str = "", chosen: Any = None, done: str = "") -> Response:
    rows, waiting = await viewer.read(endpoints), await viewer.read(waiting_counts)
    context = {"rows": rows, "waiting": waiting, "topics": TOPICS, "why": why, "url": url, "chosen": chosen, "done": done}
    return page("outgoing.html", status=status, **viewer.context("deliveries"), **context)
