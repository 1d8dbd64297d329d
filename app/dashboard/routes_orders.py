"""An order explained: a plain sentence, then every link of the chain from the shop's signed report to the ledger."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.explanation import Evidence, because, left_out, touch_ids
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import live_page
from app.dashboard.permissions import EarningsViewer
from app.studio.films import films
from billing.explain import OrderExplained, explain_order
from billing.read_orders import coupons_seen, touches_seen
from tenants.employee import employees
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/dashboard/orders/{order_id}")
async def show_order(request: Request, viewer: EarningsViewer, order_id: str) -> Response:
    """One order, from its sentence down to the hash of the delivery."""
    order, evidence = await viewer.read(_read, from_public("ord", order_id))
    current = order.revisions[-1]
    context: dict[str, Any] = {
        "order": order,
        "current": current,
        "facts": current.facts["facts"],
        "parts": because(order, evidence),
        "steps": [(revision, left_out(revision, evidence)) for revision in order.revisions],
        "balance_minor": sum(movement.amount_minor for revision in order.revisions for movement in revision.movements),
        "people": evidence.people,
    }
    return live_page(request, "order", **viewer.context("earnings"), **context)


def _read(session: Session, order_id: UUID) -> tuple[OrderExplained, Evidence]:
    order = explain_order(session, order_id=order_id)
    credited = [credit for revision in order.revisions for credit in revision.credits]
    evidence = Evidence(
        people={one.employee_id: one for one in employees(session)},
        coupons=coupons_seen(session, {credit.coupon_id for credit in credited if credit.coupon_id}),
        touches=touches_seen(session, touch_ids(order)),
        films={one.film_id: one.title for one in films(session)} if any(credit.work_id for credit in credited) else {},
    )
    return order, evidence
