"""The films worker's second kind of work: faces made of portraits, and portraits thrown away that nobody finished.

A face takes seconds where a film takes minutes, so it has a round of its own and does not wait behind one.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from app.settings import Settings
from app.wiring import media_store
from app.worker.rounds import Round
from tenants.database import Database

if TYPE_CHECKING:
    from app.casting.make_faces import Workshop

CAST_FACES, FORGET_PORTRAITS = "tillhand.cast_faces", "tillhand.forget_portraits"
LOOK_EVERY_SECONDS: Final = 1
HOUR_SECONDS: Final = 3600


def castings_rounds(settings: Settings, is_closing: Callable[[], bool] = lambda: False) -> tuple[Round, ...]:
    """The two rounds; the theatre is loaded when the first of them comes."""

    def make(database: Database, clock: Callable[[], datetime]) -> int:
        from app.casting.make_faces import cast_next

        return 0 if is_closing() else cast_next(workshop_of(settings, database, clock, is_closing))

    def forget(database: Database, clock: Callable[[], datetime]) -> int:
        from app.casting.make_faces import forget_unfinished

        forget_unfinished(workshop_of(settings, database, clock, is_closing))
        return 0

    return Round(CAST_FACES, LOOK_EVERY_SECONDS, make), Round(FORGET_PORTRAITS, HOUR_SECONDS, forget)


def workshop_of(settings: Settings, database: Database, clock: Callable[[], datetime], is_closing: Callable[[], bool]) -> "Workshop":
    """Wire the workshop: consents are asked of the studio, files reach other machines through the media store."""
    from app.casting.make_faces import Workshop
    from app.studio.likeness import must_be_covered

    store = media_store(settings)
    folder = settings.data_folder.resolve()
    return Workshop(database, folder, clock, must_be_covered, is_closing, store.keep, store.at_hand, store.drop)
