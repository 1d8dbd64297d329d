"""Casting's table: every portrait that was brought, how far it is, what was seen in it, and the face that came of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base
from tenants.work_line import LongWork


class Casting(LongWork, Base):
    """One portrait on its way to a face. `casting_id` names the face too, for films, chat and consents.

    `material` is drawn or photograph, `is_film` says that it moves; `declared_by` said so. `state` is awaiting_consent, waiting, running,
    stopped, failed, refused, made or named. `drags` are the handles as they were dragged, `seen` is what the page needs to know of the
    picture, `likeness` the fingerprint that keeps other shops from casting the same face.
    """

    __tablename__ = "casting"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
        Index("ix_casting_due", "asked_at", postgresql_where=text("state IN ('waiting', 'running')")),
        Index("ix_casting_id", "casting_id"),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE", intake="SELECT, UPDATE")},
    )
    casting_id: Mapped[UUID] = mapped_column(primary_key=True)
    material: Mapped[str]
    is_film: Mapped[bool]
    declared_by: Mapped[str]
    brought_at: Mapped[datetime]
    picture_sha256: Mapped[bytes]
    picture_bytes: Mapped[int]
    picture_dropped_at: Mapped[datetime | None]
    drags: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    seen: Mapped[dict[str, Any]]
    likeness: Mapped[bytes | None] = mapped_column(LargeBinary)
    nearest: Mapped[dict[str, Any]]
    made_version: Mapped[int]
    display_name: Mapped[str | None]
    voice_name: Mapped[str | None]
    named_at: Mapped[datetime | None]
