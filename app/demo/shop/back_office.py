"""The merchant's own tool: orders with their buttons, and every delivery to Tillhand with what was answered. A real one has a lock."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.demo.shop.cart import Cart
from app.demo.shop.counter import Counter, Visit
from app.demo.shop.order import Order
from app.demo.shop.order_book import DeliveryRecord
from app.demo.shop.storefront import SEE_OTHER, Shop, Word
from app.demo.shop.till import TillRefused

router = APIRouter(prefix="/back-office")
DELIVERIES_SHOWN_MAX = 60
Deed = Literal["pay", "cancel", "refund-rest", "refund-piece", "refund-amount"]


@router.get("")
def desk(shop: Shop) -> HTMLResponse:
    """Orders and deliveries, the newest first."""
    return _desk(shop)


@router.get("/state.json")
def state(shop: Shop) -> dict[str, Any]:
    """The same in a form that programs read: the story measures its times from here."""
    return {
        "orders": [order.model_dump(mode="json", exclude={"buyer"}) for order in shop.book.orders()],
        "deliveries": [_delivery_json(record) for record in shop.book.deliveries()],
    }


@router.post("/orders/{number}/{deed}")
def act(number: str, deed: Deed, shop: Shop, line_id: Word = "", amount: Annotated[str, Form(max_length=20)] = "") -> Response:
    """Press one of an order's buttons."""
    try:
        _act(shop, number, deed, line_id, amount)
    except TillRefused as refusal:
        return _desk(shop, sentence=str(refusal), status=409)
    return RedirectResponse(f"/back-office#{number}", SEE_OTHER)


@router.post("/deliveries/{delivery_id}/again")
def send_again(delivery_id: str, shop: Shop) -> Response:
    """Send the very same delivery once more: the same id and the same bytes must count once."""
    record = shop.book.delivery(delivery_id)
    if record is None:
        raise HTTPException(404)
    shop.courier.deliver(record)
    return RedirectResponse(f"/back-office#{delivery_id}", SEE_OTHER)


def _act(shop: Counter, number: str, deed: Deed, line_id: str, amount: str) -> Order:
    if deed == "refund-piece":
        return shop.till.refund_piece(number, line_id)
    if deed == "refund-amount":
        return shop.till.refund_amount(number, _minor(amount))
    return {"pay": shop.till.pay, "cancel": shop.till.cancel, "refund-rest": shop.till.refund_rest}[deed](number)


def _minor(amount: str) -> int:
    try:
        cents = Decimal(amount.strip().lstrip("$")) * 100
        if not cents.is_finite() or cents != cents.to_integral_value():
            raise TillRefused(f"“{amount}” is not an amount in whole cents.")
        return int(cents)
    except InvalidOperation as problem:
        raise TillRefused(f"“{amount}” is not an amount of money.") from problem


def _delivery_json(record: DeliveryRecord) -> dict[str, Any]:
    return {
        "delivery_id": record.delivery.delivery_id,
        "kind": record.delivery.kind,
        "topic": record.delivery.topic,
        "order_number": record.delivery.order_number,
        "state": record.state,
        "attempts": [attempt.model_dump(mode="json") for attempt in record.attempts],
    }


def _desk(shop: Counter, *, sentence: str = "", status: int = 200) -> HTMLResponse:
    return shop.page(
        "back_office.html",
        Visit(None, Cart(created_at=shop.clock()), ""),
        status=status,
        sentence=sentence,
        orders=shop.book.orders(),
        deliveries=shop.book.deliveries()[:DELIVERIES_SHOWN_MAX],
    )
