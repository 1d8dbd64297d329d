"""The making of faces: take a casting that waits, look at its portrait, make the face, and say how far it is.

No transaction waits for any of it.
A casting whose worker died is taken again and begins anew, for a face takes seconds; one made of a film goes on where it was. After
three such tries it is given up.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.casting.castings import KEPT_DAYS
from app.casting.film_steps import add_loop, bench, choose_picture
from app.casting.own_faces import face_folder, face_id_of, made_folder, reserved_prints
from app.casting.tables import Casting
from app.casting.uploads import FILM, FOUND, LAYERS, UPRIGHT, drop_face, drop_replaced, picture_path
from avatar_pipeline.adjust import Drag, LaidApart, adjust, handles_of, layers_of, limits_of
from avatar_pipeline.cast import Audition, CastFace, Finding, audition, cast
from avatar_pipeline.cast_film import FilmUnusable, SeenFilm, see_film, write_loop
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.portrait import ALIKE_MIN, PictureUnusable, layers_sheet, likeness_of, nearest_face, upright, write_webp
from tenants.database import Database
from tenants.errors import WorkLost
from tenants.work_line import WorkInHand, WorkLine

CASTINGS: Final = WorkLine(Casting, Casting.casting_id, Casting.asked_at)
ORIGINALITY_LOCK: Final = 7_203_611
"""Of two shops that cast the same face at the same moment, the second must see the first."""
GAVE_UP: Final = "It could not be made: three tries ended before their time. Try another picture, or write to us."
SOMEBODYS: Final = "This face is too much like one that belongs to somebody else, so it cannot be yours. Use another portrait."
PICTURE_GONE: Final = "The portrait is not there any more. Bring it again."
PROBLEM_LENGTH_MAX: Final = 500
LOOKED, RIGGED = 0.2, 0.85
"""How much of a making is over when its portrait is looked at, and when its rigs are made."""


@dataclass(frozen=True)
class Workshop:
    """What castings are made with. `may_show` raises StageRefusal for a face that no consent covers; `share`, `fetch` and `drop`
    reach other machines' folders.
    """

    database: Database
    data_folder: Path
    clock: Callable[[], datetime]
    may_show: Callable[[Session, str, datetime], None]
    is_closing: Callable[[], bool] = lambda: False
    share: Callable[[Path], None] = lambda _: None
    fetch: Callable[[Path], bool] = lambda path: path.is_file()
    drop: Callable[[Path], None] = lambda _: None
    cast: Callable[..., CastFace] = cast
    """Makes the rigs, seconds of it."""
    see_film: Callable[..., SeenFilm] = see_film
    write_loop: Callable[..., None] = write_loop


class _Stopped(Exception):
    """Somebody wants it to stop, or this worker goes home."""


Hand = WorkInHand[Casting]


def cast_next(workshop: Workshop) -> int:
    """Make the face that is next; return 1, or 0 when none waits. Whatever stands in the way is kept with its reason."""
    claimed = CASTINGS.claim(workshop.database, workshop.clock())
    if claimed is None:
        return 0
    making = WorkInHand(CASTINGS, workshop, claimed)
    try:
        if claimed.is_last_straw:
            making.end("failed", problem=GAVE_UP)
        else:
            _make(workshop, making)
    except WorkLost:
        pass  # whoever has it now, or threw it away, has the last word
    except _Stopped:
        making.end_stopped("stopped")
    except (PictureUnusable, FilmUnusable) as error:  # the same file again would end the same way
        making.end("refused", problem=str(error)[:PROBLEM_LENGTH_MAX])
    except StageRefusal as error:
        making.end("failed", problem=str(error)[:PROBLEM_LENGTH_MAX])
    except OSError as error:
        making.end("failed", problem=f"The face cannot be written: {error.strerror or 'the disk refuses'}. Try again later.")
    return 1


def _made(making: Hand, fraction: float) -> None:
    """So much of the face is made, 0..1. Raises _Stopped, WorkLost."""
    making.made(fraction)
    if making.is_unwanted():
        raise _Stopped


def _make(workshop: Workshop, making: Hand) -> None:
    casting_id = making.claimed.key
    face_id, folder = face_id_of(casting_id), face_folder(workshop.data_folder, face_id_of(casting_id))
    with workshop.database.tenant_session(making.claimed.tenant_id) as session:
        workshop.may_show(session, face_id, workshop.clock())
        row = session.get_one(Casting, (making.claimed.tenant_id, casting_id))
        drags, version = [Drag(one["handle"], one["right"], one["down"]) for one in row.drags], row.made_version + 1
        is_film, sha256 = row.is_film, row.picture_sha256
    drop_replaced(workshop.data_folder, casting_id, sha256, is_film=is_film)
    if is_film and not _is_chosen(workshop, making, folder):
        making.end("refused")
        return
    path = picture_path(workshop.data_folder, casting_id)
    if not workshop.fetch(path):
        raise StageRefusal(PICTURE_GONE)
    for left in folder.glob(".making-*"):  # of a worker that died
        shutil.rmtree(left, ignore_errors=True)
    first = audition(path.read_bytes())
    layers = layers_of(first) if first.face is not None else None
    seen = adjust(first, drags, layers) if layers is not None else first
    _note(making, nearest={}, problem=None, **_show(first, seen, layers, folder))
    for name in (FOUND, UPRIGHT, LAYERS):
        workshop.share(folder / name)
    # the portrait as it was brought is held against the others': nobody makes another's face their own by dragging it
    if not seen.is_usable or not _is_original(workshop, making, first):
        making.end("refused")
        return
    _made(making, LOOKED)
    with bench(folder, version, is_film=is_film) as place:
        whole = place / "whole"
        if not whole.is_dir():
            _make_rigs(workshop, making, seen, whole)
        if is_film:
            workshop.fetch(folder / FILM)
            add_loop(folder, first, workshop.write_loop, whole, lambda share: _made(making, RIGGED + (1 - RIGGED) * share))
        new = made_folder(workshop.data_folder, casting_id, version)
        shutil.rmtree(new, ignore_errors=True)
        whole.replace(new)
    workshop.share(new)
    is_original = _is_original(workshop, making, first, made_version=version)
    making.end("made" if is_original else "refused", progress_percent=100)
    shutil.rmtree(made_folder(workshop.data_folder, casting_id, version - 2), ignore_errors=True)


def _make_rigs(workshop: Workshop, making: Hand, seen: Audition, whole: Path) -> None:
    """The rigs and the poster in a folder that appears when all of them are there."""
    place, face_id = whole.parent, face_id_of(making.claimed.key)
    made = workshop.cast(seen, face_id, place, progress=lambda share: _made(making, LOOKED + (RIGGED - LOOKED) * share))
    coming = place / "coming"
    shutil.rmtree(coming, ignore_errors=True)
    coming.mkdir()
    for old, name in ((made.rig_path, "chat.rig"), (made.film_rig_path, "film.rig"), (made.poster_path, "poster.webp")):
        old.replace(coming / name)
    coming.replace(whole)


def _is_chosen(workshop: Workshop, making: Hand, folder: Path) -> bool:
    """Whether the film of this face gave a picture to cast; if not, why is noted for its page."""

    def see(film: Path) -> SeenFilm:
        return workshop.see_film(film, lambda share: _made(making, LOOKED * share))

    findings = choose_picture(folder, see, fetch=workshop.fetch, share=workshop.share)
    if findings:
        _note(making, nearest={}, problem=None, seen={}, findings=_told(findings))
    return not findings


def _told(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [{"code": one.code, "is_refusal": one.is_refusal, "advice": one.advice} for one in findings]


def _note(making: Hand, **values: Any) -> None:
    """Write what was seen so far. Raises WorkLost."""
    with making.row() as row:
        for name, value in values.items():
            setattr(row, name, value)


def _show(first: Audition, seen: Audition, layers: LaidApart | None, folder: Path) -> dict[str, Any]:
    """Draw what the page shows, and gather what it says: findings, the picture's size, the handles before any drag and how far they go."""
    write_webp(seen.found, folder / FOUND)
    picture, scale = upright(first)
    write_webp(picture, folder / UPRIGHT)
    if layers is not None:
        write_webp(layers_sheet(layers, scale), folder / LAYERS)
    size = first.picture.pixels.shape
    shown = {"width": size[1], "height": size[0], "scale": scale, "handles": handles_of(first), "limits": limits_of(first)}
    return {"findings": _told(seen.findings), "seen": shown}


def _is_original(workshop: Workshop, making: Hand, first: Audition, **made: Any) -> bool:
    """Hold the face against everybody else's, and reserve it once it is made: two shops that bring the same portrait stand in line here."""
    own = likeness_of(first)
    with workshop.database.intake_session() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ORIGINALITY_LOCK})
        name, alike = nearest_face(own, reserved_prints(session, making.claimed.tenant_id))
        is_theirs = alike >= ALIKE_MIN
        nearest = {"face_id": name, "percent": max(0, round(100 * alike)), "is_theirs": is_theirs}
        kept = {"likeness": own.tobytes(), **made} if made and not is_theirs else {"problem": SOMEBODYS} if is_theirs else {}
        _note(making, nearest=nearest, **kept)
    return not is_theirs


def forget_unfinished(workshop: Workshop) -> int:
    """Throw away what nobody finished for two weeks, portrait and all; return how many that were."""
    before = workshop.clock() - timedelta(days=KEPT_DAYS)
    with workshop.database.intake_session() as session:
        unfinished = select(Casting.tenant_id, Casting.casting_id).where(Casting.state != "named", Casting.asked_at < before)
        old = session.execute(unfinished).all()
    for tenant_id, casting_id in old:
        with workshop.database.tenant_session(tenant_id) as session:
            row = session.get(Casting, (tenant_id, casting_id), with_for_update=True)
            if row is not None and row.state != "named":
                session.delete(row)
        workshop.drop(drop_face(workshop.data_folder, casting_id))
    return len(old)
