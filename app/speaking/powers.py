"""What an employee may do beyond speaking, bound to one visitor and one conversation, out of any text's reach.

Each power opens a transaction of its own and translates the counting house's refusals: the mind hears "no", never an error.
They block, and run in the thread that thinks.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.conversations.presence import somebody_is_there
from app.conversations.record import leave_message
from app.conversations.thoughts import AvailableOffer, OfferedCoupon, Powers
from app.speaking.turns import Errand
from billing.errors import CouponRefused, OfferUnknown
from billing.issue_coupon import issue_coupon
from billing.offers import active_offers
from tenants.database import Database
from tenants.employee import employee_view

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EmployeePowers:
    """The powers of one errand. `issued` remembers which coupon has which code, for the wire."""

    database: Database
    clock: Callable[[], datetime]
    errand: Errand
    issued: dict[str, UUID] = field(default_factory=dict)

    def as_powers(self) -> Powers:
        """Give the callables the mind receives."""
        return Powers(self.offers, self.issue_coupon, self.leave_message, self.person_is_there)

    def offers(self) -> Sequence[AvailableOffer]:
        """The offers this employee may make now."""
        if self.errand.is_interview:
            return ()  # an interview hands out nothing
        with self.database.tenant_session(self.errand.tenant_id) as session:
            if not employee_view(session, self.errand.employee_id).can("coupons"):
                return ()
            return active_offers(session, self.errand.employee_id, self.clock())

    def issue_coupon(self, offer_id: UUID, turn_id: UUID) -> OfferedCoupon | None:
        """Hand out a coupon, or return the one this visitor already has; None when the counting house refuses."""
        errand = self.errand
        try:
            with self.database.tenant_session(errand.tenant_id) as session:
                coupon = issue_coupon(
                    session,
                    offer_id=offer_id,
                    visitor_id=errand.visitor_id,
                    conversation_id=errand.conversation_id,
                    turn_id=turn_id,
                    now=self.clock(),
                    employee_id=errand.employee_id,
                )
        except (CouponRefused, OfferUnknown) as refusal:
            log.info("a coupon was refused", extra={"offer_id": str(offer_id), "reason": type(refusal).__name__})
            return None
        self.issued[coupon.code] = coupon.coupon_id
        return OfferedCoupon(coupon.code, coupon.offer_name, coupon.terms_text, coupon.expires_at)

    def leave_message(self, turn_id: UUID, text: str) -> None:
        """Keep a message for the staff."""
        with self.database.tenant_session(self.errand.tenant_id) as session:
            leave_message(session, turn_id=turn_id, text=text, now=self.clock())

    def person_is_there(self) -> bool:
        """Whether a member of the shop is looking at the conversations now."""
        with self.database.tenant_session(self.errand.tenant_id) as session:
            return somebody_is_there(session, now=self.clock())
