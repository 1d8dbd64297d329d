"""The table of what serving took, one row for each answer and each making of a film."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class ServiceCost(TenantOwned, Base):
    """What one answer (`turn`) or one making of a film (`film`) took. Work that was done again is added: it was paid for again."""

    __tablename__ = "service_cost"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        Index("ix_service_cost_happened", "happened_at"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    cause_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    happened_at: Mapped[datetime]
    gpu_ms: Mapped[int] = mapped_column(BigInteger)
    cpu_ms: Mapped[int] = mapped_column(BigInteger)
    characters: Mapped[int] = mapped_column(BigInteger)
    tokens: Mapped[int] = mapped_column(BigInteger)
