"""A portrait's file on its way into the house: judged by its head, written whole or not at all, and thrown away when it is over."""

import hashlib
import secrets
import shutil
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from app.casting.own_faces import face_folder, face_id_of
from avatar_pipeline.portrait import FILE_BYTES_MAX, PictureUnusable, check_picture

PICTURE: Final = "portrait"
FOUND, UPRIGHT, LAYERS = "found.webp", "upright.webp", "layers.webp"


def read_upload(upload: BinaryIO) -> bytes:
    """The bytes of an upload that may become a face, as far as its head tells. Raises PictureUnusable."""
    data = upload.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        raise PictureUnusable(f"The file has more than {FILE_BYTES_MAX // 1_000_000} MB. Save it smaller.")
    check_picture(data)
    return data


def fingerprint_of(data: bytes) -> bytes:
    """The file's sha256."""
    return hashlib.sha256(data).digest()


def keep_picture(data: bytes, data_folder: Path, casting_id: UUID) -> Path:
    """Write the portrait beside its place and move it in when it is whole. Raises OSError; then nothing is left of it."""
    folder = face_folder(data_folder, face_id_of(casting_id))
    unfinished = folder / f".{PICTURE}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished.write_bytes(data)
        return unfinished.replace(folder / PICTURE)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def picture_path(data_folder: Path, casting_id: UUID) -> Path:
    """Where the portrait lies as it was brought."""
    return face_folder(data_folder, face_id_of(casting_id)) / PICTURE


def drop_picture(data_folder: Path, casting_id: UUID) -> list[Path]:
    """Throw the portrait and what was drawn of it away; the face stays. Gives what is to be forgotten elsewhere too."""
    folder = face_folder(data_folder, face_id_of(casting_id))
    gone = [folder / name for name in (PICTURE, FOUND, UPRIGHT, LAYERS)]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def drop_face(data_folder: Path, casting_id: UUID) -> Path:
    """Throw everything of a face away. Gives the folder, to be forgotten elsewhere too."""
    folder = face_folder(data_folder, face_id_of(casting_id))
    shutil.rmtree(folder, ignore_errors=True)
    return folder
