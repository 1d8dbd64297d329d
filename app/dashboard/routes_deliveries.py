"""Deliveries: what the shop's systems sent, what became of it, and what to do about those that could not be read."""

import json
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.page_route import PageRoute
from app.dashboard.pages import live_page
from app.dashboard.permissions import DeliveriesViewer
from billing.connections import ConnectionView, connections
from billing.read_deliveries import DeliveryPage, DeliveryView, deliveries, delivery, delivery_body
from billing.read_orders import orders_of_deliveries
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ROWS_PER_PAGE: Final = 50
BYTES_SHOWN_MAX: Final = 20_000
Cursor = Annotated[str | None, Query(max_length=300)]
Became = dict[UUID, tuple[UUID, str]]


@router.get("/dashboard/deliveries")
async def list_deliveries(request: Request, viewer: DeliveriesViewer, before: Cursor = None) -> Response:
    """The newest deliveries first, set-aside ones with their reason."""
    found, became, sources = await viewer.read(_read_page, before)
    context = {"rows": found.deliveries, "older": found.next_before, "became": became, "sources": sources, "is_first_page": before is None}
    return live_page(request, "deliveries", **viewer.context("deliveries"), **context)


@router.get("/dashboard/deliveries/{event_id}")
async def show_delivery(request: Request, viewer: DeliveriesViewer, event_id: str) -> Response:
    """One delivery: its state, the advice, and its bytes while they are kept."""
    row, became, body = await viewer.read(_read_one, from_public("evt", event_id))
    shown = readable(body) if body is not None else None
    context: dict[str, Any] = {"row": row, "became": became, "shown": shown, "is_cut": body is not None and len(body) > BYTES_SHOWN_MAX}
    return live_page(request, "delivery", **viewer.context("deliveries"), **context)


def readable(body: bytes) -> str:
    """Bytes as a person can read them: JSON indented, anything else as text with a mark for what is no text."""
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = body[:BYTES_SHOWN_MAX].decode("utf-8", "replace")
    return text[:BYTES_SHOWN_MAX]


def _read_page(session: Session, before: str | None) -> tuple[DeliveryPage, Became, list[ConnectionView]]:
    found = deliveries(session, limit=ROWS_PER_PAGE, before=before)
    became = orders_of_deliveries(session, event_ids=[row.event_id for row in found.deliveries])
    return found, became, connections(session)


def _read_one(session: Session, event_id: UUID) -> tuple[DeliveryView, Became, bytes | None]:
    row = delivery(session, event_id=event_id)
    return row, orders_of_deliveries(session, event_ids=[event_id]), delivery_body(session, event_id=event_id)
