"""Faces of a shop's own, as everybody else meets them: beside the catalogue's when hiring, in the widget, in films.

A face is known by its casting's public id. Its files lie in a folder of that name, so that whoever has the id finds them; who may have
them is asked of the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.casting.tables import Casting
from avatar_pipeline.catalogue import CatalogueFace, face, faces
from avatar_pipeline.errors import StageRefusal
from tenants.database import Database, tenant_of
from tenants.identifiers import PublicIdUnreadable, from_public, to_public

PREFIX: Final = "fce"


@dataclass(frozen=True)
class OwnFace:
    """A face a shop cast. It says of itself what a catalogue's face says; `folder` holds its files.

    `is_person` says that it shows a real person, who may take the consent back.
    """

    face_id: str
    display_name: str
    voice_name: str
    folder: Path
    portrait: str = "A face of your own."
    is_person: bool = False

    @property
    def rig_path(self) -> Path:
        """The small rig that browsers load."""
        return self.folder / "chat.rig"

    @property
    def film_rig_path(self) -> Path:
        """The larger rig for films."""
        return self.folder / "film.rig"

    @property
    def poster_path(self) -> Path:
        """A still picture, WebP."""
        return self.folder / "poster.webp"


AnyFace = CatalogueFace | OwnFace


def face_id_of(casting_id: UUID) -> str:
    """How a casting's face is called wherever a face is named."""
    return to_public(PREFIX, casting_id)


def casting_id_of(face_id: str) -> UUID | None:
    """The casting a face came from; None for a face of the catalogue, or none at all."""
    try:
        return from_public(PREFIX, face_id)
    except PublicIdUnreadable:
        return None


def face_folder(data_folder: Path, face_id: str) -> Path:
    """Where a face's files lie."""
    return data_folder / "faces" / face_id


def made_folder(data_folder: Path, casting_id: UUID, version: int) -> Path:
    """Where the rigs of one making lie; every making has a folder of its own, so that nothing is half one and half the other."""
    return face_folder(data_folder, face_id_of(casting_id)) / f"made-{version}"


def own_faces(session: Session, data_folder: Path) -> list[OwnFace]:
    """The shop's named faces, the newest first."""
    rows = session.scalars(
        select(Casting).where(Casting.tenant_id == tenant_of(session), Casting.state == "named").order_by(Casting.casting_id.desc())
    )
    return [_face(row, data_folder) for row in rows]


def any_faces(session: Session, data_folder: Path) -> list[AnyFace]:
    """Whom the shop can hire: its own faces first, then the catalogue's."""
    return [*own_faces(session, data_folder), *faces()]


def any_face(session: Session, face_id: str, data_folder: Path) -> AnyFace:
    """A face of the catalogue, or one of the shop's own that has been named. Raises StageRefusal."""
    casting_id = casting_id_of(face_id)
    row = session.get(Casting, (tenant_of(session), casting_id)) if casting_id else None
    if row is not None and row.state == "named":
        return _face(row, data_folder)
    return face(face_id)


def is_declared(session: Session, face_id: str) -> bool:
    """Whether the shop declared this face of its own to be drawn, so that it is nobody's likeness."""
    casting_id = casting_id_of(face_id)
    row = session.get(Casting, (tenant_of(session), casting_id)) if casting_id else None
    return row is not None and row.material == "drawn"


def shows_person(session: Session, face_id: str) -> bool:
    """Whether this face was made from the photograph of a real person."""
    casting_id = casting_id_of(face_id)
    row = session.get(Casting, (tenant_of(session), casting_id)) if casting_id else None
    return row is not None and row.material == "photograph"


def is_filmed(session: Session, face_id: str) -> bool:
    """Whether a loop of film belongs to this face of the shop's own."""
    casting_id = casting_id_of(face_id)
    row = session.get(Casting, (tenant_of(session), casting_id)) if casting_id else None
    return row is not None and row.is_film


def shop_of_face(database: Database, face_id: str) -> UUID | None:
    """Which shop a face of a shop's own belongs to; None when there is no such face."""
    casting_id = casting_id_of(face_id)
    if casting_id is None:
        return None
    with database.intake_session() as session:
        return session.scalar(select(Casting.tenant_id).where(Casting.casting_id == casting_id, Casting.state == "named"))


def reserved_prints(session: Session, tenant_id: UUID) -> Mapping[str, NDArray[np.float32]]:
    """The fingerprints of all other shops' finished faces by face id. Asks across shops, so it needs the intake role's session."""
    found = session.execute(
        select(Casting.casting_id, Casting.likeness).where(Casting.tenant_id != tenant_id, Casting.likeness.is_not(None))
    )
    return {face_id_of(row.casting_id): np.frombuffer(row.likeness, np.float32) for row in found if row.likeness}


def _face(row: Casting, data_folder: Path) -> OwnFace:
    folder = made_folder(data_folder, row.casting_id, row.made_version)
    is_person = row.material == "photograph"
    return OwnFace(face_id_of(row.casting_id), row.display_name or "", row.voice_name or "heart", folder, is_person=is_person)


def must_exist(session: Session, face_id: str, data_folder: Path) -> AnyFace:
    """The same as `any_face`, for a face somebody wears already. Raises StageRefusal with what to do."""
    try:
        return any_face(session, face_id, data_folder)
    except StageRefusal:
        raise StageRefusal("The face of this employee is not there any more. Hire with another face.") from None
