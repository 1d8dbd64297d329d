"""This room's tables: what was taught (document, passage, product) and what was said (conversation, turn, message)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Computed, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.conversations import handover_tables, learning_tables  # noqa: F401 - their tables belong to this room too
from tenants.access import access
from tenants.database import Base, TenantOwned

READ_ADD = access(app="SELECT, INSERT")
READ_ADD_CHANGE = access(app="SELECT, INSERT, UPDATE")


class Document(TenantOwned, Base):
    """One version of a document an employee was taught. Teaching the same name again replaces it and keeps the old version.

    `replaced_at` is null for what is taught now; `removed_at` marks a version that was taken away rather than replaced.
    """

    __tablename__ = "document"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        UniqueConstraint("tenant_id", "employee_id", "name", "version"),
        Index("uq_document_current", "tenant_id", "employee_id", "name", unique=True, postgresql_where=text("replaced_at IS NULL")),
        {"info": READ_ADD_CHANGE},
    )
    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    name: Mapped[str]
    version: Mapped[int]
    media_type: Mapped[str]
    body_sha256: Mapped[str]
    byte_count: Mapped[int]
    warnings: Mapped[dict[str, Any]]
    taught_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    page_count: Mapped[int | None]
    taught_by: Mapped[str | None]


class Passage(TenantOwned, Base):
    """A piece of a document that can be quoted. Never changed: old transcripts cite it after the document was replaced.

    `sentences` is {"sentences": [...]}; `vectors` holds float32 (1 + sentences, 384): the passage first, then each sentence.
    """

    __tablename__ = "passage"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "document_id"], ["document.tenant_id", "document.document_id"]),
        Index("ix_passage_document", "tenant_id", "document_id"),
        {"info": READ_ADD},
    )
    passage_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID]
    position: Mapped[int]
    heading: Mapped[str]
    page: Mapped[int | None]
    sentences: Mapped[dict[str, Any]]
    vectors: Mapped[bytes]


class Product(TenantOwned, Base):
    """One row of a price list as a fact. Price and stock are said from here by template, never paraphrased."""

    __tablename__ = "product"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "passage_id"], ["passage.tenant_id", "passage.passage_id"]),
        {"info": READ_ADD},
    )
    passage_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    category: Mapped[str]
    stock: Mapped[int | None]
    allergens: Mapped[str | None]
    description: Mapped[str]
    url: Mapped[str]
    row_number: Mapped[int]
    unit: Mapped[str] = mapped_column(server_default="")


class Conversation(TenantOwned, Base):
    """A visitor's talk with an employee. `first_answered_at` marks the moment the touch was announced.

    `wanted_at` stands while somebody of the shop is owed to the shopper: they asked for a person, or left a message.
    `flag` repeats what the counting house was told ("bot"), for the list.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        Index("ix_conversation_opened", "tenant_id", "opened_at"),
        Index("ix_conversation_last_turn", "tenant_id", "last_turn_at"),
        Index("ix_conversation_wanted", "tenant_id", "wanted_at", postgresql_where=text("wanted_at IS NOT NULL")),
        {"info": READ_ADD_CHANGE},
    )
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    visitor_id: Mapped[UUID]
    page_url: Mapped[str]
    language: Mapped[str]
    opened_at: Mapped[datetime]
    last_turn_at: Mapped[datetime | None]
    turn_count: Mapped[int]
    first_answered_at: Mapped[datetime | None]
    is_interview: Mapped[bool] = mapped_column(server_default=text("false"))
    wanted_at: Mapped[datetime | None]
    flag: Mapped[str | None]


HAS_COUPON = "jsonb_array_length(coalesce(answer -> 'coupons', '[]')) > 0"
SAID = "lower(question || ' ' || jsonb_path_query_array(answer, '$.sentences[*].text')::text)"


class Turn(TenantOwned, Base):
    """A question and its answer. `answer` is {"sentences", "coupons", "message_wanted"}; `route` is {"steps": [...]}.

    `said` (question and sentences in small letters) is kept by the database, so that searching a large shop reads plain text and no
    record is taken apart. Row-level security lets no index of words be used here: the operators of text search are not leakproof.
    """

    __tablename__ = "turn"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "conversation_id"], ["conversation.tenant_id", "conversation.conversation_id"]),
        UniqueConstraint("tenant_id", "conversation_id", "message_key"),
        UniqueConstraint("tenant_id", "conversation_id", "position"),
        Index("ix_turn_coupon", "tenant_id", "conversation_id", postgresql_where=text(HAS_COUPON)),
        Index("ix_turn_unanswered", "tenant_id", "asked_at", postgresql_where=text("""route @> '{"steps": [{"step": "unknown"}]}'""")),
        {"info": READ_ADD_CHANGE},
    )
    turn_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID]
    message_key: Mapped[str]
    position: Mapped[int]
    question: Mapped[str]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    interrupted_after: Mapped[int | None]
    answer: Mapped[dict[str, Any]]
    route: Mapped[dict[str, Any]]
    cost_micro: Mapped[int] = mapped_column(BigInteger)
    said: Mapped[str | None] = mapped_column(Computed(SAID, persisted=True), deferred=True)


class ShopperMessage(TenantOwned, Base):
    """What a shopper wants the staff to read."""

    __tablename__ = "shopper_message"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "turn_id"], ["turn.tenant_id", "turn.turn_id"]),
        UniqueConstraint("tenant_id", "turn_id"),
        {"info": READ_ADD_CHANGE},
    )
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID]
    turn_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    text: Mapped[str]
    contact: Mapped[str]
    left_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
