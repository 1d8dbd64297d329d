"""The till's questions about coupons, for shops whose codes we mint: is it good, hold it, it was used, let it go.

POST /api/v1/coupons/{validate,reserve,redeem,release} with `Authorization: Bearer sk_...`. A refusal is a problem document whose
`code` names the reason (CouponExpired, CouponAlreadyRedeemed, CartBelowMinimum ...).
"""

from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app.api.callers import ShopWithKey, TheHouse, refusals
from app.api.public_route import PublicRoute
from app.wiring import House
from billing.errors import CouponNotAccepted
from billing.note_refused_code import note_refused_code
from billing.redeem_coupon import CartLine, CouponQuote, redeem_coupon, release_coupon, reserve_coupon, validate_coupon

router = APIRouter(prefix="/api/v1/coupons", tags=["coupons"], route_class=PublicRoute)
LINES_MAX: Final = 500
EXAMPLE: Final[dict[str, Any]] = {
    "code": "K7QZM-4HXPA", "cart_total_minor": 3300, "currency": "EUR",
    "lines": [{"product": "Lantern blend", "quantity": 2, "total_minor": 2400}, {"product": "Mug", "quantity": 1, "total_minor": 900}],
}  # fmt: skip
AskingShop = Annotated[UUID, Depends(ShopWithKey("coupons.check"))]
RedeemingShop = Annotated[UUID, Depends(ShopWithKey("coupons.redeem"))]


class Line(BaseModel):
    """One line of the cart before discounts: what it is (name or number), how many, and what all of them cost, in minor units."""

    product: str = Field(min_length=1, max_length=300)
    quantity: int = Field(1, ge=1, le=10**6, strict=True)
    total_minor: int = Field(ge=0, le=10**15, strict=True)


class Cart(BaseModel):
    """A code and the cart it is shown for: the goods' total before discount, tax and delivery, in minor units.

    Coupons for certain products, and those for a free item, need the cart's lines; they add up to the total.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    code: str = Field(min_length=1, max_length=100)
    cart_total_minor: int = Field(ge=0, le=10**15, strict=True)
    currency: str = Field(min_length=3, max_length=3)
    lines: list[Line] | None = Field(None, max_length=LINES_MAX)

    def asked(self) -> dict[str, Any]:
        """The question as the counting house takes it."""
        lines = None if self.lines is None else [CartLine(one.product, one.quantity, one.total_minor) for one in self.lines]
        return self.model_dump(exclude={"lines"}) | {"lines": lines}


class Checkout(Cart):
    """A cart that became a checkout; `order_ref` is the shop's own name for it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE | {"order_ref": "A-1001"}]})

    order_ref: str = Field(min_length=1, max_length=200)


class Release(BaseModel):
    """A checkout that was given up."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "K7QZM-4HXPA", "order_ref": "A-1001"}]})

    code: str = Field(min_length=1, max_length=100)
    order_ref: str = Field(min_length=1, max_length=200)


class Discount(BaseModel):
    """What the code takes off this cart, in minor units."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "K7QZM-4HXPA", "discount_minor": 330, "currency": "EUR"}]})

    code: str
    discount_minor: int
    currency: str


@router.post("/validate", responses=refusals(404, 409, 410))
async def validate(cart: Cart, shop: AskingShop, house: TheHouse) -> Discount:
    """Say what a code would take off, without holding it."""
    return await _asked(house, shop, validate_coupon, cart)


@router.post("/reserve", responses=refusals(404, 409, 410))
async def reserve(checkout: Checkout, shop: RedeemingShop, house: TheHouse) -> Discount:
    """Hold a code for one checkout for half an hour. The same checkout may ask again."""
    return await _asked(house, shop, reserve_coupon, checkout)


@router.post("/redeem", responses=refusals(404, 409, 410))
async def redeem(checkout: Checkout, shop: RedeemingShop, house: TheHouse) -> Discount:
    """Use a code up for a paid order. The same order may say so again and gets the same answer."""
    return await _asked(house, shop, redeem_coupon, checkout)


@router.post("/release", status_code=204, responses=refusals(404, 409))
async def release(given_up: Release, shop: RedeemingShop, house: TheHouse) -> None:
    """Let a held code go."""
    await house.run(shop, release_coupon, **given_up.model_dump(), now=house.clock())


async def _asked(house: House, shop: UUID, verb: Callable[..., CouponQuote], cart: Cart) -> Discount:
    """Ask the counting house. A refusal is kept before it is answered, so that the shop sees what its shoppers were told."""
    try:
        quote = await house.run(shop, verb, **cart.asked(), now=house.clock())
    except CouponNotAccepted as refusal:
        order_ref = cart.order_ref if isinstance(cart, Checkout) else None
        await house.run(shop, note_refused_code, code=cart.code, refusal=refusal, order_ref=order_ref, now=house.clock())
        raise
    return Discount(code=quote.code, discount_minor=quote.discount_minor, currency=quote.currency)
