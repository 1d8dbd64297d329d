"""What watching a published film leaves behind: a view, a click. Each is a touch of the film's employee, with the film as its work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.studio.errors import FilmUnknown
from app.studio.films import film
from billing.record_touch import Touch, record_touch
from tenants.identifiers import new_id


@dataclass(frozen=True)
class FilmClick:
    """The way to the shop: where it leads, and the touch that the shop's cart takes along."""

    touch_id: UUID
    target_url: str


def record_view(session: Session, *, film_id: UUID, visitor_id: UUID, now: datetime) -> None:
    """Somebody watched the film: once for a visitor and a day, however often they press play. Raises FilmUnknown."""
    one = film(session, film_id)
    touch_id = uuid5(film_id, f"{visitor_id} {now.date().isoformat()}")
    record_touch(session, Touch(touch_id, now, "video_view", one.employee_id, visitor_id, work_id=film_id), now=now)


def record_click(session: Session, *, film_id: UUID, visitor_id: UUID | None, now: datetime) -> FilmClick:
    """Somebody went to the shop from beside the film. Raises FilmUnknown, also for a film that leads nowhere."""
    one = film(session, film_id)
    if not one.target_url:
        raise FilmUnknown("This film leads nowhere.")
    touch = Touch(new_id(now), now, "video_click", one.employee_id, visitor_id, work_id=film_id)
    record_touch(session, touch, now=now)
    return FilmClick(touch.touch_id, one.target_url)
