"""From a film to a face in steps, each kept until the face is done: a worker that is killed half-way leaves its steps to the next one.

The steps are the best picture with the place of the loop around it, the rigs, and the loop's files.
"""

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.casting.uploads import AROUND, FILM, PICTURE
from avatar_pipeline.cast import Audition, Finding
from avatar_pipeline.cast_film import SeenFilm
from avatar_pipeline.errors import StageRefusal

FILM_GONE: Final = "The film is not there any more. Bring it again."
LOOP_FILM, FILM_LOOP, LOOP_PICTURES = "loop.mp4", "film_loop.mp4", "loop.pictures"


def choose_picture(
    folder: Path, see: Callable[[Path], SeenFilm], *, fetch: Callable[[Path], bool], share: Callable[[Path], None]
) -> tuple[Finding, ...]:
    """Have the best picture of a face's film as its portrait, unless that was done before; what stands in the way, if anything does.

    Raises StageRefusal when there is no film any more, and OSError.
    """
    if fetch(folder / PICTURE) and fetch(folder / AROUND):
        return ()
    if not fetch(folder / FILM):
        raise StageRefusal(FILM_GONE)
    seen = see(folder / FILM)
    if seen.portrait is None:
        return seen.findings
    for name, data in ((PICTURE, seen.portrait), (AROUND, json.dumps([seen.first, seen.last]).encode())):
        coming = folder / f".{name}-{secrets.token_hex(4)}"
        try:
            coming.write_bytes(data)
            coming.replace(folder / name)
        finally:
            coming.unlink(missing_ok=True)
    for name in (PICTURE, AROUND):
        share(folder / name)
    return ()


def add_loop(folder: Path, seen: Audition, write: Callable[..., None], whole: Path, progress: Callable[[float], None]) -> None:
    """Lay the loop's files beside the rigs in `whole`, unless that was done before. Raises FaceNotFollowed, OSError."""
    if not all((whole / name).is_file() for name in (LOOP_FILM, LOOP_PICTURES)):
        first, last = json.loads((folder / AROUND).read_bytes())
        write(folder / FILM, seen, (int(first), int(last)), whole, progress)


@contextmanager
def bench(folder: Path, version: int, *, is_film: bool) -> Iterator[Path]:
    """A folder to make a face in. A picture's is gone afterwards, whatever happened; a film's stays until its face is done."""
    if not is_film:
        with TemporaryDirectory(dir=folder, prefix=".making-") as passing:
            yield Path(passing)
        return
    place = folder / f"steps-{version}"
    place.mkdir(exist_ok=True)
    yield place
    shutil.rmtree(place, ignore_errors=True)
