"""What a finished render tells of its sentences: what each is by fingerprint, and which of them the version before had, byte for byte."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.studio.tables import FilmRender
from avatar_pipeline.shoot import ShotTake


def told_takes(session: Session, row: FilmRender, shot: Sequence[ShotTake]) -> list[dict[str, Any]]:
    """The sentences of a render that lies finished, held against the film's last one of the same kind; `is_same` is None for the first."""
    mine = FilmRender.tenant_id == row.tenant_id, FilmRender.film_id == row.film_id, FilmRender.batch_id.is_(None)
    done = FilmRender.kind == row.kind, FilmRender.state == "done", FilmRender.render_id != row.render_id, FilmRender.takes.is_not(None)
    before = session.scalars(select(FilmRender).where(*mine, *done).order_by(FilmRender.render_id.desc()).limit(1)).first()
    known = {take["sha256"] for take in before.takes or ()} if before else None
    return [_told(take, known) for take in shot]


def _told(take: ShotTake, known: set[str] | None) -> dict[str, Any]:
    when = {"start_s": round(take.start_s, 3), "duration_s": round(take.duration_s, 3)}
    prints = {"key": take.key, "sha256": take.sha256, "was_kept": take.was_kept}
    is_same = take.sha256 in known if known is not None else None
    drawn_by = {"mouth": take.mouth} if take.mouth else {}
    return {"text": take.text, "scene_number": take.scene_number, **when, **prints, "is_same": is_same, **drawn_by}
