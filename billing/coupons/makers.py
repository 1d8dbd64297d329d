"""Which system makes an offer's codes: chosen with the offer, and looked at whenever its terms change."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from billing.connectors.code_makers import cannot_promise
from billing.connectors.tables import ConnectionToken
from billing.coupons.clauses import OfferTerms
from billing.coupons.pool import withdraw_codes
from billing.coupons.tables import Offer, OfferMaker
from billing.errors import OfferRefused
from billing.inbox.tables import MerchantConnection
from tenants.database import tenant_of


def attach_maker(session: Session, offer_id: UUID, terms: OfferTerms, now: datetime) -> None:
    """Let the codes of a new offer be made where its terms say, if they say so. Raises OfferRefused with a sentence."""
    if terms.made_in is None:
        return
    check_maker(session, terms.made_in, terms)
    session.add(
        OfferMaker(
            tenant_id=tenant_of(session), offer_id=offer_id, connection_id=terms.made_in, ready_count=terms.codes_ready, attempts=0,
            next_try_at=now, reason=None, failing_since=None,
        )
    )  # fmt: skip
    session.flush()


def change_maker(session: Session, offer: Offer, terms: OfferTerms, now: datetime) -> None:
    """Follow a change of an offer; what was given up for a fault is tried again. Raises OfferRefused where the system would change."""
    maker = session.get(OfferMaker, (offer.tenant_id, offer.offer_id), with_for_update=True, populate_existing=True)
    if (maker.connection_id if maker else None) != terms.made_in:
        raise OfferRefused("Where the codes come from stays as it was; make a new offer.", "draws_codes")
    if maker is not None:
        check_maker(session, maker.connection_id, terms)
        maker.ready_count, maker.attempts, maker.next_try_at = terms.codes_ready, 0, now


def drop_codes(session: Session, offer: Offer, now: datetime) -> None:
    """Codes made under terms that no longer run, or for an offer that ended, are handed to nobody; the worker ends them at the till."""
    if session.get(OfferMaker, (offer.tenant_id, offer.offer_id)) is not None:
        withdraw_codes(session, offer, now)


def check_maker(session: Session, connection_id: UUID, terms: OfferTerms) -> None:
    """Raise OfferRefused unless the connection's system can be told to make codes that keep these terms."""
    key = tenant_of(session), connection_id
    connection = session.get(MerchantConnection, key)
    if connection is None or connection.removed_at is not None:
        raise OfferRefused("Choose the connection in whose system the codes are made.", "made_in")
    fault = cannot_promise(connection.kind, terms)
    if fault is not None:
        about, sentence = fault
        raise OfferRefused(sentence, about)
    if session.get(ConnectionToken, key) is None:
        raise OfferRefused("The connection has no access to the other system, so no code can be made there. Give it one.", "made_in")
