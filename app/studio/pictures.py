"""Pictures for walls, cards and logos: opened as carefully as portraits, saved afresh without what a camera wrote into them, kept whole."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.studio.concept_tables import FilmConcept, FilmPicture
from app.studio.errors import FilmRefused, FilmUnknown
from app.studio.picture_names import picture_file, picture_id_of
from app.studio.tables import Film
from avatar_pipeline.scene_picture import PictureUnusable, saved_afresh
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import new_id, to_public

PICTURES_MAX: Final = 200
NAME_LETTERS_MAX: Final = 60


@dataclass(frozen=True)
class PictureView:
    """A picture of the shop; its bytes are fetched apart."""

    picture_id: UUID
    name: str
    width_px: int
    height_px: int
    handed_in_at: datetime


def hand_in_picture(session: Session, *, name: str, content: bytes, by: str, now: datetime) -> UUID:
    """Keep a picture and return its id; the same bytes twice are one. Raises FilmRefused with what to do instead."""
    try:
        body, (width_px, height_px) = saved_afresh(content)
    except PictureUnusable as error:
        raise FilmRefused(str(error)) from error
    sha256, mine = hashlib.sha256(body).digest(), FilmPicture.tenant_id == tenant_of(session)
    known = session.scalar(select(FilmPicture.picture_id).where(mine, FilmPicture.sha256 == sha256))
    if known is not None:
        return known
    if (session.scalar(select(func.count()).select_from(FilmPicture).where(mine)) or 0) >= PICTURES_MAX:
        raise FilmRefused(f"A shop keeps at most {PICTURES_MAX} pictures. Delete one that no film shows any more.")
    plain = "".join(letter for letter in Path(name).stem if letter.isprintable()).strip()[:NAME_LETTERS_MAX]
    row = FilmPicture(
        tenant_id=tenant_of(session), picture_id=new_id(now), name=plain or "picture", body=body, sha256=sha256, width_px=width_px,
        height_px=height_px, handed_in_by=by, handed_in_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    note(session, by, "film.picture_kept", to_public("pic", row.picture_id), {"bytes": len(body)}, now=now)
    return row.picture_id


def pictures(session: Session) -> list[PictureView]:
    """The shop's pictures, the newest first."""
    fields = FilmPicture.picture_id, FilmPicture.name, FilmPicture.width_px, FilmPicture.height_px, FilmPicture.handed_in_at
    mine = FilmPicture.tenant_id == tenant_of(session)
    return [PictureView(*row) for row in session.execute(select(*fields).where(mine).order_by(FilmPicture.picture_id.desc()))]


def picture_body(session: Session, picture_id: UUID) -> bytes:
    """A picture's file, WebP. Raises FilmUnknown."""
    mine = FilmPicture.tenant_id == tenant_of(session), FilmPicture.picture_id == picture_id
    body = session.scalar(select(FilmPicture.body).where(*mine))
    if body is None:
        raise FilmUnknown("There is no such picture.")
    return body


def delete_picture(session: Session, *, picture_id: UUID, by: str, now: datetime) -> None:
    """Delete a picture that nothing shows. Raises FilmRefused with what shows it, FilmUnknown."""
    row = session.get(FilmPicture, (tenant_of(session), picture_id))
    if row is None:
        raise FilmUnknown("There is no such picture.")
    named = session.scalar(select(FilmConcept.name).where(FilmConcept.tenant_id == row.tenant_id, FilmConcept.picture_id == picture_id))
    if named is not None:
        raise FilmRefused(f"It belongs to @{named}. Give that another picture first.")
    shown = [one.title for one in session.scalars(select(Film)) if picture_file(picture_id) in set(_words_of(one.script))]
    if shown:
        raise FilmRefused(f"The film {shown[0]} shows it. Change the film first.")
    session.delete(row)
    session.flush()
    note(session, by, "film.picture_deleted", to_public("pic", picture_id), {}, now=now)


def lay_pictures(session: Session, script: object, folder: Path) -> None:
    """Put every picture that a script shows into `folder`, whole or not at all. Raises FilmRefused, OSError."""
    for name in sorted(set(_words_of(script))):
        picture_id, path = picture_id_of(name), folder / name
        if picture_id is None or path.is_file():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(_body_to_show(session, picture_id))
        part.replace(path)


def _body_to_show(session: Session, picture_id: UUID) -> bytes:
    try:
        return picture_body(session, picture_id)
    except FilmUnknown as error:
        raise FilmRefused("A picture that this film shows is not there any more. Choose another one.") from error


def _words_of(part: Any) -> Iterable[str]:
    if isinstance(part, str):
        return [part]
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [word for one in inner for word in _words_of(one)]
