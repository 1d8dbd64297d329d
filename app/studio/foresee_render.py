"""Before a changed film is made: which of its sentences would be made again, held against the last render of that size.

Where a card would draw it, that is with the weights of the last time: which ones it has now, it tells when it has the film in hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.casting.own_faces import must_exist
from app.speaking.pronunciations import own_sayings, with_sayings
from app.studio.choose_engine import engine_for
from app.studio.errors import StudioError
from app.studio.films import film
from app.studio.pictures import lay_pictures
from app.studio.renders import SCALES, Kind, newest_done, pictures_folder, renders_of, script_to_make
from app.studio.tables import Work
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.foresee import Cast, ForeseenTake, foresee
from avatar_pipeline.shoot import read_script
from avatar_pipeline.voice import Voice
from tenants.database import tenant_of
from tenants.employee import employee_view

NOT_YET: Final = "drawn by a card for the first time"


@dataclass(frozen=True)
class Foreseen:
    """The sentences of a film as it would be made now, in that size."""

    kind: Kind
    takes: tuple[ForeseenTake, ...]

    @property
    def new_count(self) -> int:
        """How many are made again."""
        return sum(not take.is_kept for take in self.takes)


def foreseen(
    session: Session, *, film_id: UUID, kind: Kind, data_folder: Path, voice: Callable[[str], Voice], now: datetime
) -> Foreseen | None:
    """What making the film in that size would draw again; None while there is nothing to hold it against. Raises FilmUnknown."""
    before = newest_done(renders_of(session, film_id), kind=kind)
    if before is None or not before.shot:
        return None
    one = film(session, film_id)
    who, folder = employee_view(session, one.employee_id), pictures_folder(data_folder, tenant_of(session))
    mark_id = session.get_one(Work, (tenant_of(session), film_id)).mark_id
    try:
        document = script_to_make(session, film_id)
        lay_pictures(session, document, folder)
        script = read_script(document, folder, scale=SCALES[kind])
        known = {take.key: take.duration_s for take in before.shot}
        speaker = with_sayings(voice(who.voice_id), own_sayings(session))
        mouth = (before.shot[0].mouth or NOT_YET) if engine_for(session, one.employee_id, now) else ""
        cast = Cast(must_exist(session, who.face_id, data_folder), speaker, mark_id, mouth)
        return Foreseen(kind, tuple(foresee(script, cast, known)))
    except (StageRefusal, StudioError, OSError):
        return None  # whatever stands in its way is told when it is made
