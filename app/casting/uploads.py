"""A portrait's or a film's file on its way into the house: judged by its head, written whole or not at all, thrown away when it is over."""

import hashlib
import io
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from app.casting.own_faces import face_folder, face_id_of
from avatar_pipeline.cast_film import check_film
from avatar_pipeline.portrait import FILE_BYTES_MAX, PictureUnusable, check_picture

PICTURE: Final = "portrait"
FILM, AROUND = "film", "around.json"
"""What a film was brought as, and where in it the loop lies."""
CHUNK_BYTES: Final = 1 << 20
FOUND, UPRIGHT, LAYERS = "found.webp", "upright.webp", "layers.webp"


def read_upload(upload: BinaryIO) -> bytes:
    """The bytes of an upload that may become a face, as far as its head tells. Raises PictureUnusable."""
    data = upload.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        raise PictureUnusable(f"The file has more than {FILE_BYTES_MAX // 1_000_000} MB. Save it smaller.")
    check_picture(data)
    return data


@dataclass(frozen=True)
class FileBrought:
    """A file that may become a face, as far as its head tells: where it is read from, its sha256 and size."""

    file: BinaryIO
    sha256: bytes
    size_bytes: int


def read_film(upload: BinaryIO) -> FileBrought:
    """Judge an upload and take its fingerprint, without holding it in memory. Raises FilmUnusable."""
    size_bytes = upload.seek(0, 2)
    upload.seek(0)
    check_film(upload.read(16), size_bytes)
    upload.seek(0)
    digest = hashlib.sha256()
    while piece := upload.read(CHUNK_BYTES):
        digest.update(piece)
    return FileBrought(upload, digest.digest(), size_bytes)


def fingerprint_of(data: bytes) -> bytes:
    """The file's sha256."""
    return hashlib.sha256(data).digest()


def keep_picture(data: bytes, data_folder: Path, casting_id: UUID) -> Path:
    """Write the portrait beside its place and move it in when it is whole. Raises OSError; then all is as it was before."""
    return _keep(io.BytesIO(data), PICTURE, data_folder, casting_id)


def keep_film(film: FileBrought, data_folder: Path, casting_id: UUID) -> Path:
    """The same for a film, copied piece by piece. Raises OSError; then all is as it was before."""
    film.file.seek(0)
    return _keep(film.file, FILM, data_folder, casting_id)


def _keep(source: BinaryIO, name: str, data_folder: Path, casting_id: UUID) -> Path:
    folder = face_folder(data_folder, face_id_of(casting_id))
    unfinished = folder / f".{name}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with unfinished.open("wb") as file:
            shutil.copyfileobj(source, file, CHUNK_BYTES)
        return unfinished.replace(folder / name)
    except OSError:
        unfinished.unlink(missing_ok=True)
        with suppress(OSError):  # a face that has files already keeps them
            folder.rmdir()
        raise


def picture_path(data_folder: Path, casting_id: UUID) -> Path:
    """Where the portrait lies as it was brought."""
    return face_folder(data_folder, face_id_of(casting_id)) / PICTURE


def drop_picture(data_folder: Path, casting_id: UUID) -> list[Path]:
    """Throw the portrait, or the film, and what was drawn of it away; the face stays. Gives what is to be forgotten elsewhere too."""
    folder = face_folder(data_folder, face_id_of(casting_id))
    gone = [folder / name for name in (PICTURE, FILM, AROUND, FOUND, UPRIGHT, LAYERS)]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def drop_drawn(data_folder: Path, casting_id: UUID, *, is_film: bool) -> list[Path]:
    """Throw away what was drawn of a portrait, or chosen of a film, that another one replaced. Gives what is to be forgotten elsewhere."""
    folder = face_folder(data_folder, face_id_of(casting_id))
    gone = [folder / name for name in (FOUND, UPRIGHT, LAYERS, *((PICTURE, AROUND) if is_film else ()))]
    for path in gone:
        path.unlink(missing_ok=True)
    for begun in folder.glob("steps-*"):
        shutil.rmtree(begun, ignore_errors=True)
    return gone


def drop_replaced(data_folder: Path, casting_id: UUID, sha256: bytes, *, is_film: bool) -> None:
    """Throw away what this machine still holds of a picture, or film, that was replaced through another machine."""
    folder = face_folder(data_folder, face_id_of(casting_id))
    brought = folder / (FILM if is_film else PICTURE)
    if not brought.is_file():
        return
    with brought.open("rb") as file:
        is_present = hashlib.file_digest(file, "sha256").digest() == sha256
    if not is_present:
        brought.unlink()
        drop_drawn(data_folder, casting_id, is_film=is_film)


def drop_face(data_folder: Path, casting_id: UUID) -> Path:
    """Throw everything of a face away. Gives the folder, to be forgotten elsewhere too."""
    folder = face_folder(data_folder, face_id_of(casting_id))
    shutil.rmtree(folder, ignore_errors=True)
    return folder
