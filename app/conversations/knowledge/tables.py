"""The school's tables: what waits to be read, the questions an employee is examined with, and how each examination went."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned
from tenants.work_line import InLine

CLAIMED_ACROSS_SHOPS = access(app="SELECT, INSERT, UPDATE", intake="SELECT, UPDATE")


class Upload(InLine, Base):
    """A document that was handed in. `state` is waiting, reading, learning, taught, refused or dismissed (a refusal that was put away).

    `done_count` of `whole_count` pages were read, or passages learned.
    """

    __tablename__ = "upload"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        Index("ix_upload_due", "sent_at", postgresql_where=text("state IN ('waiting', 'reading', 'learning')")),
        Index("ix_upload_employee", "tenant_id", "employee_id", "sent_at"),
        {"info": CLAIMED_ACROSS_SHOPS},
    )
    upload_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    name: Mapped[str]
    media_type: Mapped[str]
    body_sha256: Mapped[str]
    byte_count: Mapped[int]
    sent_by: Mapped[str]
    sent_at: Mapped[datetime]
    done_count: Mapped[int]
    whole_count: Mapped[int]
    document_id: Mapped[UUID | None]
    problem: Mapped[str | None]


class UploadBody(TenantOwned, Base):
    """The bytes of an upload, until they are read; then they are deleted, for what was understood is kept."""

    __tablename__ = "upload_body"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "upload_id"], ["upload.tenant_id", "upload.upload_id"]),
        {"info": access(app="SELECT, INSERT, DELETE", operator="")},
    )
    upload_id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[bytes]


class GoldenQuestion(TenantOwned, Base):
    """A question with what a right answer must hold. `facts` is {"facts": [...]}; none means: they must say that they do not know."""

    __tablename__ = "golden_question"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        Index("ix_golden_question_employee", "tenant_id", "employee_id"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    question: Mapped[str]
    facts: Mapped[dict[str, Any]]
    added_by: Mapped[str]
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class GoldenRun(InLine, Base):
    """One examination: every golden question asked once. `state` is waiting, running, done or given_up."""

    __tablename__ = "golden_run"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        Index("ix_golden_run_due", "asked_at", postgresql_where=text("state IN ('waiting', 'running')")),
        Index("ix_golden_run_employee", "tenant_id", "employee_id", "asked_at"),
        {"info": CLAIMED_ACROSS_SHOPS},
    )
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    knowledge_version: Mapped[str | None]
    done_count: Mapped[int]
    question_count: Mapped[int]
    passed_count: Mapped[int]
    cost_micro: Mapped[int] = mapped_column(BigInteger)


class GoldenAnswer(TenantOwned, Base):
    """What they answered to one golden question in one examination. `answer` is as in a turn; `missing` is {"facts": [...]}."""

    __tablename__ = "golden_answer"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "run_id"], ["golden_run.tenant_id", "golden_run.run_id"]),
        ForeignKeyConstraint(["tenant_id", "question_id"], ["golden_question.tenant_id", "golden_question.question_id"]),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    question: Mapped[str]
    has_passed: Mapped[bool]
    missing: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any]]
    route: Mapped[dict[str, Any]]
    duration_us: Mapped[int] = mapped_column(BigInteger)
