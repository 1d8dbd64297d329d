"""Carts: one per browser, found by a random cookie, kept in memory only. A cart lost at a restart costs a shopper four clicks."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.demo.shop.catalogue import Catalogue, Product
from app.demo.shop.order import Attribution
from app.demo.shop.prices import Totals, total_up

CARTS_MAX = 5_000
"""Beyond it the oldest cart is forgotten."""
QUANTITY_MAX = 20


@dataclass(frozen=True)
class AppliedCoupon:
    """A coupon the till has been told is good, and for how much."""

    code: str
    discount_minor: int
    offer: str


@dataclass(frozen=True)
class Cart:
    """What one shopper has picked."""

    created_at: datetime
    quantities: dict[str, int] = field(default_factory=dict)
    coupon: AppliedCoupon | None = None
    attribution: Attribution = field(default_factory=Attribution)
    is_posted: bool = False
    tip_minor: int = 0

    @property
    def count(self) -> int:
        """How many pieces are in the cart."""
        return sum(self.quantities.values())

    def rows(self, catalogue: Catalogue) -> tuple[tuple[Product, int], ...]:
        """Products with their quantities, in the order they were picked."""
        found = ((catalogue.find(slug), quantity) for slug, quantity in self.quantities.items())
        return tuple((product, quantity) for product, quantity in found if product is not None)

    def can_be_posted(self, catalogue: Catalogue) -> bool:
        """Only a cart without drinks and fresh food goes by post."""
        return all(product.can_be_posted for product, _ in self.rows(catalogue))

    def goes_by_post(self, catalogue: Catalogue) -> bool:
        """The shopper chose the post, and everything in the cart may travel so."""
        return self.is_posted and self.can_be_posted(catalogue)

    def subtotal_minor(self, catalogue: Catalogue) -> int:
        """The goods before discount, tax and delivery."""
        return sum(product.price_minor * quantity for product, quantity in self.rows(catalogue))

    def totals(self, catalogue: Catalogue) -> Totals:
        """Everything the cart page shows below the line."""
        discount = self.coupon.discount_minor if self.coupon else 0
        return total_up(self.subtotal_minor(catalogue), discount, is_posted=self.goes_by_post(catalogue), tip_minor=self.tip_minor)

    def with_quantity(self, slug: str, quantity: int) -> "Cart":
        """The cart with a product set to a quantity (0 takes it out). A changed cart forgets its coupon's discount: it is asked anew."""
        kept = {**self.quantities, slug: max(0, min(quantity, QUANTITY_MAX))}
        return replace(self, quantities={key: count for key, count in kept.items() if count > 0})


class Carts:
    """All open carts."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._carts: dict[str, Cart] = {}

    def find(self, cart_id: str | None) -> Cart:
        """The cart of this cookie, or an empty one."""
        return self._carts.get(cart_id or "") or Cart(created_at=self._clock())

    def keep(self, cart_id: str | None, cart: Cart) -> str:
        """Remember a cart; returns the id for the cookie, a new one when the cookie names no cart of ours."""
        with self._lock:
            known = cart_id if cart_id in self._carts else None
            key = known or secrets.token_urlsafe(18)
            self._carts[key] = cart
            while len(self._carts) > CARTS_MAX:
                self._carts.pop(next(iter(self._carts)))
            return key

    def take(self, cart_id: str | None) -> Cart | None:
        """Take a cart away to be sold: of two clicks at once only one gets it."""
        with self._lock:
            return self._carts.pop(cart_id or "", None)
