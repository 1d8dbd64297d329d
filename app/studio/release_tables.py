"""The studio's table of inspections: what was found when a finished film was watched and heard again, try by try."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class FilmInspection(TenantOwned, Base):
    """One inspection of one render in full size. `checks` are its matters with outcome, figures and how; kept when the film goes."""

    __tablename__ = "film_inspection"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "film_id"], ["work.tenant_id", "work.work_id"]),
        Index("ix_film_inspection_render", "tenant_id", "render_id", "try_number"),
        {"info": access(app="SELECT, INSERT")},
    )
    inspection_id: Mapped[UUID] = mapped_column(primary_key=True)
    film_id: Mapped[UUID]
    render_id: Mapped[UUID]
    try_number: Mapped[int]
    has_passed: Mapped[bool]
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    inspected_at: Mapped[datetime]
