"""Powers for trying things out: the employee sees the offers a shopper would be given, but nothing is issued, kept or counted."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.conversations.thoughts import AvailableOffer, OfferedCoupon, Powers
from billing.offers import OfferView, active_offers
from tenants.database import Database
from tenants.employee import employee_view

SAMPLE_CODE: Final = "SAMPLE-CODE"
SAMPLE_DAYS: Final = 7


def rehearsal_powers(database: Database, clock: Callable[[], datetime]) -> Callable[[UUID, UUID], Powers]:
    """Give what makes the powers of one employee of one shop: `powers(tenant_id, employee_id)`."""

    def powers(tenant_id: UUID, employee_id: UUID) -> Powers:
        def open_now() -> list[OfferView]:
            with database.tenant_session(tenant_id) as session:
                if not employee_view(session, employee_id).can("coupons"):
                    return []
                return active_offers(session, employee_id, clock())

        def offers() -> Sequence[AvailableOffer]:
            return open_now()

        def sample(offer_id: UUID, _turn_id: UUID) -> OfferedCoupon | None:
            offer = next((one for one in open_now() if one.offer_id == offer_id), None)
            if offer is None:
                return None
            return OfferedCoupon(SAMPLE_CODE, offer.name, offer.terms_text, clock() + timedelta(days=SAMPLE_DAYS))

        return Powers(offers, sample, _keep_nothing)

    return powers


def _keep_nothing(_turn_id: UUID, _text: str) -> None:
    """A rehearsal leaves no message."""
