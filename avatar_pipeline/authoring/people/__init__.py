"""The eight people of the catalogue, one recipe a file. Shapes, origins and face units are names of the head data."""

from __future__ import annotations

from typing import Final

from avatar_pipeline.authoring.people.amara import AMARA
from avatar_pipeline.authoring.people.ingrid import INGRID
from avatar_pipeline.authoring.people.lucia import LUCIA
from avatar_pipeline.authoring.people.mei import MEI
from avatar_pipeline.authoring.people.nadia import NADIA
from avatar_pipeline.authoring.people.ravi import RAVI
from avatar_pipeline.authoring.people.tomas import TOMAS
from avatar_pipeline.authoring.people.walter import WALTER
from avatar_pipeline.authoring.person import Person

PEOPLE: Final[tuple[Person, ...]] = (AMARA, MEI, TOMAS, INGRID, RAVI, WALTER, LUCIA, NADIA)


def person(face_id: str) -> Person:
    """The recipe of that id. Raises KeyError naming the ids there are."""
    for one in PEOPLE:
        if one.face_id == face_id:
            return one
    raise KeyError(f"No recipe is called {face_id!r}; there are: {', '.join(one.face_id for one in PEOPLE)}.")
