"""The studio's tables of films for many: a table that was handed in, its rows, and the coupons that films of an offer carry."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class FilmBatch(TenantOwned, Base):
    """A table for a film, of which every row becomes a film of its own. `state` is draft (only looked at) or started.

    `header` and `cells` are the table as it came, an empty line as a row without cells; `header_row` is where the headings stand in the
    file, counted from 1, and `alphabet` the one its letters were guessed to be in. `script` is the film's as it was approved, `columns`
    says which column fills which name.
    """

    __tablename__ = "film_batch"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "film_id"], ["film.tenant_id", "film.film_id"]),
        Index("ix_film_batch_film", "tenant_id", "film_id", "batch_id"),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE")},
    )
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    film_id: Mapped[UUID]
    file_name: Mapped[str]
    state: Mapped[str]
    header: Mapped[list[str]] = mapped_column(JSONB)
    cells: Mapped[list[list[str]]] = mapped_column(JSONB)
    header_row: Mapped[int] = mapped_column(server_default=text("1"))
    alphabet: Mapped[str | None]
    columns: Mapped[dict[str, Any]] = mapped_column(JSONB)
    script: Mapped[dict[str, Any]] = mapped_column(JSONB)
    handed_in_by: Mapped[str]
    handed_in_at: Mapped[datetime]
    started_at: Mapped[datetime | None]


class FilmBatchRow(TenantOwned, Base):
    """One row of a started table: what fills the names, and its render; `problem` says why a row has none.

    `offer_id` is the offer its own code is drawn from when its film is made; `coupon_id` is that code's coupon.
    """

    __tablename__ = "film_batch_row"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "batch_id"], ["film_batch.tenant_id", "film_batch.batch_id"]),
        Index("ix_film_batch_row_render", "tenant_id", "render_id"),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE")},
    )
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    recipient_id: Mapped[UUID]
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)
    problem: Mapped[str | None]
    render_id: Mapped[UUID | None]
    offer_id: Mapped[UUID | None]
    coupon_id: Mapped[UUID | None]


class FilmCoupon(TenantOwned, Base):
    """The one code that a film for everybody shows of an offer; drawn once, and kept when the film is changed."""

    __tablename__ = "film_coupon"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "film_id"], ["work.tenant_id", "work.work_id"]),
        {"info": access(app="SELECT, INSERT")},
    )
    film_id: Mapped[UUID] = mapped_column(primary_key=True)
    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    coupon_id: Mapped[UUID]
    code: Mapped[str]
    drawn_at: Mapped[datetime]
