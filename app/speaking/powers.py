"""What an employee may do beyond speaking, bound to one visitor and one conversation, out of any text's reach.

Each power opens a transaction of its own and translates the counting house's refusals: the mind hears "no", never an error.
They block, and run in the thread that thinks.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import SystemRandom
from typing import Any
from uuid import UUID

from app.conversations.call_own_skill import call_own_skill
from app.conversations.choose_offers import choose_offer
from app.conversations.errors import SkillUnknown
from app.conversations.own_skills import skill_call
from app.conversations.presence import somebody_is_there
from app.conversations.record import leave_message
from app.conversations.remember import Fact, forget_visitor, refuse_memory, remember_facts
from app.conversations.thoughts import AvailableOffer, FilmRefusal, FilmWish, OfferedCoupon, Powers
from app.dashboard.language import said, speaking
from app.installation.identity import remembered_as
from app.speaking.cards import may_make_card
from app.speaking.turns import Errand
from app.studio.errors import FilmRefused
from app.studio.greeting_films import Ordered, ShopHadEnough, VisitorHadEnough, forget_greetings, order_greeting
from app.studio.greetings import ready_occasions
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
        verbs = self.offers, self.issue_coupon, self.leave_message, self.person_is_there, self.call_skill
        return Powers(
            *verbs, *self._memory_powers(), choose_offer=self.choose_offer, makes_cards=self._can("cards"),
            may_make_card=self.may_make_card, film_occasions=self._film_occasions(), order_film=self.order_film,
        )  # fmt: skip

    def may_make_card(self, turn_id: UUID) -> bool:
        """Whether this visitor may have another personal card today."""
        with self.database.tenant_session(self.errand.tenant_id) as session:
            return may_make_card(session, visitor_id=self.errand.visitor_id, turn_id=turn_id, now=self.clock())

    def _film_occasions(self) -> tuple[str, ...]:
        """What the shop has greeting films for; an interview has none made."""
        if self.errand.is_interview:
            return ()
        with self.database.tenant_session(self.errand.tenant_id) as session:
            return ready_occasions(session, self.errand.employee_id)

    def order_film(self, wish: FilmWish, headline: str, turn_id: UUID) -> FilmRefusal | None:
        """Put a greeting film in line; why not, where it is refused."""
        errand = self.errand
        ids = errand.employee_id, errand.conversation_id, turn_id, errand.visitor_id
        try:
            with self.database.tenant_session(errand.tenant_id) as session:
                order_greeting(session, Ordered(*ids, wish.occasion, wish.name, headline), now=self.clock())
        except VisitorHadEnough:
            return FilmRefusal.YOURS
        except ShopHadEnough:
            return FilmRefusal.FULL
        except FilmRefused as refusal:
            log.info("a greeting film was refused", extra={"reason": type(refusal).__name__})
            return FilmRefusal.UNMADE
        return None

    def _can(self, skill: str) -> bool:
        with self.database.tenant_session(self.errand.tenant_id) as session:
            return employee_view(session, self.errand.employee_id).can(skill)

    def offers(self) -> Sequence[AvailableOffer]:
        """The offers this employee may make now."""
        if self.errand.is_interview:
            return ()  # an interview hands out nothing
        with self.database.tenant_session(self.errand.tenant_id) as session:
            if not employee_view(session, self.errand.employee_id).can("coupons"):
                return ()
            return active_offers(session, self.errand.employee_id, self.clock())

    def choose_offer(self, offers: Sequence[AvailableOffer]) -> AvailableOffer:
        """One of several that fit this visitor alike, by what each brought before."""
        errand = self.errand
        with self.database.tenant_session(errand.tenant_id) as session:
            known = {one.offer_id: one for one in offers}
            who = {"employee_id": errand.employee_id, "visitor_id": remembered_as(session, errand.visitor_id)}
            return known[choose_offer(session, list(known), **who, now=self.clock(), random=SystemRandom())]

    def issue_coupon(self, offer_id: UUID, turn_id: UUID) -> OfferedCoupon | None:
        """Hand out a coupon, or return the one this visitor already has, its terms in the talk's language; None when it is refused."""
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
        with speaking(errand.language):
            return OfferedCoupon(coupon.code, coupon.offer_name, said(coupon.terms_text), coupon.expires_at)

    def leave_message(self, turn_id: UUID, text: str) -> None:
        """Keep a message for the staff."""
        with self.database.tenant_session(self.errand.tenant_id) as session:
            leave_message(session, turn_id=turn_id, text=text, now=self.clock())

    def person_is_there(self) -> bool:
        """Whether a member of the shop is looking at the conversations now."""
        with self.database.tenant_session(self.errand.tenant_id) as session:
            return somebody_is_there(session, now=self.clock())

    def call_skill(self, skill_id: UUID, turn_id: UUID, values: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Ask the shop's own system; None when it could not be asked. No transaction is open meanwhile."""
        try:
            with self.database.tenant_session(self.errand.tenant_id) as session:
                call = skill_call(session, skill_id=skill_id)
        except SkillUnknown:
            return None  # taken away a moment ago
        outcome = call_own_skill(call, values, turn_id=turn_id, is_trial=False, now=self.clock())
        if outcome.fields is None:
            log.info("a shop's own skill failed", extra={"skill_id": str(skill_id), "status": outcome.status})
        return outcome.fields

    def _memory_powers(self) -> tuple[Callable[[Sequence[Fact], UUID, str | None], bool], Callable[[str], None], Callable[[], None]]:
        """Remember, keep a refusal, forget: of the visitor in front of them alone. An interview remembers nothing."""
        return self.remember, self.refuse_memory, self.forget_visitor

    def remember(self, facts: Sequence[Fact], turn_id: UUID, consent_sentence: str | None) -> bool:
        """Keep what the visitor agreed to."""
        if self.errand.is_interview:
            return False
        with self.database.tenant_session(self.errand.tenant_id) as session:
            visitor_id, now = remembered_as(session, self.errand.visitor_id), self.clock()
            return remember_facts(session, facts, visitor_id=visitor_id, turn_id=turn_id, consent_sentence=consent_sentence, now=now)

    def refuse_memory(self, sentence: str) -> None:
        """Keep that the visitor does not want it."""
        with self.database.tenant_session(self.errand.tenant_id) as session:
            refuse_memory(session, visitor_id=remembered_as(session, self.errand.visitor_id), sentence=sentence, now=self.clock())

    def forget_visitor(self) -> None:
        """Erase what is remembered: under the browser's own name and under the one the shop vouched for."""
        with self.database.tenant_session(self.errand.tenant_id) as session:
            for visitor_id in {self.errand.visitor_id, remembered_as(session, self.errand.visitor_id)}:
                forget_visitor(session, visitor_id=visitor_id)
                forget_greetings(session, visitor_id=visitor_id, now=self.clock())
