"""What a tenant lets its employees promise: a discount, to how many visitors, on what, and until when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.contract_terms import percent_text
from billing.coupons.tables import Offer
from billing.currencies import exponent_of
from billing.errors import OfferRefused
from billing.money import AMOUNT_MINOR_MAX, PARTS_PER_MILLION, format_amount
from tenants.database import tenant_of
from tenants.identifiers import new_id

COUPONS_MAX_LIMIT: Final = 10_000_000


@dataclass(frozen=True)
class OfferTerms:
    """An offer as the tenant sets it: exactly one of `percent_ppm` (parts per million) and `amount_minor`."""

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


@dataclass(frozen=True)
class OfferView:
    """An offer as the mind and the dashboard read it; `remaining` coupons may still be handed out."""

    offer_id: UUID
    name: str
    percent_ppm: int | None
    amount_minor: int | None
    currency: str
    minimum_minor: int
    product_words: tuple[str, ...]
    remaining: int
    ends_at: datetime
    terms_text: str


def create_offer(session: Session, *, employee_id: UUID, offer: OfferTerms, now: datetime) -> UUID:
    """Set an offer for one employee and return its id; raises OfferRefused when it contradicts itself."""
    _check(offer)
    offer_id = new_id(now)
    session.add(
        Offer(
            tenant_id=tenant_of(session), offer_id=offer_id, employee_id=employee_id, name=offer.name.strip(),
            percent_ppm=offer.percent_ppm, amount_minor=offer.amount_minor, currency=offer.currency, minimum_minor=offer.minimum_minor,
            product_words={"words": list(offer.product_words)}, coupons_max=offer.coupons_max, per_visitor_max=offer.per_visitor_max,
            issued_count=0, coupon_valid_days=offer.coupon_valid_days, starts_at=offer.starts_at, ends_at=offer.ends_at, created_at=now,
        )
    )  # fmt: skip
    session.flush()
    return offer_id


def active_offers(session: Session, employee_id: UUID, now: datetime) -> list[OfferView]:
    """The offers this employee may make now, oldest first; one whose coupons are all handed out is left out."""
    query = select(Offer).where(
        Offer.tenant_id == tenant_of(session), Offer.employee_id == employee_id, Offer.starts_at <= now, Offer.ends_at > now,
        Offer.issued_count < Offer.coupons_max,
    )  # fmt: skip
    return [_view(offer) for offer in session.scalars(query.order_by(Offer.offer_id))]


def discount_text(percent_ppm: int | None, amount_minor: int | None, currency: str) -> str:
    """Write the discount: "10 % off" or "2.00 EUR off"."""
    if percent_ppm is not None:
        return f"{percent_text(percent_ppm)} off"
    return f"{format_amount(amount_minor or 0, currency)} {currency} off"


def terms_text_of(offer: Offer, ends_at: datetime) -> str:
    """The offer's conditions in one plain sentence."""
    least = (
        f" a cart of at least {format_amount(offer.minimum_minor, offer.currency)} {offer.currency}"
        if offer.minimum_minor
        else " one order"
    )
    discount = discount_text(offer.percent_ppm, offer.amount_minor, offer.currency)
    return f"{discount}{least}, single use, until {ends_at.date().isoformat()}."


def _view(offer: Offer) -> OfferView:
    return OfferView(
        offer.offer_id, offer.name, offer.percent_ppm, offer.amount_minor, offer.currency, offer.minimum_minor,
        tuple(offer.product_words["words"]), offer.coupons_max - offer.issued_count, offer.ends_at, terms_text_of(offer, offer.ends_at),
    )  # fmt: skip


def _check(offer: OfferTerms) -> None:
    exponent_of(offer.currency)
    faults = (
        (not offer.name.strip(), "An offer needs a name."),
        ((offer.percent_ppm is None) == (offer.amount_minor is None), "An offer is either a percentage or an amount."),
        (offer.percent_ppm is not None and not 0 < offer.percent_ppm <= PARTS_PER_MILLION, "A percentage lies above 0 and at most at 100."),
        (offer.amount_minor is not None and not 0 < offer.amount_minor <= AMOUNT_MINOR_MAX, "An amount lies above zero."),
        (not 0 <= offer.minimum_minor <= AMOUNT_MINOR_MAX, "A minimum is zero or more."),
        (not 0 < offer.coupons_max <= COUPONS_MAX_LIMIT, "An offer hands out at least one coupon and at most ten million."),
        (not 0 < offer.per_visitor_max <= offer.coupons_max, "A visitor gets at least one coupon, and no more than there are."),
        (not 0 < offer.coupon_valid_days <= 365, "A coupon lasts from 1 to 365 days."),
        (offer.starts_at >= offer.ends_at, "An offer ends after it starts."),
    )
    for is_wrong, sentence in faults:
        if is_wrong:
            raise OfferRefused(sentence)
