"""What happened in a conversation, as other rooms hear of it through the outbox (app/flows.py says who)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class TouchHappened:
    """An employee touched a shopper. `kind` is "conversation": the first question of a conversation was answered."""

    touch_id: UUID
    occurred_at: datetime
    kind: str
    employee_id: UUID
    visitor_id: UUID | None = None
    conversation_id: UUID | None = None
    turn_id: UUID | None = None
    coupon_id: UUID | None = None
    link_id: UUID | None = None
    work_id: UUID | None = None


@dataclass(frozen=True)
class MessageLeft:
    """A shopper left a message for the staff. Its text stays in this room; the event says only how long it is."""

    message_id: UUID
    conversation_id: UUID
    turn_id: UUID
    employee_id: UUID
    text_length: int


@dataclass(frozen=True)
class DocumentHandedIn:
    """A document waits to be read. The announcement wakes the worker; the upload's own row is the work (teach_work.py)."""

    upload_id: UUID
    employee_id: UUID
    kind: str
    byte_count: int


@dataclass(frozen=True)
class KnowledgeChanged:
    """A document was taught, removed or brought back. `change` is one of these words."""

    document_id: UUID
    employee_id: UUID
    change: str


@dataclass(frozen=True)
class ExaminationAsked:
    """An employee's golden questions shall be asked. The examination's own row is the work (golden_run.py)."""

    run_id: UUID
    employee_id: UUID
