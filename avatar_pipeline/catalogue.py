"""The faces a shop can hire: who they are, and the files that draw them.

Every face here is invented: made by this project's own authoring code from CC0 head data, no photograph and no likeness
of a living person in it. Each has a small rig for chat, a larger one for films where there is one, and a still poster.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from avatar_pipeline.rig.errors import FaceUnknown

_FOLDER: Final = Path(__file__).parent / "faces"


@dataclass(frozen=True)
class CatalogueFace:
    """One entry. `age_years` is the age she looks; nobody under 18 is ever listed. Paths lead to files of this package."""

    face_id: str
    display_name: str
    age_years: int
    licence: str
    rig_path: Path
    film_rig_path: Path
    poster_path: Path


def _entry(face_id: str, display_name: str, age_years: int) -> CatalogueFace:
    film = _FOLDER / f"{face_id}.film.rig"
    chat = _FOLDER / f"{face_id}.rig"
    return CatalogueFace(face_id, display_name, age_years, "Apache-2.0", chat, film, _FOLDER / f"{face_id}.webp")


CATALOGUE: Final[tuple[CatalogueFace, ...]] = (_entry("amara", "Amara", 34),)


def faces() -> tuple[CatalogueFace, ...]:
    """All faces, in the order a shop should see them."""
    return CATALOGUE


def face(face_id: str) -> CatalogueFace:
    """The face of that id. Raises `FaceUnknown` with the ids there are."""
    for entry in CATALOGUE:
        if entry.face_id == face_id:
            return entry
    known = ", ".join(entry.face_id for entry in CATALOGUE)
    raise FaceUnknown(f"No face is called {face_id!r}; there are: {known}.")
