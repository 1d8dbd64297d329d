"""What a film carries with it: its id, who made it, the label the law asks for, and who signs it at the end."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from avatar_pipeline.trust.mark import draw_film_id

COMMENT: Final = "The person in this film is not real: face and voice were made by AI."
IS_MADE_BY_AI: Final = "1"
FIELD_CHARACTERS_MAX: Final = 200


class Signer(Protocol):
    """Signs a finished file; nothing may touch a byte of it afterwards."""

    def sign(self, source: Path, target: Path, papers: FilmPapers) -> None:
        """Write `source`, signed, to `target`. Raises FilmNotSigned."""


@dataclass(frozen=True)
class FilmPapers:
    """A film's papers. `producer` is the house that makes it; `produce_id` is what that house calls it, else the film's id."""

    film_id: int = field(default_factory=draw_film_id)
    producer: str = "Tillhand"
    produce_id: str | None = None
    signer: Signer | None = None

    @property
    def name(self) -> str:
        """The film's id as people see it."""
        return film_name(self.film_id)

    @property
    def metadata(self) -> dict[str, str]:
        """What is written into the container: the implicit label of GB 45438-2025, all seven of its fields, and a sentence."""
        label = {
            "Label": IS_MADE_BY_AI,
            "ContentProducer": self.producer[:FIELD_CHARACTERS_MAX],
            "ProduceID": (self.produce_id or self.name)[:FIELD_CHARACTERS_MAX],
            "ReservedCode1": self.name,
            "ContentPropagator": "",
            "PropagateID": "",
            "ReservedCode2": "",
        }
        return {"AIGC": json.dumps(label, ensure_ascii=False), "comment": COMMENT}


def film_name(film_id: int) -> str:
    """An id of 48 bits as it is printed: film-0123456789ab."""
    return f"film-{film_id:012x}"
