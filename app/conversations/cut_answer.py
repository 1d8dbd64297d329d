"""Cut a recorded answer to what the shopper heard: she was stopped after the whole answer had been sent."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.errors import TurnUnknown
from app.conversations.tables import Turn
from tenants.database import tenant_of


def cut_answer(session: Session, *, turn_id: UUID, sentences_heard: int) -> None:
    """Keep the first `sentences_heard` sentences of a recorded answer; coupons stay, for they were really issued.

    A later, higher number changes nothing: what was once not heard is not heard. Raises TurnUnknown.
    """
    turn = session.get(Turn, (tenant_of(session), turn_id), with_for_update=True)
    if turn is None:
        raise TurnUnknown(f"No turn {turn_id} is recorded here.")
    sentences = turn.answer.get("sentences", [])
    if len(sentences) > sentences_heard:
        turn.answer = turn.answer | {"sentences": sentences[:sentences_heard]}
        turn.interrupted_after = sentences_heard
