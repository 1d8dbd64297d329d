"""Takes in a film from anybody: measured, kept while it is looked at, and gone afterwards."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, Final

from app.studio.look_apart import look_apart
from avatar_pipeline.provenance import MediaReport

FILM_BYTES_MAX: Final = 100_000_000
CHUNK_BYTES: Final = 1 << 20


class FilmTooLarge(ValueError):
    """More bytes came than one upload may have."""


def look_at_upload(upload: BinaryIO, folder: Path, root: bytes) -> MediaReport:
    """Read an uploaded film by way of `folder`, where nothing is left of it. Raises FilmTooLarge and what `look_apart` raises."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile(dir=folder, prefix="verify-", suffix=".film") as file:
        total = 0
        while piece := upload.read(CHUNK_BYTES):
            total += len(piece)
            if total > FILM_BYTES_MAX:
                raise FilmTooLarge(f"A film may have {FILM_BYTES_MAX} bytes.")
            file.write(piece)
        file.flush()
        return look_apart(Path(file.name), root)
