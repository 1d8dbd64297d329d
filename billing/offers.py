"""What a tenant lets its employees promise: a discount, to how many visitors, on what, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing.coupons.clauses import (
    COUPONS_MAX_LIMIT,
    OfferTerms,
    check_terms,
    conditions_text,
    discount_text,
    most_of,
    tidy,
    values_of,
)
from billing.coupons.makers import attach_maker
from billing.coupons.purse import lapsed_minor
from billing.coupons.tables import Offer, OfferPurse
from billing.events import PromisesChanged
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import new_id, to_public
from tenants.outbox import announce

__all__ = [
    "COUPONS_MAX_LIMIT",
    "OfferTerms",
    "OfferView",
    "active_offers",
    "create_offer",
    "discount_text",
    "first_offer_name",
    "offer_names",
]


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


def create_offer(
    session: Session, *, employee_id: UUID, offer: OfferTerms, now: datetime, more_employee_ids: Sequence[UUID] = (), by: str | None = None
) -> UUID:
    """Set an offer for one employee or several and return its id; raises OfferRefused. `by` goes into the audit log."""
    check_terms(offer)
    offer, offer_id, tenant_id = tidy(offer), new_id(now), tenant_of(session)
    session.add(
        Offer(
            tenant_id=tenant_id, offer_id=offer_id, employee_id=employee_id, employee_ids=[employee_id, *more_employee_ids],
            version=1, coupons_max=offer.coupons_max, per_visitor_max=offer.per_visitor_max, issued_count=0, draws_codes=offer.draws_codes,
            codes_left=0, codes_low=offer.codes_low, created_at=now, **values_of(offer),
        )
    )  # fmt: skip
    session.flush()
    if offer.budget_minor is not None:
        session.add(OfferPurse(tenant_id=tenant_id, offer_id=offer_id, budget_minor=offer.budget_minor, promised_minor=0))
    attach_maker(session, offer_id, offer, now)
    if by is not None:
        note(session, by, "offer.made", to_public("off", offer_id), {"name": offer.name}, now=now)
    announce(session, PromisesChanged(offer_id, (employee_id, *more_employee_ids)), now=now)
    return offer_id


def first_offer_name(session: Session, *, now: datetime) -> str | None:
    """The newest offer's name, of those not over yet if there is one; None before the first offer."""
    is_over = or_(Offer.ended_at.is_not(None), Offer.ends_at <= now)
    query = select(Offer.name).where(Offer.tenant_id == tenant_of(session))
    return session.scalar(query.order_by(is_over, Offer.offer_id.desc()).limit(1))


def offer_names(session: Session) -> dict[UUID, str]:
    """What each offer is called."""
    rows = session.execute(select(Offer.offer_id, Offer.name).where(Offer.tenant_id == tenant_of(session)))
    return {row.offer_id: row.name for row in rows}


def active_offers(session: Session, employee_id: UUID, now: datetime) -> list[OfferView]:
    """The offers this employee may make now, oldest first; paused ones, and those with nothing left to give, are left out.

    Money that lapsed coupons hold is counted as promised here; the next coupon asked for frees it.
    """
    purse_of = (OfferPurse.tenant_id == Offer.tenant_id) & (OfferPurse.offer_id == Offer.offer_id)
    query = select(Offer, OfferPurse).outerjoin(OfferPurse, purse_of).where(
        Offer.tenant_id == tenant_of(session), or_(Offer.employee_id == employee_id, Offer.employee_ids.contains([employee_id])),
        Offer.starts_at <= now, Offer.ends_at > now, Offer.issued_count < Offer.coupons_max,
        Offer.paused_at.is_(None), Offer.ended_at.is_(None), or_(Offer.draws_codes.is_(False), Offer.codes_left > 0),
    )  # fmt: skip
    rows = session.execute(query.order_by(Offer.offer_id)).all()
    return [_view(offer) for offer, purse in rows if purse is None or _has_money(session, offer, purse, now)]


def _has_money(session: Session, offer: Offer, purse: OfferPurse, now: datetime) -> bool:
    free_minor = purse.budget_minor - purse.promised_minor
    return free_minor >= most_of(offer) or free_minor + lapsed_minor(session, offer, now) >= most_of(offer)


def _view(offer: Offer) -> OfferView:
    remaining = offer.coupons_max - offer.issued_count
    return OfferView(
        offer.offer_id, offer.name, offer.percent_ppm, offer.amount_minor, offer.currency, offer.minimum_minor,
        tuple(offer.product_words["words"]), min(remaining, offer.codes_left) if offer.draws_codes else remaining, offer.ends_at,
        conditions_text(offer),
    )  # fmt: skip
