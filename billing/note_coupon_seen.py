"""Notes that a shopper saw a coupon, once: the second step between handing out and using."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from billing.coupons.codes import normal_code
from billing.coupons.tables import Coupon
from tenants.database import tenant_of


def note_coupon_seen(session: Session, *, conversation_id: UUID, code: str, now: datetime) -> bool:
    """Note the first time a coupon of this conversation was shown; say whether this was it.

    A visitor may be given an earlier conversation's coupon again; only the conversation that handed it out tells here.
    """
    this = Coupon.tenant_id == tenant_of(session), Coupon.conversation_id == conversation_id, Coupon.seen_at.is_(None)
    spelled = or_(Coupon.code == normal_code(code[:40]), Coupon.typed == code)
    return session.scalar(update(Coupon).where(*this, spelled).values(seen_at=now).returning(Coupon.coupon_id)) is not None
