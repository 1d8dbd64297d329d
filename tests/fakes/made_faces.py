"""A face of a shop's own that was made a moment ago: the row and its files, laid down without the seconds of making."""

import shutil
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from fakes.portraits import catalogue_portrait
from sqlalchemy.orm import Session

from app.casting.castings import Brought, begin_casting
from app.casting.own_faces import face_folder, face_id_of, made_folder
from app.casting.tables import Casting
from app.casting.uploads import FOUND, LAYERS, UPRIGHT, fingerprint_of, keep_picture
from avatar_pipeline.adjust import handles_of, layers_of, limits_of
from avatar_pipeline.cast import Audition, audition
from avatar_pipeline.cast_film import LOOP_PX
from avatar_pipeline.catalogue import face
from avatar_pipeline.neural import rig_face
from avatar_pipeline.portrait import layers_sheet, upright, write_webp
from avatar_pipeline.stages.loop_files import write_loop_film, write_loop_pictures
from tenants.database import tenant_of


@cache
def seen(face_id: str) -> Audition:
    """What is seen in the house's own portrait."""
    return audition(catalogue_portrait(face_id))


def lay_made_face(session: Session, data_folder: Path, now: datetime, face_id: str = "nadia") -> UUID:
    """A casting that waits for its name, from a drawn portrait."""
    picture, looked_at = catalogue_portrait(face_id), seen(face_id)
    casting_id = begin_casting(session, Brought("drawn", fingerprint_of(picture), len(picture)), by="worker", now=now)
    keep_picture(picture, data_folder, casting_id)
    folder, made, own = face_folder(data_folder, face_id_of(casting_id)), made_folder(data_folder, casting_id, 1), face(face_id)
    made.mkdir()
    for path, name in ((own.rig_path, "chat.rig"), (own.film_rig_path, "film.rig"), (own.poster_path, "poster.webp")):
        shutil.copyfile(path, made / name)
    shown, scale = upright(looked_at)
    write_webp(shown, folder / UPRIGHT)
    write_webp(looked_at.found, folder / FOUND)
    write_webp(layers_sheet(layers_of(looked_at), scale), folder / LAYERS)
    size = looked_at.picture.pixels.shape
    row = session.get_one(Casting, (tenant_of(session), casting_id))
    told: dict[str, Any] = {"width": size[1], "height": size[0], "scale": scale}
    row.seen = told | {"handles": handles_of(looked_at), "limits": limits_of(looked_at)}
    row.findings = [{"code": one.code, "is_refusal": one.is_refusal, "advice": one.advice} for one in looked_at.findings]
    row.state, row.progress_percent, row.made_version, row.finished_at, row.tries = "made", 100, 1, now, 1
    row.nearest = {"face_id": "amara", "percent": 12, "is_theirs": False}
    session.flush()
    return casting_id


def lay_filmed_face(session: Session, data_folder: Path, now: datetime, *, face_id: str = "amara", frames: int = 40) -> UUID:
    """The same from a film: the house's own head as it listens, so many pictures of it there and back. It waits for its name."""
    casting_id = lay_made_face(session, data_folder, now, face_id)
    made = made_folder(data_folder, casting_id, 1)
    pictures = list(islice(rig_face(made / "film.rig", LOOP_PX).pictures(), frames))
    write_loop_film(pictures, made / "loop.mp4")
    write_loop_pictures(pictures, made / "loop.pictures")
    row = session.get_one(Casting, (tenant_of(session), casting_id))
    row.is_film, row.nearest = True, {}
    session.flush()
    return casting_id
