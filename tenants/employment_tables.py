"""What becomes of an employee at work: notes that are kept, leaves; and who looks and sounds how, across all shops.

The two tables of likenesses are global: that two shops' employees are never confusable can only be known across shops. The app reaches
them through the functions of tenants/likeness_access.py, which never say which shop holds what.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class EmploymentNote(TenantOwned, Base):
    """A review, or the verdict on a probation: a day, a kind, a person's words. Written once."""

    __tablename__ = "employment_note"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        Index("ix_employment_note_employee", "tenant_id", "employee_id"),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    kind: Mapped[str]
    effective_on: Mapped[date]
    words: Mapped[str]
    written_by: Mapped[str]
    recorded_at: Mapped[datetime]


class EmployeeLeave(TenantOwned, Base):
    """Days off, the first and the last included, and who steps in. One that was called off stays on record."""

    __tablename__ = "employee_leave"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        ForeignKeyConstraint(["tenant_id", "stand_in_id"], ["employee.tenant_id", "employee.employee_id"]),
        Index("ix_employee_leave_employee", "tenant_id", "employee_id"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    leave_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    stand_in_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    called_off_at: Mapped[datetime | None]


class Reservation(Base):
    """A face, a voice and a name held by one shop's employee in one market. Global: see GLOBAL_TABLES."""

    __tablename__ = "reservation"
    __table_args__ = (
        Index("ix_reservation_likeness", "face_id", "voice_id", "name_skeleton", postgresql_where=text("released_at IS NULL")),
    )
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    market: Mapped[str]
    face_id: Mapped[str]
    voice_id: Mapped[str]
    name: Mapped[str]
    name_skeleton: Mapped[str]
    held_since: Mapped[datetime]
    held_until: Mapped[datetime | None]
    released_at: Mapped[datetime | None]


class LikenessRequest(Base):
    """One shop asks another whether a confusable employee may work beside theirs; asked once, answered once. Global."""

    __tablename__ = "likeness_request"
    __table_args__ = (Index("ix_likeness_request_holding", "holding_tenant_id"), Index("ix_likeness_request_asking", "asking_tenant_id"))
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    asking_tenant_id: Mapped[UUID]
    holding_tenant_id: Mapped[UUID]
    holding_employee_id: Mapped[UUID]
    market: Mapped[str]
    name: Mapped[str]
    name_skeleton: Mapped[str]
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    is_accepted: Mapped[bool | None]
