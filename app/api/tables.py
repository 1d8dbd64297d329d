"""Answers kept for repeated requests, so that a program that asks twice is answered twice and served once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class KeptAnswer(TenantOwned, Base):
    """The first answer under one Idempotency-Key of one endpoint; without a status the first request is still being worked on."""

    __tablename__ = "kept_answer"
    __table_args__ = (
        Index("ix_kept_answer_started", "tenant_id", "started_at"),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE", operator="")},
    )
    endpoint: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    started_at: Mapped[datetime]
    attempt_id: Mapped[UUID]
    status: Mapped[int | None]
    media_type: Mapped[str | None]
    body: Mapped[bytes | None]
