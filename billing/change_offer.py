"""Changes, pauses, resumes and ends an offer. Coupons handed out before keep the terms and the days they were given with."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.coupons.clauses import CLAUSE_NAMES, OfferTerms, check_terms, is_same, tidy, values_of
from billing.coupons.makers import change_maker, drop_codes
from billing.coupons.purse import lock_purse
from billing.coupons.tables import Offer, OfferVersion
from billing.errors import OfferChanged, OfferRefused, OfferUnknown
from billing.events import PromisesChanged
from billing.money import format_amount
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import to_public
from tenants.outbox import announce


def change_offer(
    session: Session, *, offer_id: UUID, offer: OfferTerms, employee_ids: Sequence[UUID], seen_version: int, now: datetime, by: str
) -> int:
    """Give an offer other terms and return its version. Clauses that changed make a new version; limits apply at once and make none.

    `seen_version` is the version the change was written on. Raises OfferUnknown, OfferChanged when another change came between, and
    OfferRefused when the terms contradict themselves, what was handed out already, or touch what must stay: the currency of
    coupons handed out, where codes come from, and whether there is a budget.
    """
    check_terms(offer)
    terms, row = tidy(offer), lock_offer(session, offer_id)
    if row.version != seen_version or row.ended_at is not None:
        raise OfferChanged("The offer was changed or ended meanwhile. Look at it again, then repeat your change.")
    if not employee_ids:
        raise OfferRefused("Choose at least one employee who may hand it out.", "employees")
    _check_kept(row, terms)
    _change_budget(session, row, terms)
    change_maker(session, row, terms, now)
    if not is_same(row, terms):
        drop_codes(session, row, now)
        _keep_version(session, row, now)
        for name, value in values_of(terms).items():
            setattr(row, name, value)
        row.version += 1
    concerned = tuple(dict.fromkeys((*_sellers(row), *employee_ids)))  # also whoever may hand it out no longer
    row.employee_id, row.employee_ids = employee_ids[0], list(employee_ids)
    row.coupons_max, row.per_visitor_max, row.codes_low, row.changed_at = terms.coupons_max, terms.per_visitor_max, terms.codes_low, now
    note(session, by, "offer.changed", to_public("off", offer_id), {"name": row.name, "version": row.version}, now=now)
    announce(session, PromisesChanged(offer_id, concerned), now=now)
    return row.version


def pause_offer(session: Session, *, offer_id: UUID, now: datetime, by: str) -> None:
    """Hand out no more coupons for now. Harmless when it is paused already; raises OfferUnknown, OfferRefused after its end."""
    row = _running(session, offer_id)
    if row.paused_at is None:
        row.paused_at = now
        note(session, by, "offer.paused", to_public("off", offer_id), {"name": row.name}, now=now)
        announce(session, PromisesChanged(offer_id, _sellers(row)), now=now)


def resume_offer(session: Session, *, offer_id: UUID, now: datetime, by: str) -> None:
    """Hand out coupons again. Harmless when it is not paused; raises OfferUnknown, OfferRefused after its end."""
    row = _running(session, offer_id)
    if row.paused_at is not None:
        row.paused_at = None
        note(session, by, "offer.resumed", to_public("off", offer_id), {"name": row.name}, now=now)
        announce(session, PromisesChanged(offer_id, _sellers(row)), now=now)


def end_offer(session: Session, *, offer_id: UUID, now: datetime, by: str) -> None:
    """End an offer for good; coupons handed out stay good until their own day. Harmless when it has ended; raises OfferUnknown."""
    row = lock_offer(session, offer_id)
    if row.ended_at is None:
        row.ended_at = now
        drop_codes(session, row, now)
        note(session, by, "offer.ended", to_public("off", offer_id), {"name": row.name}, now=now)
        announce(session, PromisesChanged(offer_id, _sellers(row)), now=now)


def lock_offer(session: Session, offer_id: UUID) -> Offer:
    """Lock an offer's row and read it afresh; raises OfferUnknown."""
    row = session.get(Offer, (tenant_of(session), offer_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise OfferUnknown("There is no such offer.")
    return row


def _running(session: Session, offer_id: UUID) -> Offer:
    row = lock_offer(session, offer_id)
    if row.ended_at is not None:
        raise OfferRefused("The offer has ended; make a new one.")
    return row


def _sellers(row: Offer) -> tuple[UUID, ...]:
    """Who may hand it out; an offer of the first days names one only."""
    return tuple(row.employee_ids or (row.employee_id,))


def _check_kept(row: Offer, terms: OfferTerms) -> None:
    faults = (
        (
            "coupons_max", row.issued_count > terms.coupons_max,
            f"{row.issued_count} coupons have been handed out already; the limit cannot lie below.",
        ),
        (
            "currency", row.issued_count > 0 and row.currency != terms.currency,
            "Coupons in the old currency have been handed out; make a new offer.",
        ),
        ("draws_codes", row.draws_codes != terms.draws_codes, "Where the codes come from stays as it was; make a new offer."),
    )  # fmt: skip
    for about, is_wrong, sentence in faults:
        if is_wrong:
            raise OfferRefused(sentence, about)


def _change_budget(session: Session, row: Offer, terms: OfferTerms) -> None:
    purse = lock_purse(session, row.tenant_id, row.offer_id)
    if (purse is None) != (terms.budget_minor is None):
        sentence = "An offer keeps its budget, or stays without one; its amount may change. Otherwise make a new offer."
        raise OfferRefused(sentence, "budget_minor")
    if purse is None or terms.budget_minor is None:
        return
    if terms.budget_minor < purse.promised_minor:
        promised = format_amount(purse.promised_minor, row.currency)
        raise OfferRefused(f"{promised} {row.currency} are spent or promised already; the budget cannot lie below.", "budget_minor")
    purse.budget_minor = terms.budget_minor


def _keep_version(session: Session, row: Offer, now: datetime) -> None:
    kept = {name: getattr(row, name) for name in (*CLAUSE_NAMES, "product_words")}
    session.add(OfferVersion(tenant_id=row.tenant_id, offer_id=row.offer_id, version=row.version, replaced_at=now, **kept))
