"""Personal cards of a talk: how many one visitor has had today, and what stood on one. The name on it is in the talk's own rows only."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.conversations.thoughts import PersonalCard
from app.speaking import wire
from app.speaking.errors import CardNotOfConversation
from app.speaking.tables import TalkEvent, TalkStream
from tenants.database import tenant_of

CARDS_PER_VISITOR_MAX: Final = 5
CARDS_PER_SHOP_MAX: Final = 500
"""Of the last 24 hours each. A card takes a tenth of a second to draw and nothing to keep."""


def may_make_card(session: Session, *, visitor_id: UUID, turn_id: UUID, now: datetime) -> bool:
    """Whether this visitor, and this shop, may have another card made in this turn. A turn that is answered once more counts once."""
    made = select(func.count()).select_from(TalkEvent).where(
        TalkEvent.kind == "card", TalkEvent.recorded_at > now - timedelta(days=1), TalkEvent.turn_id != turn_id,
    )  # fmt: skip
    if (session.scalar(made) or 0) >= CARDS_PER_SHOP_MAX:
        return False
    theirs = made.join(TalkStream, TalkStream.conversation_id == TalkEvent.conversation_id).where(TalkStream.visitor_id == visitor_id)
    return (session.scalar(theirs) or 0) < CARDS_PER_VISITOR_MAX


def card_of_turn(session: Session, *, conversation_id: UUID, turn_id: UUID) -> PersonalCard:
    """What stands on the card made in a turn; raises CardNotOfConversation."""
    wanted = select(TalkEvent.payload).where(
        TalkEvent.conversation_id == conversation_id, TalkEvent.turn_id == turn_id, TalkEvent.kind == "card",
    )  # fmt: skip
    payload = session.scalar(wanted)
    if payload is None:
        raise CardNotOfConversation("No card was made in this turn of this conversation.")
    return wire.card_of(payload)


def language_of_talk(session: Session, *, conversation_id: UUID) -> str:
    """The language the panel was opened in."""
    return session.get_one(TalkStream, (tenant_of(session), conversation_id)).language
