"""Where the widget was seen, the secret with which a shop signs who its visitors are, and what a shop's page told about a conversation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class WidgetSighting(TenantOwned, Base):
    """A page's origin that asked for an employee. Those that were refused are kept too: usually somebody forgot to allow them."""

    __tablename__ = "widget_sighting"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE")},
    )
    origin: Mapped[str] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_allowed: Mapped[bool]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class VisitorSecret(TenantOwned, Base):
    """A secret the shop's server signs visitors' identity with, sealed under a key of the house. Two may be in force at a change."""

    __tablename__ = "visitor_secret"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]), {"info": access(app="SELECT, INSERT, UPDATE")})
    secret_id: Mapped[UUID] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    last_characters: Mapped[str]
    made_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class KnownVisitor(TenantOwned, Base):
    """A visitor whom the shop's own server vouched for. The customer is a hash only this shop's ids lead to."""

    __tablename__ = "known_visitor"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
        Index("ix_known_visitor_customer", "tenant_id", "customer_hash"),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE")},
    )
    visitor_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_hash: Mapped[str]
    verified_at: Mapped[datetime]


class PageHappening(TenantOwned, Base):
    """Something the shop's page told about a conversation: what the shopper looks at (context), did (track), or was told (say)."""

    __tablename__ = "page_happening"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "conversation_id"], ["conversation.tenant_id", "conversation.conversation_id"]),
        {"info": access(app="SELECT, INSERT, DELETE")},
    )
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    happening_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    facts: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
