"""The workers' table: which machines are at work, and what each can do."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Base


class Machine(Base):
    """A worker process that has reported in. Global: a machine works for every shop. A row that is not renewed means nothing."""

    __tablename__ = "machine"
    machine_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text))
    engines: Mapped[list[str]] = mapped_column(ARRAY(Text))
    device: Mapped[str]
    vram_mb: Mapped[int] = mapped_column(BigInteger)
    vram_free_mb: Mapped[int] = mapped_column(BigInteger)
    """What work could have of it when the machine was last heard."""
    stage_address: Mapped[str | None]
    seats: Mapped[int]
    speaking: Mapped[int]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    is_leaving: Mapped[bool]
