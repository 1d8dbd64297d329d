"""Deliveries: what the shop's systems sent, what became of it, and what to do about those that could not be read."""

import json
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import SECURITY_HEADERS, go_to, live_page
from app.dashboard.permissions import ConnectionsManager, DeliveriesViewer
from app.dashboard.problems import PageProblem, page_missing
from billing.connections import ConnectionView, connections
from billing.errors import ReplayRefused
from billing.read_deliveries import DeliveryPage, DeliverySearch, DeliveryView, deliveries, delivery, delivery_body
from billing.read_orders import orders_of_deliveries
from billing.replay_delivery import replay_delivery
from tenants.audit import person_actor
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ROWS_PER_PAGE: Final = 50
BYTES_SHOWN_MAX: Final = 20_000
STATES: Final = ("received", "handled", "waiting", "set_aside")
DONE: Final = {"replayed": N_("It is read again; what it tells and was known already changes nothing.")}
Cursor = Annotated[str | None, Query(max_length=300)]
Word = Annotated[str, Query(max_length=100)]
Became = dict[UUID, tuple[UUID, str]]


@router.get("/dashboard/deliveries")
async def list_deliveries(
    request: Request, viewer: DeliveriesViewer, *, before: Cursor = None, words: Word = "", state: Word = "", connection: Word = ""
) -> Response:
    """The newest deliveries first, or those that were looked for; set-aside ones with their reason."""
    search = DeliverySearch(words.strip(), state if state in STATES else "", from_public("con", connection) if connection else None)
    found, became, sources = await viewer.read(_read_page, before, search)
    asked = {"words": search.words, "state": search.state, "connection": connection}
    context = {
        "rows": found.deliveries, "older": found.next_before, "became": became, "sources": sources, "is_first_page": before is None,
        "asked": asked, "query": urlencode({name: value for name, value in asked.items() if value}), "states": STATES,
    }  # fmt: skip
    return live_page(request, "deliveries", **viewer.context("deliveries"), **context)


@router.get("/dashboard/deliveries/{event_id}")
async def show_delivery(request: Request, viewer: DeliveriesViewer, event_id: str, done: Word = "") -> Response:
    """One delivery: its state, the advice, and its bytes while they are kept."""
    row, became, body = await viewer.read(_read_one, from_public("evt", event_id))
    shown = readable(body) if body is not None else None
    context: dict[str, Any] = {"row": row, "became": became, "shown": shown, "is_cut": body is not None and len(body) > BYTES_SHOWN_MAX}
    return live_page(request, "delivery", **viewer.context("deliveries"), **context, done=_(DONE.get(done, "")))


@router.get("/dashboard/deliveries/{event_id}/bytes")
async def download_bytes(viewer: DeliveriesViewer, event_id: str) -> Response:
    """The bytes exactly as they came, to be kept or hashed."""
    body = await viewer.read(delivery_body, event_id=from_public("evt", event_id))
    if body is None:
        raise page_missing(N_("delivery whose bytes are kept"))
    headers = {**SECURITY_HEADERS, "Content-Disposition": f'attachment; filename="{event_id}.bin"'}
    return Response(body, media_type="application/octet-stream", headers=headers)


@router.post("/dashboard/deliveries/{event_id}/replay")
async def replay(viewer: ConnectionsManager, event_id: str, csrf_token: Text = "") -> Response:
    """Read a delivery once more."""
    viewer.check_form(csrf_token)
    by = person_actor(viewer.person.person_id)
    try:
        await viewer.read(replay_delivery, event_id=from_public("evt", event_id), now=viewer.now, by=by)
    except ReplayRefused as error:
        address = f"/dashboard/deliveries/{event_id}"
        raise PageProblem(409, _("It is not read again"), said(error), _("Back to the delivery"), address) from error
    return go_to(f"/dashboard/deliveries/{event_id}?done=replayed")


def readable(body: bytes) -> str:
    """Bytes as a person can read them: JSON indented, anything else as text with a mark for what is no text."""
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = body[:BYTES_SHOWN_MAX].decode("utf-8", "replace")
    return text[:BYTES_SHOWN_MAX]


def _read_page(session: Session, before: str | None, search: DeliverySearch) -> tuple[DeliveryPage, Became, list[ConnectionView]]:
    found = deliveries(session, limit=ROWS_PER_PAGE, before=before, search=search)
    became = orders_of_deliveries(session, event_ids=[row.event_id for row in found.deliveries])
    return found, became, connections(session)


def _read_one(session: Session, event_id: UUID) -> tuple[DeliveryView, Became, bytes | None]:
    row = delivery(session, event_id=event_id)
    return row, orders_of_deliveries(session, event_ids=[event_id]), delivery_body(session, event_id=event_id)
