"""The studio's tables of what scripts may call by name: concepts, and the pictures that were handed in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class FilmPicture(TenantOwned, Base):
    """A picture for walls, cards and logos, checked and saved afresh as WebP. It is kept in the database: whole, or not at all."""

    __tablename__ = "film_picture"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sha256"),
        Index("ix_film_picture_newest", "tenant_id", "picture_id"),
        {"info": access(app="SELECT, INSERT, DELETE")},
    )
    picture_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    body: Mapped[bytes]
    sha256: Mapped[bytes]
    width_px: Mapped[int]
    height_px: Mapped[int]
    handed_in_by: Mapped[str]
    handed_in_at: Mapped[datetime]


class FilmConcept(TenantOwned, Base):
    """What a script may call by its name with an @ before it. `kind` is person, product, logo, place or phrase.

    `title` is how it is written in a picture, `say` how it is said; `detail` is a price or what stands beneath a name.
    """

    __tablename__ = "film_concept"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        ForeignKeyConstraint(["tenant_id", "picture_id"], ["film_picture.tenant_id", "film_picture.picture_id"]),
        {"info": access(app="SELECT, INSERT, UPDATE, DELETE")},
    )
    concept_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    say: Mapped[str]
    detail: Mapped[str]
    note: Mapped[str]
    picture_id: Mapped[UUID | None]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]
