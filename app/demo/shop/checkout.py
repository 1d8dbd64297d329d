"""The checkout: where the order goes, an optional coupon, and the button that sells. A lost coupon never charges more in silence."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.demo.shop.counter import Counter, Visit
from app.demo.shop.coupon_desk import CouponAccepted
from app.demo.shop.storefront import SEE_OTHER, Shop, Visited, Widget, Word, ask_about_coupon, with_attribution
from app.demo.shop.till import CouponLost

router = APIRouter()
TIP_MINOR_MAX = 2_000
CODE_LENGTH_MAX = 64
Way = Literal["pick-up", "post"]
Tip = Annotated[int, Form(ge=0, le=TIP_MINOR_MAX)]


@router.get("/checkout")
def checkout_page(shop: Shop, visit: Visited) -> Response:
    """The last page before the sale; an empty cart goes back to the shelves."""
    return _checkout(shop, visit) if visit.cart.count else RedirectResponse("/cart", SEE_OTHER)


@router.post("/checkout/coupon")
def apply_coupon(shop: Shop, visit: Visited, widget: Widget, code: Annotated[str, Form(max_length=CODE_LENGTH_MAX)] = "") -> Response:
    """Ask whether a code is good for this cart, and show the new price or why there is none."""
    cart = with_attribution(visit.cart, widget)
    if not cart.count:
        return RedirectResponse("/cart", SEE_OTHER)
    if not code.strip():
        return _checkout(shop, visit, sentence="Type or paste the coupon's letters first.", status=422)
    asked, answer = ask_about_coupon(shop, cart, code.strip())
    shop.carts.keep(visit.cart_id, asked)
    if isinstance(answer, CouponAccepted):
        return RedirectResponse("/checkout", SEE_OTHER)
    return _checkout(shop, visit.with_cart(asked), sentence=answer.sentence, code=code.strip(), status=422)


@router.post("/checkout/coupon/remove")
def remove_coupon(shop: Shop, visit: Visited) -> Response:
    """Go on without the coupon."""
    shop.carts.keep(visit.cart_id, replace(visit.cart, coupon=None))
    return RedirectResponse("/checkout", SEE_OTHER)


@router.post("/checkout/choices")
def choose(shop: Shop, visit: Visited, way: Annotated[Way, Form()] = "pick-up", tip_minor: Tip = 0) -> Response:
    """Pick up or post, and a tip: kept with the cart, so that the total on the page is the total that is charged."""
    shop.carts.keep(visit.cart_id, replace(visit.cart, is_posted=way == "post", tip_minor=tip_minor))
    return RedirectResponse("/checkout", SEE_OTHER)


@router.post("/checkout")
def buy(
    shop: Shop,
    visit: Visited,
    widget: Widget,
    buyer: Word = "",
    payment: Annotated[Literal["card", "counter"], Form()] = "card",
) -> Response:
    """Sell the cart. Paid by the pretended card at once, or written down to be paid at the counter."""
    found = shop.carts.take(visit.cart_id)
    if found is None or not found.count:
        return RedirectResponse("/cart", SEE_OTHER)
    cart = with_attribution(found, widget)
    placed = shop.till.place(cart, buyer=buyer.strip() or "A guest")
    if isinstance(placed, CouponLost):
        bare = visit.with_cart(replace(cart, coupon=None))
        response = _checkout(shop, bare, sentence=placed.answer.sentence, status=409)
        shop.keep_cart(bare, response)
        return response
    if payment == "card":
        shop.till.pay(placed.number)
    return RedirectResponse(f"/orders/{placed.number}", SEE_OTHER)


@router.get("/orders/{number}")
def thank_you(number: str, shop: Shop, visit: Visited) -> HTMLResponse:
    """The receipt. Its address is the unguessable order number."""
    order = shop.book.order(number)
    if order is None:
        raise HTTPException(404)
    return shop.page("thank_you.html", visit, order=order)


def _checkout(shop: Counter, visit: Visit, *, sentence: str = "", code: str = "", status: int = 200) -> HTMLResponse:
    return shop.page("checkout.html", visit, status=status, sentence=sentence, code=code)
