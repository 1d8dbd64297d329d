"""Hands for tests of offers: terms as the shopkeeper makes them, changed; coupons given; an offer read back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from shopkeeper import Shopkeeper

from billing.change_offer import change_offer
from billing.issue_coupon import IssuedCoupon, issue_coupon
from billing.offers import OfferTerms
from billing.read_offers import OfferSummary, offer
from tenants.identifiers import new_id


def terms_of(shop: Shopkeeper, **changed: Any) -> OfferTerms:
    """The terms that Shopkeeper.offer makes, changed."""
    begins, ends = shop.now - timedelta(days=1), shop.now + timedelta(days=60)
    return OfferTerms("Welcome", "EUR", 100, begins, ends, **({"percent_ppm": 100_000} | changed))


def change(shop: Shopkeeper, offer_id: UUID, terms: OfferTerms, *, seen: int = 1, hands: list[UUID] | None = None) -> int:
    with shop.session() as session:
        return change_offer(
            session, offer_id=offer_id, offer=terms, employee_ids=[shop.employee_id] if hands is None else hands, seen_version=seen,
            now=shop.now, by="operator",
        )  # fmt: skip


def give(shop: Shopkeeper, offer_id: UUID, *, by: UUID | None = None) -> IssuedCoupon:
    with shop.session() as session:
        return issue_coupon(
            session, offer_id=offer_id, visitor_id=new_id(shop.now), conversation_id=None, turn_id=None, now=shop.now, employee_id=by
        )


def summary(shop: Shopkeeper, offer_id: UUID) -> OfferSummary:
    with shop.session() as session:
        return offer(session, offer_id=offer_id, now=shop.now)
