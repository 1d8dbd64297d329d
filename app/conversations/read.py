"""Look at what was said: the list of conversations, one transcript with its evidence, and the memory a new turn starts from."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.errors import ConversationUnknown, TurnUnknown
from app.conversations.handover_tables import Handover, PersonMessage
from app.conversations.memory.transcript import past_turn, route_from_json
from app.conversations.tables import Conversation, Document, Passage, ShopperMessage, Turn
from app.conversations.thoughts import OfferedCoupon, PastTurn, Routed, Said
from tenants.database import tenant_of

HISTORY_TURNS_MAX = 12
"""Earlier turns the mind looks back on."""
PAGE_MAX = 200


@dataclass(frozen=True)
class ConversationLine:
    """One line of the list of conversations."""

    conversation_id: UUID
    employee_id: UUID
    visitor_id: UUID
    page_url: str
    language: str
    opened_at: datetime
    last_turn_at: datetime | None
    turn_count: int
    first_question: str
    is_answered: bool


@dataclass(frozen=True)
class TurnView:
    """One turn with its evidence: sentences and the passages they cite, coupons, route and cost (millionths of the account's unit)."""

    turn_id: UUID
    position: int
    question: str
    asked_at: datetime
    answered_at: datetime | None
    interrupted_after: int | None
    said: tuple[Said, ...]
    coupons: tuple[OfferedCoupon, ...]
    route: tuple[Routed, ...]
    cost_micro: int
    message: str | None


@dataclass(frozen=True)
class PersonMessageView:
    """What a person of the shop wrote to the shopper, and under which name."""

    message_id: UUID
    person_id: UUID
    shown_name: str
    text: str
    written_at: datetime


@dataclass(frozen=True)
class HandoverView:
    """A stretch of the conversation held by a person; `returned_why` is handed_back, relieved or absent."""

    handover_id: UUID
    person_id: UUID
    shown_name: str
    taken_at: datetime
    returned_at: datetime | None
    returned_why: str | None


@dataclass(frozen=True)
class Entry:
    """One thing of a transcript in the order of time; `kind` names which of the views it is: turn, person, taken or returned."""

    at: datetime
    kind: str
    turn: TurnView | None = None
    message: PersonMessageView | None = None
    handover: HandoverView | None = None


@dataclass(frozen=True)
class Transcript:
    """A whole conversation: what was asked and answered, what people of the shop wrote, and who held it when.

    `wanted_at` stands while a person is owed to the shopper, `flag` is "bot" when it was held with a machine.
    """

    line: ConversationLine
    turns: tuple[TurnView, ...]
    messages: tuple[PersonMessageView, ...] = ()
    handovers: tuple[HandoverView, ...] = ()
    wanted_at: datetime | None = None
    flag: str | None = None

    @property
    def entries(self) -> list[Entry]:
        """Everything in the order of time."""
        found = [Entry(one.asked_at, "turn", turn=one) for one in self.turns]
        found += [Entry(one.written_at, "person", message=one) for one in self.messages]
        found += [Entry(one.taken_at, "taken", handover=one) for one in self.handovers]
        found += [Entry(one.returned_at, "returned", handover=one) for one in self.handovers if one.returned_at is not None]
        return sorted(found, key=lambda one: one.at)


@dataclass(frozen=True)
class PassageView:
    """A passage as the dashboard shows it beside the sentence that quotes it; `is_current` is false once the document was replaced."""

    passage_id: UUID
    document_name: str
    document_version: int
    heading: str
    sentences: tuple[str, ...]
    is_current: bool
    page: int | None = None


def conversations(session: Session, *, limit: int = 50, before: datetime | None = None) -> list[ConversationLine]:
    """List conversations, newest first, at most `limit`; `before` continues after the last `opened_at` of the page before."""
    wanted = (
        select(Conversation).where(~Conversation.is_interview).order_by(Conversation.opened_at.desc(), Conversation.conversation_id.desc())
    )
    if before is not None:
        wanted = wanted.where(Conversation.opened_at < before)
    rows = session.scalars(wanted.limit(min(limit, PAGE_MAX))).all()
    first = select(Turn.conversation_id, Turn.question).where(
        Turn.conversation_id.in_([row.conversation_id for row in rows]), Turn.position == 1
    )
    questions = {row.conversation_id: row.question for row in session.execute(first)}
    return [_line(row, questions.get(row.conversation_id, "")) for row in rows]


def conversation_page(session: Session, *, after: UUID | None, limit: int) -> list[ConversationLine]:
    """Conversations by the sequence they were opened in, the newest first; `after` continues after one. First questions are left out."""
    wanted = select(Conversation).where(Conversation.tenant_id == tenant_of(session), ~Conversation.is_interview)
    if after is not None:
        wanted = wanted.where(Conversation.conversation_id < after)
    return [_line(row, "") for row in session.scalars(wanted.order_by(Conversation.conversation_id.desc()).limit(limit))]


def conversation(session: Session, conversation_id: UUID) -> Transcript:
    """Read one transcript with everything that explains it; raises ConversationUnknown."""
    row = session.get(Conversation, (tenant_of(session), conversation_id))
    if row is None:
        raise ConversationUnknown(f"No conversation {conversation_id} is recorded here.")
    turns = session.scalars(select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.position)).all()
    left = select(ShopperMessage.turn_id, ShopperMessage.text).where(ShopperMessage.conversation_id == conversation_id)
    messages = {message.turn_id: message.text for message in session.execute(left)}
    views = tuple(_turn_view(turn, messages.get(turn.turn_id)) for turn in turns)
    line = _line(row, views[0].question if views else "")
    people, held = _person_messages(session, conversation_id), _handovers(session, conversation_id)
    return Transcript(line, views, people, held, row.wanted_at, row.flag)


def conversation_of_turn(session: Session, turn_id: UUID) -> UUID:
    """Return the conversation a turn belongs to; raises TurnUnknown."""
    turn = session.get(Turn, (tenant_of(session), turn_id))
    if turn is None:
        raise TurnUnknown(f"No turn {turn_id} is recorded here.")
    return turn.conversation_id


def question_of(session: Session, turn_id: UUID) -> str:
    """Return a turn's question as it is kept (plain, bounded, card numbers masked); raises TurnUnknown."""
    turn = session.get(Turn, (tenant_of(session), turn_id))
    if turn is None:
        raise TurnUnknown(f"No turn {turn_id} is recorded here.")
    return turn.question


def history(session: Session, *, conversation_id: UUID, before_turn: UUID | None = None) -> tuple[PastTurn, ...]:
    """Return the last answered turns, oldest first, as `think` wants them; `before_turn` leaves the present turn out.

    What a person of the shop wrote is among them, under their name: an employee who takes up again knows what was said.
    """
    wanted = select(Turn).where(Turn.conversation_id == conversation_id, Turn.answered_at.is_not(None))
    if before_turn is not None:
        wanted = wanted.where(Turn.turn_id != before_turn)
    turns = session.scalars(wanted.order_by(Turn.position.desc()).limit(HISTORY_TURNS_MAX)).all()
    own = [(turn.asked_at, past_turn(turn.question, turn.answer, turn.route)) for turn in turns]
    people = [
        (one.written_at, PastTurn("", tuple(Said(line) for line in one.text.splitlines()), by_person=one.shown_name))
        for one in _person_messages(session, conversation_id)
    ]
    return tuple(past for _at, past in sorted(own + people, key=lambda one: one[0])[-HISTORY_TURNS_MAX:])


def passage(session: Session, passage_id: UUID) -> PassageView | None:
    """Read a cited passage, also one of an older version of its document; None when there is none."""
    row = session.get(Passage, (tenant_of(session), passage_id))
    if row is None:
        return None
    document = session.get_one(Document, (tenant_of(session), row.document_id))
    sentences = tuple(row.sentences["sentences"])
    return PassageView(passage_id, document.name, document.version, row.heading, sentences, document.replaced_at is None, row.page)


def _person_messages(session: Session, conversation_id: UUID) -> tuple[PersonMessageView, ...]:
    wanted = select(PersonMessage).where(PersonMessage.conversation_id == conversation_id)
    rows = session.scalars(wanted.order_by(PersonMessage.written_at, PersonMessage.message_id))
    return tuple(PersonMessageView(row.message_id, row.person_id, row.shown_name, row.text, row.written_at) for row in rows)


def _handovers(session: Session, conversation_id: UUID) -> tuple[HandoverView, ...]:
    wanted = select(Handover).where(Handover.conversation_id == conversation_id).order_by(Handover.taken_at, Handover.handover_id)
    return tuple(
        HandoverView(row.handover_id, row.person_id, row.shown_name, row.taken_at, row.returned_at, row.returned_why)
        for row in session.scalars(wanted)
    )


def _line(row: Conversation, first_question: str) -> ConversationLine:
    return ConversationLine(
        conversation_id=row.conversation_id,
        employee_id=row.employee_id,
        visitor_id=row.visitor_id,
        page_url=row.page_url,
        language=row.language,
        opened_at=row.opened_at,
        last_turn_at=row.last_turn_at,
        turn_count=row.turn_count,
        first_question=first_question,
        is_answered=row.first_answered_at is not None,
    )


def _turn_view(turn: Turn, message: str | None) -> TurnView:
    past = past_turn(turn.question, turn.answer, turn.route)
    return TurnView(
        turn_id=turn.turn_id,
        position=turn.position,
        question=turn.question,
        asked_at=turn.asked_at,
        answered_at=turn.answered_at,
        interrupted_after=turn.interrupted_after,
        said=past.said,
        coupons=past.coupons,
        route=route_from_json(turn.route),
        cost_micro=turn.cost_micro,
        message=message,
    )
