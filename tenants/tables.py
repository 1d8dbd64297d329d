"""The ground floor's tables: tenants and their people, employees, the directory, and the outbox."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class DirectoryEntry(Base):
    """A public key, connection id or token hash, and the tenant it leads to. Global: it is read before a tenant is known."""

    __tablename__ = "directory"
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    listed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Person(Base):
    """A human who signs in. Global: one person may work for several tenants."""

    __tablename__ = "person"
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    added_at: Mapped[datetime]


class Tenant(TenantOwned, Base):
    """A shop or brand that hires."""

    __tablename__ = "tenant"
    __table_args__ = {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT")}
    name: Mapped[str]
    time_zone: Mapped[str]
    created_at: Mapped[datetime]
    allowed_origins: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{\"origins\": []}'"))
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))


class Membership(TenantOwned, Base):
    """A person's place in a tenant."""

    __tablename__ = "membership"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]), {"info": access(app="SELECT, INSERT, UPDATE")})
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    role: Mapped[str]
    joined_at: Mapped[datetime]


class SignIn(TenantOwned, Base):
    """A signed-in browser: only the token's hash is kept, so a stolen table opens nothing."""

    __tablename__ = "sign_in"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "person_id"], ["membership.tenant_id", "membership.person_id"]),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    sign_in_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    token_sha256: Mapped[str]
    csrf_token: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiKey(TenantOwned, Base):
    """A key for the merchant's own programs. The secret itself is nowhere; its hash is in the directory."""

    __tablename__ = "api_key"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]), {"info": access(app="SELECT, INSERT, UPDATE")})
    api_key_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    last_characters: Mapped[str]
    created_at: Mapped[datetime]


class Employee(TenantOwned, Base):
    """A digital employee: a name, a face, a voice, and the days it is at work."""

    __tablename__ = "employee"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]), {"info": access(app="SELECT, INSERT, UPDATE")})
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    job_title: Mapped[str]
    face_id: Mapped[str]
    voice_id: Mapped[str]
    greeting: Mapped[str]
    brief: Mapped[str]
    widget_key: Mapped[str]
    created_at: Mapped[datetime]
    hired_on: Mapped[date | None]
    contract_id: Mapped[UUID | None]
    retired_at: Mapped[datetime | None]


class OutboxEvent(TenantOwned, Base):
    """Something that happened, announced in the same transaction that made it happen."""

    __tablename__ = "outbox_event"
    __table_args__ = {"info": access(app="SELECT, INSERT", intake="SELECT, INSERT", append_only=True)}
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]


class OutboxDelivery(TenantOwned, Base):
    """One verb that must hear of one event: waiting, done, or set aside after too many tries."""

    __tablename__ = "outbox_delivery"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "event_id"], ["outbox_event.tenant_id", "outbox_event.event_id"]),
        Index("ix_outbox_delivery_due", "next_try_at", postgresql_where=text("state = 'waiting'")),
        {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT, INSERT, UPDATE")},
    )
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    verb: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    attempts: Mapped[int]
    next_try_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
