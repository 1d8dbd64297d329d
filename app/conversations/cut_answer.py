"""Cut a recorded answer to what the shopper heard: to its sentences, and the last of them to its words."""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.errors import TurnUnknown
from app.conversations.tables import Turn
from tenants.database import tenant_of

CUT_MARK: Final = " …"


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


def keep_words_heard(session: Session, *, turn_id: UUID, sentence: int, text: str) -> None:
    """Shorten the last sentence that is kept, number `sentence` from 0, to `text`, the words of it that were heard.

    Anything else changes nothing: a sentence that was dropped stays dropped, and what stands is never made longer. Raises TurnUnknown.
    """
    turn = session.get(Turn, (tenant_of(session), turn_id), with_for_update=True)
    if turn is None:
        raise TurnUnknown(f"No turn {turn_id} is recorded here.")
    sentences = turn.answer.get("sentences", [])
    if text and len(sentences) == sentence + 1 and sentences[sentence]["text"].startswith(text) and sentences[sentence]["text"] != text:
        turn.answer = turn.answer | {"sentences": [*sentences[:sentence], sentences[sentence] | {"text": f"{text}{CUT_MARK}"}]}
