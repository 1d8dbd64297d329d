"""The studio's tables: the works that employees of a shop appear in, their films in scenes, and the renders of these."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned
from tenants.work_line import LongWork


class Work(TenantOwned, Base):
    """A film. `work_id` is what touches, links and royalties carry; `mark_id` is the 48-bit number of the mark in its pictures.

    A row without `finished_at` is a film that was begun; its mark may be in pictures that were never shown.
    """

    __tablename__ = "work"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        UniqueConstraint("tenant_id", "mark_id"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    work_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    title: Mapped[str]
    mark_id: Mapped[int] = mapped_column(BigInteger)
    begun_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None]
    sha256: Mapped[bytes | None]


class Film(TenantOwned, Base):
    """A film in scenes as the shop writes it. `film_id` is its work's id; `script` is tillhand-script/1.

    `state` is draft, approved or published. What is published is one render, whatever the script says since then; `public_key` is the
    last part of its address.
    """

    __tablename__ = "film"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "film_id"], ["work.tenant_id", "work.work_id"]),
        ForeignKeyConstraint(["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]),
        Index("ix_film_changed", "tenant_id", "updated_at"),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE")},
    )
    film_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    title: Mapped[str]
    script: Mapped[dict[str, Any]]
    version: Mapped[int]
    state: Mapped[str]
    target_url: Mapped[str | None]
    link_slug: Mapped[str | None]
    public_key: Mapped[str | None]
    published_render_id: Mapped[UUID | None]
    published_at: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_by: Mapped[str]
    updated_at: Mapped[datetime]


class FilmRender(LongWork, Base):
    """One making of a film's pictures, at half size (`preview`) or whole. `state` is waiting, running, done, failed or cancelled.

    `script` is what was asked for then, `script_sha256` its fingerprint.
    """

    __tablename__ = "film_render"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "film_id"], ["film.tenant_id", "film.film_id"]),
        Index("ix_film_render_due", "asked_at", postgresql_where=text("state IN ('waiting', 'running')")),
        Index("ix_film_render_film", "tenant_id", "film_id", "asked_at"),
        Index("ix_film_render_recent", "tenant_id", "finished_at"),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE", intake="SELECT, UPDATE")},
    )
    render_id: Mapped[UUID] = mapped_column(primary_key=True)
    film_id: Mapped[UUID]
    kind: Mapped[str]
    script: Mapped[dict[str, Any]]
    script_sha256: Mapped[str]
    takes_made: Mapped[int]
    takes_kept: Mapped[int]
    duration_ms: Mapped[int | None]
    asked_by: Mapped[str]
    face_id: Mapped[str | None]
    """The face that was drawn; None before its making began, and for films made before faces could change: then the one that is worn."""
    needs_engine: Mapped[str | None]
    """The engine that draws it on a graphics card; without one any machine makes the film."""
    drawn_by: Mapped[str | None]
    """What drew the mouth in the end: an engine, the rig ("rig"), or the rig for want of a card ("rig_instead")
    or of one that is large enough ("rig_for_memory")."""
    batch_id: Mapped[UUID | None]
    """The table of which it is one row's film; None for the film itself."""
    takes: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    """Its sentences: what each looks like by fingerprint, when it is said, and whether the film before had the same, byte for byte."""


class FilmComment(TenantOwned, Base):
    """What somebody of the shop says about a film before it is approved."""

    __tablename__ = "film_comment"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "film_id"], ["film.tenant_id", "film.film_id"]),
        Index("ix_film_comment_film", "tenant_id", "film_id", "written_at"),
        {"info": access(app="SELECT, INSERT, DELETE")},
    )
    comment_id: Mapped[UUID] = mapped_column(primary_key=True)
    film_id: Mapped[UUID]
    body: Mapped[str]
    version: Mapped[int]
    written_by: Mapped[str]
    written_at: Mapped[datetime]
