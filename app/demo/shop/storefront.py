"""The pages a shopper strolls through: the shelves, one product, and the cart. All of it works without a line of script."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.demo.shop.aisles import arrange
from app.demo.shop.cart import QUANTITY_MAX, AppliedCoupon, Cart
from app.demo.shop.counter import CONSENT_COOKIE, WEEK_SECONDS, Counter, Visit, counter_of, visit_of
from app.demo.shop.coupon_desk import CouponAccepted, CouponAnswer, CouponQuestion
from app.demo.shop.order import Attribution

router = APIRouter()
Shop = Annotated[Counter, Depends(counter_of)]
Visited = Annotated[Visit, Depends(visit_of)]
Word = Annotated[str, Form(max_length=100)]
SEE_OTHER = 303


@router.get("/")
def shelves(shop: Shop, visit: Visited) -> HTMLResponse:
    """The front page with every product."""
    return shop.page("shelves.html", visit, aisles=arrange(shop.catalogue))


@router.get("/shop/{slug}")
def product_page(slug: str, shop: Shop, visit: Visited) -> HTMLResponse:
    """One product."""
    product = shop.catalogue.find(slug)
    if product is None:
        raise HTTPException(404)
    beside = [other for other in shop.catalogue.of_category(product.category) if other is not product][:4]
    return shop.page("product.html", visit, product=product, beside=beside)


@router.get("/cart")
def cart_page(shop: Shop, visit: Visited) -> HTMLResponse:
    """What has been picked so far."""
    return shop.page("cart.html", visit)


def attribution_of(
    attribution_visitor: Word = "", attribution_click: Word = "", attribution_coupon: Word = "", attribution_work: Word = ""
) -> Attribution:
    """The four hidden fields that attribution.js fills from `Tillhand.attribution()`; empty without script or widget."""
    return Attribution(
        visitor=attribution_visitor or None,
        click=attribution_click or None,
        coupon=attribution_coupon or None,
        work=attribution_work or None,
    )


Widget = Annotated[Attribution, Depends(attribution_of)]


@router.post("/consent")
def consent(answer: Annotated[Literal["granted", "denied"], Form()]) -> Response:
    """Remember whether the widget may recognise this browser on the next page. Until then every page is a first visit to it."""
    response = RedirectResponse("/", SEE_OTHER)
    response.set_cookie(CONSENT_COOKIE, answer, httponly=True, samesite="lax", max_age=WEEK_SECONDS)
    return response


@router.post("/cart/add")
def add_to_cart(
    shop: Shop, visit: Visited, slug: Word, widget: Widget, quantity: Annotated[int, Form(ge=1, le=QUANTITY_MAX)] = 1
) -> Response:
    """Put a product into the cart, together with what the widget knows about this visit."""
    cart = with_attribution(visit.cart, widget)
    return _changed(shop, visit.with_cart(cart), slug, cart.quantities.get(slug, 0) + quantity)


@router.post("/cart/set")
def set_quantity(shop: Shop, visit: Visited, slug: Word, widget: Widget, quantity: Annotated[int, Form(ge=0, le=QUANTITY_MAX)]) -> Response:
    """Change how many of a product are in the cart; none takes it out."""
    return _changed(shop, visit.with_cart(with_attribution(visit.cart, widget)), slug, quantity)


def with_attribution(cart: Cart, widget: Attribution) -> Cart:
    """The cart with what this page said. The first visitor, click and work stay, the latest coupon counts.

    Before a shopper consents to be remembered each page has a new visitor, and the first one is the one who talked and then picked.
    """
    before = cart.attribution
    merged = {name: value or getattr(widget, name) for name, value in before.model_dump().items()}
    return replace(cart, attribution=Attribution(**merged | {"coupon": widget.coupon or before.coupon}))


def ask_about_coupon(shop: Counter, cart: Cart, code: str) -> tuple[Cart, CouponAnswer]:
    """Ask Tillhand what a code is worth for this cart; the cart carries it only if it is good."""
    question = CouponQuestion(code, cart.subtotal_minor(shop.catalogue), shop.catalogue.currency, "cart", cart.attribution.visitor)
    answer = shop.desk.ask("validate", question)
    if isinstance(answer, CouponAccepted):
        return replace(cart, coupon=AppliedCoupon(answer.code, answer.discount_minor, answer.offer)), answer
    return replace(cart, coupon=None), answer


def _changed(shop: Counter, visit: Visit, slug: str, quantity: int) -> Response:
    product = shop.catalogue.find(slug)
    if product is None or (quantity > 0 and not product.is_for_sale):
        raise HTTPException(404)
    changed = visit.cart.with_quantity(slug, quantity if product.stock is None else min(quantity, product.stock))
    if changed.coupon is not None and changed.count:
        changed, _ = ask_about_coupon(shop, changed, changed.coupon.code)
    response = RedirectResponse("/cart", SEE_OTHER)
    shop.keep_cart(visit.with_cart(changed), response)
    return response
