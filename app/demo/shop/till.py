"""The till: makes a cart an order, takes the pretended payment, cancels, refunds. Each step writes the order and its news as one entry."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.demo.shop.cart import Cart
from app.demo.shop.catalogue import Catalogue
from app.demo.shop.coupon_desk import CouponAccepted, CouponDeclined, CouponDesk, CouponDeskClosed, CouponQuestion, Step
from app.demo.shop.journal import Delivery, Kind, as_text
from app.demo.shop.order import Order, OrderLine, Refund, RefundedLine, one_piece
from app.demo.shop.order_book import OrderBook
from app.demo.shop.order_message import order_message, refund_message
from app.demo.shop.prices import Totals, as_price, split

NUMBER_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""No letter here can be taken for another when an order number is read out over the counter."""


class TillRefused(Exception):
    """This cannot be done with this order; the sentence is for whoever pressed the button."""


@dataclass(frozen=True)
class CouponLost:
    """The coupon fell away at the last moment; nothing was sold, the shopper decides again at the new price."""

    answer: CouponDeclined | CouponDeskClosed


class Till:
    """What the counter does. `wake` tells the courier that there is something to carry."""

    def __init__(
        self, catalogue: Catalogue, book: OrderBook, desk: CouponDesk, *, clock: Callable[[], datetime], wake: Callable[[], None]
    ) -> None:
        self._catalogue, self._book, self._desk = catalogue, book, desk
        self._clock, self._wake = clock, wake

    def place(self, cart: Cart, *, buyer: str) -> Order | CouponLost:
        """Write down an order, after asking Tillhand to hold its coupon for it."""
        number = f"KC-{''.join(secrets.choice(NUMBER_LETTERS) for _ in range(6))}"
        if cart.coupon is not None:
            answer = self._desk.ask("reserve", self._question(cart, number))
            if not isinstance(answer, CouponAccepted):
                return CouponLost(answer)
            if answer.discount_minor != cart.coupon.discount_minor:
                self._desk.ask("release", self._question(cart, number))
                return CouponLost(CouponDeclined(cart.coupon.code, "The coupon's worth has changed. Please apply it again."))
        order = self._order(cart, number, buyer)
        self._book.write(order, self._news("order.updated", order))
        self._wake()
        return order

    def pay(self, number: str) -> Order:
        """Take the payment and use up the coupon. When Tillhand does not answer, the courier redeems it later; the price stands."""
        with self._book.lock:
            order = self._expect(number, "placed")
            now = self._clock()
            paid = order.model_copy(update={"status": "paid", "paid_at": now, "updated_at": now})
            self._book.write(paid, self._news("order.paid", paid), *self._coupon_errand("redeem", paid))
        self._wake()
        return paid

    def cancel(self, number: str) -> Order:
        """Give up an unpaid order and let its coupon go."""
        with self._book.lock:
            order = self._expect(number, "placed")
            gone = order.model_copy(update={"status": "cancelled", "updated_at": self._clock()})
            self._book.write(gone, self._news("order.updated", gone), *self._coupon_errand("release", gone))
        self._wake()
        return gone

    def refund_rest(self, number: str) -> Order:
        """Give back everything that has not been given back yet."""
        with self._book.lock:
            order = self._expect(number, "paid")
            return self._refund(order, order.refundable_minor, (), "Everything returned")

    def refund_piece(self, number: str, line_id: str) -> Order:
        """Give back one piece of one line, with its part of the discount and the tax taken into account."""
        with self._book.lock:
            order = self._expect(number, "paid")
            line = next((line for line in order.lines if line.line_id == line_id), None)
            if line is None or order.quantity_left(line_id) < 1:
                raise TillRefused("Every piece of this line has been refunded already.")
            piece = one_piece(order, line)
            return self._refund(order, piece.net_minor + piece.tax_minor, (piece,), f"One {line.name} returned")

    def refund_amount(self, number: str, amount_minor: int) -> Order:
        """Give back a plain sum of money."""
        with self._book.lock:
            return self._refund(self._expect(number, "paid"), amount_minor, (), "Goodwill")

    def _refund(self, order: Order, amount_minor: int, lines: tuple[RefundedLine, ...], reason: str) -> Order:
        if not order.refundable_minor:
            raise TillRefused(f"{order.number} has been refunded in full already.")
        if not 0 < amount_minor <= order.refundable_minor:
            left = as_price(order.refundable_minor, order.currency)
            raise TillRefused(f"{order.number} can still give back {left}, not {as_price(amount_minor, order.currency)}.")
        now = self._clock()
        refund = Refund(refund_id=f"rf_{secrets.token_hex(8)}", refunded_at=now, amount_minor=amount_minor, lines=lines, reason=reason)
        refunded = order.model_copy(update={"refunds": (*order.refunds, refund), "updated_at": now})
        self._book.write(refunded, self._delivery("webhook", order.number, "refund.created", as_text(refund_message(refunded, refund))))
        self._wake()
        return refunded

    def _expect(self, number: str, status: str) -> Order:
        order = self._book.order(number)
        if order is None:
            raise TillRefused(f"There is no order {number}.")
        if order.status != status:
            raise TillRefused(f"{number} is {order.status}; only a {status} order can do this.")
        return order

    def _order(self, cart: Cart, number: str, buyer: str) -> Order:
        now, coupon = self._clock(), cart.coupon
        totals = cart.totals(self._catalogue)
        lines = self._lines(cart, totals, number)
        return Order(
            order_id=secrets.token_hex(12), number=number, status="placed", currency=self._catalogue.currency,
            cart_created_at=cart.created_at, created_at=now, updated_at=now, buyer=buyer,
            is_posted=cart.goes_by_post(self._catalogue), lines=lines,
            subtotal_minor=totals.subtotal_minor, discount_minor=totals.discount_minor, shipping_minor=totals.shipping_minor,
            tax_minor=totals.tax_minor, tip_minor=totals.tip_minor, total_minor=totals.total_minor,
            coupon=coupon.code if coupon else None, attribution=cart.attribution,
        )  # fmt: skip

    def _lines(self, cart: Cart, totals: Totals, number: str) -> tuple[OrderLine, ...]:
        rows = cart.rows(self._catalogue)
        gross = [product.price_minor * quantity for product, quantity in rows]
        discounts = split(totals.discount_minor, gross)
        taxes = split(totals.tax_minor, [amount - discount for amount, discount in zip(gross, discounts, strict=True)])
        return tuple(
            OrderLine(
                line_id=f"{number}-{place}",
                slug=product.slug,
                name=product.name,
                category=product.category,
                quantity=quantity,
                unit_minor=product.price_minor,
                discount_minor=discount,
                tax_minor=tax,
            )
            for place, ((product, quantity), discount, tax) in enumerate(zip(rows, discounts, taxes, strict=True), start=1)
        )

    def _question(self, cart: Cart, number: str) -> CouponQuestion:
        assert cart.coupon is not None  # noqa: S101 -- the callers looked
        return CouponQuestion(
            cart.coupon.code, cart.subtotal_minor(self._catalogue), self._catalogue.currency, number, cart.attribution.visitor
        )

    def _coupon_errand(self, step: Step, order: Order) -> tuple[Delivery, ...]:
        if order.coupon is None or step not in {"redeem", "release"}:
            return ()
        question = CouponQuestion(order.coupon, order.subtotal_minor, order.currency, order.number, order.attribution.visitor)
        kind: Kind = "redeem" if step == "redeem" else "release"
        return (self._delivery(kind, order.number, f"coupon.{step}", as_text(question.as_json())),)

    def _news(self, topic: str, order: Order) -> Delivery:
        return self._delivery("webhook", order.number, topic, as_text(order_message(topic, order)))

    def _delivery(self, kind: Kind, number: str, topic: str, body: str) -> Delivery:
        return Delivery(
            delivery_id=f"msg_{secrets.token_hex(12)}", kind=kind, order_number=number, topic=topic, body=body, created_at=self._clock()
        )
