"""The studio's tables of greetings that are made in the chat: which film a shop chose for what, and each film a shopper ordered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class Greeting(TenantOwned, Base):
    """The film that an employee makes for an occasion (birthday, thanks, congratulations, any), with its limits of 24 hours.

    A film that is not approved any more makes none until it is again.
    """

    __tablename__ = "greeting"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE")},
    )
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    occasion: Mapped[str] = mapped_column(primary_key=True)
    film_id: Mapped[UUID]
    per_visitor: Mapped[int]
    per_day: Mapped[int]
    kept_days: Mapped[int]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


class GreetingFilm(TenantOwned, Base):
    """A film that a shopper ordered in a talk, once per turn. The name it says stands in its table's row and goes with it.

    `told` is what the talk last heard of it; `over_at` is set when it was erased or its time is over, and its files may go.
    """

    __tablename__ = "greeting_film"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        Index("ix_greeting_film_asked", "tenant_id", "asked_at"),
        Index("ix_greeting_film_open", "tenant_id", postgresql_where=text("told NOT IN ('done', 'failed', 'gone')")),
        Index("ix_greeting_film_expires", "expires_at"),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE", intake="SELECT")},
    )
    turn_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID]
    visitor_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    film_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    render_id: Mapped[UUID]
    headline: Mapped[str]
    told: Mapped[str]
    public_key: Mapped[str | None]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    over_at: Mapped[datetime | None]
