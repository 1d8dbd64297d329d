"""The ground floor's tables: tenants and their people, employees, the directory, and the outbox."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class DirectoryEntry(Base):
    """A public key, connection id or token hash, and the tenant it leads to. Global: it is read before a tenant is known."""

    __tablename__ = "directory"
    __table_args__ = (Index("ix_directory_member", "subject_id", postgresql_where=text("kind = 'member'")),)
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


class PersonLink(Base):
    """A link that lets its holder set a person's password, once, for an hour. Global: see GLOBAL_TABLES."""

    __tablename__ = "person_link"
    __table_args__ = (ForeignKeyConstraint(["person_id"], ["person.person_id"]),)
    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SecondFactor(Base):
    """A person's authenticator: its sealed secret, and the last thirty-second step whose code was used. Global."""

    __tablename__ = "second_factor"
    __table_args__ = (ForeignKeyConstraint(["person_id"], ["person.person_id"]),)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    secret_sealed: Mapped[bytes]
    enrolled_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """A code on paper that stands in for the authenticator once. Global."""

    __tablename__ = "recovery_code"
    __table_args__ = (ForeignKeyConstraint(["person_id"], ["person.person_id"]),)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    code_sha256: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignUp(Base):
    """A shop that was asked for and whose owner has not opened the mailed link yet. Global: there is no tenant before that."""

    __tablename__ = "sign_up"
    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    shop_name: Mapped[str]
    time_zone: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class MailOutbox(Base):
    """A letter that waits to be sent, was sent, or was given up. Global: some recipients belong to no tenant yet."""

    __tablename__ = "mail_outbox"
    __table_args__ = (Index("ix_mail_outbox_due", "next_try_at", postgresql_where=text("state = 'waiting'")),)
    mail_id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    written_at: Mapped[datetime]
    state: Mapped[str]
    attempts: Mapped[int]
    next_try_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class Tenant(TenantOwned, Base):
    """A shop or brand that hires."""

    __tablename__ = "tenant"
    __table_args__ = {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT")}
    name: Mapped[str]
    time_zone: Mapped[str]
    created_at: Mapped[datetime]
    allowed_origins: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{\"origins\": []}'"))
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    requires_second_factor: Mapped[bool] = mapped_column(server_default=text("false"))
    closed_at: Mapped[datetime | None]


class Membership(TenantOwned, Base):
    """A person's place in a tenant."""

    __tablename__ = "membership"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]), {"info": access(app="SELECT, INSERT, UPDATE")})
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    role: Mapped[str]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    language: Mapped[str | None]
    """What the member reads pages and letters in, once they chose: "en", "zh"."""


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
    device: Mapped[str] = mapped_column(server_default="")
    last_seen_at: Mapped[datetime | None]
    second_step: Mapped[str] = mapped_column(server_default="none")


class Invitation(TenantOwned, Base):
    """Somebody was asked to join by mail. The token's hash is in the directory too, which finds the shop."""

    __tablename__ = "invitation"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "invited_by"], ["membership.tenant_id", "membership.person_id"]),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    invitation_id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    role: Mapped[str]
    token_sha256: Mapped[str]
    invited_by: Mapped[UUID]
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ApiKey(TenantOwned, Base):
    """A key for the merchant's own programs. The secret itself is nowhere; its hash is in the directory."""

    __tablename__ = "api_key"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]), {"info": access(app="SELECT, INSERT, UPDATE")})
    api_key_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    last_characters: Mapped[str]
    created_at: Mapped[datetime]
    first_characters: Mapped[str] = mapped_column(server_default="sk_")
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{coupons.check,coupons.redeem}'"))
    created_by: Mapped[UUID | None]
    last_used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


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
    job_id: Mapped[str | None]
    skills: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    picture_quality: Mapped[str] = mapped_column(server_default="browser")
    """Who draws their mouth: the shopper's "browser", or a "neural" network beside a graphics card."""


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


class AuditLog(TenantOwned, Base):
    """Who changed what in the shop's arrangements, and when. Written once; see tenants/audit.py."""

    __tablename__ = "audit_log"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
