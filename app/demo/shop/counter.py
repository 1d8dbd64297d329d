"""What every page of the shop needs at hand: the shelves, the carts, the till, the courier and the page drawer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.demo.shop.arrangement import ShopArrangement
from app.demo.shop.cart import Cart, Carts
from app.demo.shop.catalogue import Catalogue
from app.demo.shop.coupon_desk import CouponDesk
from app.demo.shop.courier import Courier
from app.demo.shop.order_book import OrderBook
from app.demo.shop.prices import POSTAGE_FREE_FROM_MINOR, POSTAGE_MINOR, as_price
from app.demo.shop.till import Till

FOLDER = Path(__file__).parent
CART_COOKIE = "kestrel_cart"
CONSENT_COOKIE = "kestrel_consent"
WEEK_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class Visit:
    """Who came in: the cart behind the cookie, and whether the shopper agreed to be remembered ("granted", "denied", or "" before that)."""

    cart_id: str | None
    cart: Cart
    consent: str

    def with_cart(self, cart: Cart) -> "Visit":
        """The same visit with another cart in hand."""
        return replace(self, cart=cart)


@dataclass(frozen=True)
class Counter:
    """One shop, opened."""

    arrangement: ShopArrangement
    catalogue: Catalogue
    carts: Carts
    book: OrderBook
    desk: CouponDesk
    courier: Courier
    till: Till
    clock: Callable[[], datetime]
    pages: Environment

    def visit(self, request: Request) -> Visit:
        """Look at a request's cookies."""
        cart_id = request.cookies.get(CART_COOKIE)
        return Visit(cart_id, self.carts.find(cart_id), request.cookies.get(CONSENT_COOKIE, ""))

    def page(self, name: str, visit: Visit, *, status: int = 200, **context: Any) -> HTMLResponse:
        """Draw a page; every page knows the cart, because its drawer is part of it."""
        everything = {"cart": visit.cart, "consent": visit.consent, "shop": self, **context}
        return HTMLResponse(self.pages.get_template(name).render(everything), status_code=status)

    def keep_cart(self, visit: Visit, response: Response) -> None:
        """Remember a visit's cart and tell the browser its number."""
        key = self.carts.keep(visit.cart_id, visit.cart)
        response.set_cookie(CART_COOKIE, key, httponly=True, samesite="lax", max_age=WEEK_SECONDS)


def counter_of(request: Request) -> Counter:
    """The shop that this request came into (FastAPI dependency)."""
    counter = request.app.state.counter
    assert isinstance(counter, Counter)  # noqa: S101
    return counter


def visit_of(request: Request, counter: Annotated[Counter, Depends(counter_of)]) -> Visit:
    """The visit that this request belongs to (FastAPI dependency)."""
    return counter.visit(request)


def page_drawer() -> Environment:
    """The Jinja environment of the shop: everything escaped, a missing name is an error and not a blank."""
    pages = Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    pages.filters["price"] = as_price
    pages.filters["clock_time"] = _clock_time
    pages.globals.update(_house_facts())
    return pages


def _clock_time(moment: datetime) -> str:
    return moment.strftime("%d %b %Y, %H:%M:%S UTC")


def _house_facts() -> Mapping[str, Any]:
    return {"postage_minor": POSTAGE_MINOR, "postage_free_from_minor": POSTAGE_FREE_FROM_MINOR}
