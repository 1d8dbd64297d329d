"""A coupon was used at the till: the shopper's panel shows it, if it is still open, and the shop's page hears of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.speaking import wire
from app.speaking.stream import append, events_with_code, lock_stream


def tell_redeemed(session: Session, *, conversation_id: UUID, code: str, now: datetime) -> None:
    """Write it on the conversation's line, once. Nothing happens when the code was never shown there; raises ConversationUnknown."""
    stream = lock_stream(session, conversation_id)
    events = events_with_code(session, conversation_id=conversation_id, code=code)
    if events and all(event.kind != "offer:redeemed" for event in events):
        append(session, stream, events[0].turn_id, [wire.offer_redeemed(code)], now)
