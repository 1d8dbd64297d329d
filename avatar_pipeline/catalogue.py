"""The faces a shop can hire: who they are, and the files that draw them.

Every face here is invented: made by this project's own authoring code from CC0 head data, no photograph and no likeness
of a living person in it. Each has a small rig for chat, a larger one for films, and a still poster.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from avatar_pipeline.rig.errors import FaceUnknown

_FOLDER: Final = Path(__file__).parent / "faces"
Register = Literal["high", "middle", "low"]


class FilmableFace(Protocol):
    """Whatever a film can be made with: a face of the catalogue, or one that was cast from a portrait."""

    @property
    def film_rig_path(self) -> Path:
        """The rig for films."""


@dataclass(frozen=True)
class CatalogueFace:
    """One entry. `age_years` is the age the person looks; nobody under 18 is ever listed. Paths lead to files of this package.

    `portrait` says in a sentence who a shop would be hiring; `voice_name` and `voice_pace` (a factor on the voice's own speed) say
    which voice fits; `voice_register` says how high it lies.
    """

    face_id: str
    display_name: str
    age_years: int
    portrait: str
    voice_register: Register
    voice_pace: float
    voice_name: str
    licence: str = "Apache-2.0"

    @property
    def rig_path(self) -> Path:
        """The small rig that browsers load."""
        return _FOLDER / f"{self.face_id}.rig"

    @property
    def film_rig_path(self) -> Path:
        """The larger rig for films."""
        return _FOLDER / f"{self.face_id}.film.rig"

    @property
    def poster_path(self) -> Path:
        """A still picture, WebP."""
        return _FOLDER / f"{self.face_id}.webp"


CATALOGUE: Final[tuple[CatalogueFace, ...]] = (
    CatalogueFace("amara", "Amara", 34, "Mid-thirties, warm and quick: the colleague who remembers your name.", "middle", 1.0, "heart"),
    CatalogueFace("tomas", "Tomas", 42, "Early forties, steady and dry: he has fitted a thousand kitchens.", "low", 0.95, "oak"),
    CatalogueFace("mei", "Mei", 29, "Late twenties, calm and exact, with a light touch.", "high", 1.0, "wren"),
    CatalogueFace("ravi", "Ravi", 31, "Early thirties, lively and open: knows every product on the shelf.", "middle", 1.05, "cedar"),
    CatalogueFace("ingrid", "Ingrid", 57, "Late fifties, kind and clear, with decades at the counter.", "middle", 0.95, "sage"),
    CatalogueFace("walter", "Walter", 60, "Around sixty, patient and courteous, never in a hurry.", "low", 0.9, "slate"),
    CatalogueFace("lucia", "Lucia", 25, "Mid-twenties, bright and eager, with new ideas every day.", "high", 1.05, "robin"),
    CatalogueFace("nadia", "Nadia", 38, "Late thirties, poised and to the point.", "middle", 1.0, "willow"),
)


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
