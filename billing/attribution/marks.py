"""Who and what does not count: buyers of the house, and conversations held with machines. Of several marks the latest stands."""

from collections.abc import Collection
from typing import cast
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from billing.attribution.evidence import Insider
from billing.attribution.tables import ConversationFlag, InsiderRow
from tenants.database import tenant_of


def insiders(session: Session, *, visitor_ids: Collection[UUID], customers: Collection[str]) -> dict[UUID | str, Insider]:
    """Those of the visitors and customers who are of the house, each with what they are, in one query."""
    query = (
        select(InsiderRow.visitor_id, InsiderRow.customer, InsiderRow.who)
        .where(
            InsiderRow.tenant_id == tenant_of(session),
            or_(InsiderRow.visitor_id.in_(visitor_ids), InsiderRow.customer.in_(customers)),
        )
        .ext(distinct_on(InsiderRow.visitor_id, InsiderRow.customer))
        .order_by(InsiderRow.visitor_id, InsiderRow.customer, InsiderRow.marked_at.desc(), InsiderRow.mark_id.desc())
    )
    found: dict[UUID | str, Insider] = {}
    for visitor_id, customer, who in session.execute(query):
        buyer = visitor_id if visitor_id is not None else cast(str, customer)  # the table keeps exactly one of the two
        if who != "nobody":
            found[buyer] = cast(Insider, who)
    return found


def bot_conversations(session: Session, conversation_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the conversations that were held with a machine, in one query."""
    query = (
        select(ConversationFlag.conversation_id, ConversationFlag.flag)
        .where(ConversationFlag.tenant_id == tenant_of(session), ConversationFlag.conversation_id.in_(conversation_ids))
        .ext(distinct_on(ConversationFlag.conversation_id))
        .order_by(ConversationFlag.conversation_id, ConversationFlag.flagged_at.desc(), ConversationFlag.flag_id.desc())
    )
    return frozenset(conversation_id for conversation_id, flag in session.execute(query) if flag == "bot")
