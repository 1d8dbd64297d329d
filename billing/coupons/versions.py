"""Which clauses govern a coupon: those its offer had when it was handed out."""

from sqlalchemy.orm import Session

from billing.coupons.tables import Coupon, Offer, OfferClauses, OfferVersion


def clauses_of(session: Session, coupon: Coupon, offer: Offer) -> OfferClauses:
    """The running clauses for a coupon of the running version, else the ones kept when they were replaced."""
    if coupon.offer_version == offer.version:
        return offer
    return session.get_one(OfferVersion, (coupon.tenant_id, coupon.offer_id, coupon.offer_version))
