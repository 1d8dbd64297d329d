"""What an offer promises, pure: whether its terms make sense, what they take off a cart, and how they read in one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from billing.contract_terms import percent_text
from billing.currencies import exponent_of
from billing.errors import CartBelowMinimum, CartCurrencyDiffers, CartLacksProduct, CartLinesMissing, CouponNotAccepted, OfferRefused
from billing.money import AMOUNT_MINOR_MAX, PARTS_PER_MILLION, format_amount, share_of

COUPONS_MAX_LIMIT: Final = 10_000_000
VALID_DAYS_MAX: Final = 365
NAME_LENGTH_MAX: Final = 120
WORDS_MAX: Final = 50
WORD_LENGTH_MAX: Final = 80
CODES_READY_MAX: Final = 500


@dataclass(frozen=True)
class OfferTerms:
    """An offer as the tenant sets it: exactly one of `percent_ppm` (parts per million) and `amount_minor`.

    With `item_name` the amount is what that item costs, and the item is free. `budget_minor` is the money all its coupons together may
    take off; `floor_minor` what must remain to pay. With `draws_codes` codes come from an imported list, and people are told once no
    more than `codes_low` are left. With `made_in`, a connection, they are made there ahead, and `codes_ready` are kept ready.
    """

    name: str
    currency: str
    coupons_max: int
    starts_at: datetime
    ends_at: datetime
    percent_ppm: int | None = None
    amount_minor: int | None = None
    minimum_minor: int = 0
    product_words: tuple[str, ...] = ()
    per_visitor_max: int = 1
    coupon_valid_days: int = 14
    item_name: str | None = None
    discount_minor_max: int | None = None
    floor_minor: int | None = None
    is_for_products: bool = False
    budget_minor: int | None = None
    draws_codes: bool = False
    codes_low: int = 0
    made_in: UUID | None = None
    codes_ready: int = 0


class Clauses(Protocol):
    """The clauses that decide about one coupon, whichever row they stand in. `product_words` is {"words": [...]}."""

    name: str
    percent_ppm: int | None
    amount_minor: int | None
    item_name: str | None
    discount_minor_max: int | None
    currency: str
    minimum_minor: int
    floor_minor: int | None
    product_words: dict[str, list[str]]
    is_for_products: bool
    coupon_valid_days: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class CartLine:
    """One line of a cart before discounts, in minor units for all its pieces."""

    product: str
    quantity: int
    total_minor: int


@dataclass(frozen=True)
class Cart:
    """What a code is held against: the goods' total in minor units of a currency, and the lines where the till tells them."""

    total_minor: int
    currency: str
    lines: tuple[CartLine, ...] | None = None


CLAUSE_NAMES: Final = (
    "name", "percent_ppm", "amount_minor", "item_name", "discount_minor_max", "currency", "minimum_minor", "floor_minor",
    "is_for_products", "coupon_valid_days", "starts_at", "ends_at",
)  # fmt: skip
"""The clauses that stand under the same name in the terms and in the rows; the words are shaped differently."""


def check_terms(offer: OfferTerms) -> None:
    """Raise OfferRefused with a sentence when the terms contradict themselves, CurrencyUnknown when nobody uses the currency."""
    exponent_of(offer.currency)
    faults = (
        ("name", not offer.name.strip(), "An offer needs a name."),
        ("name", not _is_name(offer.name), f"A name has at most {NAME_LENGTH_MAX} printable characters."),
        ("percent_ppm", (offer.percent_ppm is None) == (offer.amount_minor is None), "An offer is either a percentage or an amount."),
        ("percent_ppm", not _is_share(offer.percent_ppm), "A percentage lies above 0 and at most at 100."),
        ("amount_minor", not _is_amount(offer.amount_minor), "An amount lies above zero."),
        ("item_name", not _is_item(offer), "A free item needs its name and what it costs."),
        ("minimum_minor", not 0 <= offer.minimum_minor <= AMOUNT_MINOR_MAX, "A minimum is zero or more."),
        ("discount_minor_max", not _is_amount(offer.discount_minor_max), "The most that one coupon takes off lies above zero."),
        ("floor_minor", not _is_amount(offer.floor_minor), "What must remain to pay lies above zero."),
        ("product_words", offer.is_for_products and not offer.product_words, "An offer for certain products names at least one."),
        ("product_words", len(offer.product_words) > WORDS_MAX, f"Name at most {WORDS_MAX} products."),
        ("product_words", not all(map(_is_word, offer.product_words)), f"A product's name has 1 to {WORD_LENGTH_MAX} printed characters."),
        ("coupons_max", not 0 < offer.coupons_max <= COUPONS_MAX_LIMIT, "An offer hands out at least one coupon and at most ten million."),
        ("per_visitor_max", not 0 < offer.per_visitor_max <= offer.coupons_max, "A visitor gets one coupon or more, not more than all."),
        ("coupon_valid_days", not 0 < offer.coupon_valid_days <= VALID_DAYS_MAX, f"A coupon lasts from 1 to {VALID_DAYS_MAX} days."),
        ("codes_low", not 0 <= offer.codes_low <= COUPONS_MAX_LIMIT, "People are told when a number of codes from zero up is left."),
        ("made_in", offer.made_in is not None and not offer.draws_codes, "Codes made in another system are drawn, as from a list."),
        ("codes_ready", not _is_ready_count(offer), f"Keep from 1 to {CODES_READY_MAX} codes ready."),
        ("ends_at", offer.starts_at >= offer.ends_at, "An offer ends after it starts."),
    )  # fmt: skip
    for about, is_wrong, sentence in (*faults, *_budget_faults(offer)):
        if is_wrong:
            raise OfferRefused(sentence, about)


def _budget_faults(offer: OfferTerms) -> tuple[tuple[str, bool, str], ...]:
    if offer.budget_minor is None:
        return ()
    most_minor = offer.amount_minor or offer.discount_minor_max
    unbounded = "A percentage under a budget needs the most that one coupon takes off; otherwise one large cart could pass it."
    return (
        ("budget_minor", not _is_amount(offer.budget_minor), "A budget lies above zero."),
        ("discount_minor_max", most_minor is None, unbounded),
        ("budget_minor", (most_minor or 0) > offer.budget_minor, "The budget is smaller than what one coupon may take off."),
    )


def _is_name(text: str) -> bool:
    return len(text) <= NAME_LENGTH_MAX and text.isprintable()


def _is_share(ppm: int | None) -> bool:
    return ppm is None or 0 < ppm <= PARTS_PER_MILLION


def _is_amount(amount_minor: int | None) -> bool:
    return amount_minor is None or 0 < amount_minor <= AMOUNT_MINOR_MAX


def _is_ready_count(offer: OfferTerms) -> bool:
    return offer.made_in is None or 0 < offer.codes_ready <= CODES_READY_MAX


def _is_item(offer: OfferTerms) -> bool:
    return offer.item_name is None or (offer.amount_minor is not None and _is_word(offer.item_name))


def _is_word(word: str) -> bool:
    return 0 < len(word.strip()) <= WORD_LENGTH_MAX and word.isprintable()


def discount_of(clauses: Clauses, cart: Cart) -> int:
    """Minor units that a coupon takes off a cart. Raises a CouponNotAccepted that says what the cart lacks."""
    _check_cart(clauses, cart)
    goods_minor = cart.total_minor
    if clauses.item_name is not None:
        goods_minor = _cheapest_piece(clauses.item_name, cart.lines)
    elif clauses.is_for_products:
        goods_minor = sum(line.total_minor for line in _lines_of(clauses.product_words["words"], cart.lines))
    taken = share_of(goods_minor, clauses.percent_ppm) if clauses.percent_ppm is not None else min(clauses.amount_minor or 0, goods_minor)
    if clauses.discount_minor_max is not None:
        taken = min(taken, clauses.discount_minor_max)
    return taken if clauses.floor_minor is None else min(taken, cart.total_minor - clauses.floor_minor)


def most_of(clauses: Clauses) -> int:
    """The most that one coupon can take off: what it holds of a budget until it is used. Only for clauses that name it."""
    return min(one for one in (clauses.amount_minor, clauses.discount_minor_max) if one is not None)


def conditions_text(clauses: Clauses) -> str:
    """The conditions in one plain sentence, without the day: whoever shows a coupon shows its day beside."""
    words, currency = clauses.product_words["words"], clauses.currency
    least = f"a cart of at least {_amount(clauses.minimum_minor, currency)}" if clauses.minimum_minor else "one order"
    if clauses.item_name is not None:
        text = f"{clauses.item_name} for free with {least}"
    else:
        text = (
            f"{discount_text(clauses.percent_ppm, clauses.amount_minor, currency)} {_listed(words) if clauses.is_for_products else least}"
        )
        text += f" in {least}" if clauses.is_for_products and clauses.minimum_minor else ""
    if clauses.discount_minor_max is not None:
        text += f", at most {_amount(clauses.discount_minor_max, currency)}"
    if clauses.floor_minor is not None:
        text += f", as long as {_amount(clauses.floor_minor, currency)} remain to pay"
    return f"{text}, single use."


def discount_text(percent_ppm: int | None, amount_minor: int | None, currency: str) -> str:
    """Write the discount: "10 % off" or "2.00 EUR off"."""
    if percent_ppm is not None:
        return f"{percent_text(percent_ppm)} off"
    return f"{_amount(amount_minor or 0, currency)} off"


def is_same(clauses: Clauses, offer: OfferTerms) -> bool:
    """Whether the terms promise exactly what the clauses do, so that no new version is needed."""
    is_equal = all(getattr(clauses, name) == getattr(offer, name) for name in CLAUSE_NAMES)
    return is_equal and tuple(clauses.product_words["words"]) == offer.product_words


def values_of(offer: OfferTerms) -> dict[str, object]:
    """The clauses of terms as columns of a row."""
    return {name: getattr(offer, name) for name in CLAUSE_NAMES} | {"product_words": {"words": list(offer.product_words)}}


def tidy(offer: OfferTerms) -> OfferTerms:
    """The same terms without stray spaces around names."""
    item_name = offer.item_name.strip() if offer.item_name else None
    return replace(offer, name=offer.name.strip(), item_name=item_name, product_words=tuple(word.strip() for word in offer.product_words))


def _check_cart(clauses: Clauses, cart: Cart) -> None:
    if cart.currency != clauses.currency:
        raise CartCurrencyDiffers(f"The coupon is in {clauses.currency} and the cart in {cart.currency[:20]}.")
    if not 0 <= cart.total_minor <= AMOUNT_MINOR_MAX:
        raise CouponNotAccepted("The cart's total is not an amount a cart can have.")
    if cart.total_minor < clauses.minimum_minor:
        raise CartBelowMinimum(f"The cart must come to {_amount(clauses.minimum_minor, clauses.currency)} or more.")
    if clauses.floor_minor is not None and cart.total_minor <= clauses.floor_minor:
        raise CartBelowMinimum(
            f"At least {_amount(clauses.floor_minor, clauses.currency)} must remain to pay, so the cart must come to more."
        )
    if cart.lines is not None and any(line.quantity < 1 or line.total_minor < 0 for line in cart.lines):
        raise CouponNotAccepted("Each line of a cart has at least one piece and costs zero or more.")
    if cart.lines is not None and sum(line.total_minor for line in cart.lines) != cart.total_minor:
        raise CouponNotAccepted("The cart's lines do not add up to its total; both are goods before discount, tax and delivery.")


def _lines_of(words: Sequence[str], lines: tuple[CartLine, ...] | None) -> list[CartLine]:
    if lines is None:
        raise CartLinesMissing("This coupon is good for certain products only: send the cart's lines with the question.")
    found = [line for line in lines if any(word.casefold() in line.product.casefold() for word in words)]
    if not found:
        raise CartLacksProduct(f"The coupon is good for {_listed(words)}, and none is in the cart.")
    return found


def _cheapest_piece(item_name: str, lines: tuple[CartLine, ...] | None) -> int:
    return min(line.total_minor // line.quantity for line in _lines_of((item_name,), lines))


def _listed(words: Sequence[str]) -> str:
    return " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


def _amount(amount_minor: int, currency: str) -> str:
    return f"{format_amount(amount_minor, currency)} {currency}"
