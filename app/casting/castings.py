"""Castings: a portrait brought, seen through, adjusted, named, thrown away. The making itself is the films worker's, see make_faces.py.

What was brought is kept as it came until the face has a name, then only the face that was made of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.casting.errors import CastingRefused, CastingUnknown, FaceWorn
from app.casting.own_faces import face_id_of
from app.casting.tables import Casting
from avatar_pipeline.adjust import DRAGS_MAX, Drag
from tenants.audit import note
from tenants.database import tenant_of
from tenants.employee import employees
from tenants.identifiers import new_id
from tenants.reservation import check_name

MATERIALS: Final = ("drawn", "photograph")
IN_HAND: Final = ("waiting", "running")
FACES_MAX: Final = 20
"""Castings one shop may have, finished or not."""
IN_HAND_MAX: Final = 3
"""Castings of one shop that may wait or be made at once."""
KEPT_DAYS: Final = 14
"""How long a portrait stays that nobody finished."""
DECLARED: Final = "drawn or generated, shows no real person"
SAME_PERSON: Final = "shows the person whose picture was brought first"


@dataclass(frozen=True)
class Brought:
    """A picture or a film that was brought: whether it shows a real person, its file's fingerprint and size.

    `made_by` says who made the character that a film shows.
    """

    material: str
    sha256: bytes
    size_bytes: int
    is_film: bool = False
    made_by: str = ""


@dataclass(frozen=True)
class CastingView:
    """One casting. `seen` holds the picture's size, its handles and how large it is shown; `nearest` whose face is most like it."""

    casting_id: UUID
    material: str
    is_film: bool
    state: str
    progress_percent: int
    problem: str
    findings: tuple[dict[str, Any], ...]
    seen: dict[str, Any]
    nearest: dict[str, Any]
    drags: tuple[Drag, ...]
    display_name: str
    voice_name: str
    made_version: int
    tries: int
    brought_at: datetime
    picture_dropped_at: datetime | None
    is_being_stopped: bool

    @property
    def face_id(self) -> str:
        """How its face is called."""
        return face_id_of(self.casting_id)

    @property
    def is_in_hand(self) -> bool:
        """Whether it waits or is being made."""
        return self.state in IN_HAND


def begin_casting(session: Session, brought: Brought, *, by: str, now: datetime) -> UUID:
    """Note a portrait that was brought. A drawing goes in line at once, a photograph waits for the person's consent.

    Raises CastingRefused where a shop has as many as it may.
    """
    if brought.material not in MATERIALS:
        raise CastingRefused("Say whether it is a drawing or a photograph of a real person.")
    must_have_room(session)
    casting_id, is_drawn = new_id(now), brought.material == "drawn"
    session.add(
        Casting(
            tenant_id=tenant_of(session), casting_id=casting_id, material=brought.material, is_film=brought.is_film, declared_by=by,
            brought_at=now, picture_sha256=brought.sha256, picture_bytes=brought.size_bytes, drags=[], progress_percent=0, tries=0,
            state="waiting" if is_drawn else "awaiting_consent", asked_at=now, touched_at=now, findings=[], seen={}, nearest={},
            made_version=0,
        )
    )  # fmt: skip
    session.flush()
    told = {"declared": DECLARED} if is_drawn else {"material": "photograph"}
    told |= {"film": brought.made_by or "a person"} if brought.is_film else {}
    note(session, by, "casting.begun", face_id_of(casting_id), told | {"sha256": brought.sha256.hex()}, now=now)
    return casting_id


def must_have_room(session: Session) -> None:
    """Pass a shop that may have one more casting. Raises CastingRefused."""
    rows = session.scalars(select(Casting.state).where(Casting.tenant_id == tenant_of(session))).all()
    if len(rows) >= FACES_MAX:
        raise CastingRefused(f"A shop may have {FACES_MAX} faces of its own. Delete one first.")
    if sum(state in IN_HAND for state in rows) >= IN_HAND_MAX:
        raise CastingRefused(f"{IN_HAND_MAX} faces are being made already. Wait until one is done, or stop one.")


def ask_again(session: Session, *, casting_id: UUID, drags: Sequence[Drag] | None = None, by: str, now: datetime) -> None:
    """Put a casting in line: for the first time, once more, or with its handles dragged elsewhere.

    Raises CastingUnknown, CastingRefused.
    """
    row = _locked(session, casting_id)
    if row.state == "named" or row.picture_dropped_at is not None:
        raise CastingRefused("This face has a name, and its portrait is gone. Bring the portrait again to change it.")
    if row.state in IN_HAND:
        raise CastingRefused("This face is being made. Wait until it is done, or stop it.")
    if drags and row.is_film:
        raise CastingRefused("A face from a film is shown as it was filmed, so there is nothing to drag. Film it again to change it.")
    if drags is not None:
        if len(drags) > DRAGS_MAX:
            raise CastingRefused(f"At most {DRAGS_MAX} drags are kept. Undo some of them.")
        row.drags = [{"handle": one.handle, "right": one.right_px, "down": one.down_px} for one in drags]
    row.state, row.tries, row.progress_percent, row.problem, row.cancel_asked_at = "waiting", 0, 0, None, None
    row.asked_at = row.touched_at = now
    told = {"handles": sorted({one.handle for one in drags})} if drags is not None else {}
    note(session, by, "casting.asked", face_id_of(casting_id), told, now=now)


def replace_picture(session: Session, *, casting_id: UUID, sha256: bytes, size_bytes: int, by: str, now: datetime) -> None:
    """Take another picture, or film, of the same person for a face without a name; what was dragged on the old one is forgotten.

    The face keeps its id and so its consent: it goes in line at once, or goes on waiting for the consent. That it shows the same person
    is whoever brings it to say, and is noted. Raises CastingUnknown, CastingRefused.
    """
    row = _locked(session, casting_id)
    if row.state == "named":
        raise CastingRefused("This face has a name already. Cast a new face for another picture.")
    if row.state in IN_HAND:
        raise CastingRefused("This face is being made. Wait until it is done, or stop it.")
    row.picture_sha256, row.picture_bytes, row.brought_at, row.drags = sha256, size_bytes, now, []
    row.findings, row.seen, row.nearest, row.problem = [], {}, {}, None
    row.tries, row.progress_percent, row.cancel_asked_at, row.asked_at, row.touched_at = 0, 0, None, now, now
    if row.state != "awaiting_consent":
        row.state = "waiting"
    told = {"declared": DECLARED if row.material == "drawn" else SAME_PERSON, "sha256": sha256.hex()}
    note(session, by, "casting.picture_replaced", face_id_of(casting_id), told, now=now)


def stop_casting(session: Session, *, casting_id: UUID, by: str, now: datetime) -> None:
    """Stop a casting: at once while it waits, else within seconds. Raises CastingUnknown."""
    row = _locked(session, casting_id)
    if row.state not in IN_HAND:
        return
    row.cancel_asked_at = now
    if row.state == "waiting":
        row.state, row.finished_at = "stopped", now
    note(session, by, "casting.stopped", face_id_of(casting_id), {}, now=now)


def withhold(session: Session, *, casting_id: UUID, now: datetime) -> None:
    """The consent is gone: what is in line or being made stops, and nothing begins before there is another."""
    row = _locked(session, casting_id)
    if row.state == "running":
        row.cancel_asked_at = now
    elif row.state != "named":
        row.state = "awaiting_consent"


def name_face(session: Session, *, casting_id: UUID, name: str, voice_name: str, by: str, now: datetime) -> None:
    """Give a finished face its name and the voice that fits: from now on it can be hired. The portrait may go.

    Raises CastingUnknown, CastingRefused, EmployeeNameUnusable.
    """
    row = _locked(session, casting_id)
    if row.state == "named":
        return
    if row.state != "made":
        raise CastingRefused("This face is not finished yet.")
    row.display_name, row.voice_name = check_name(name), voice_name
    row.state, row.named_at, row.picture_dropped_at = "named", now, now
    note(session, by, "casting.named", face_id_of(casting_id), {"voice": voice_name}, now=now)


def delete_casting(session: Session, *, casting_id: UUID, by: str, now: datetime) -> None:
    """Delete a casting and its face. Raises CastingUnknown, FaceWorn while somebody who has not left wears it."""
    row = _locked(session, casting_id)
    face_id = face_id_of(casting_id)
    wearers = [one.name for one in employees(session) if one.face_id == face_id and not one.is_retired]
    if wearers:
        raise FaceWorn(wearers)
    session.delete(row)
    note(session, by, "casting.deleted", face_id, {}, now=now)


def casting(session: Session, casting_id: UUID) -> CastingView:
    """One casting. Raises CastingUnknown."""
    return _view(_known(session.get(Casting, (tenant_of(session), casting_id))))


def castings(session: Session) -> list[CastingView]:
    """The shop's castings, the newest first."""
    mine = Casting.tenant_id == tenant_of(session)
    return [_view(row) for row in session.scalars(select(Casting).where(mine).order_by(Casting.casting_id.desc()))]


def _locked(session: Session, casting_id: UUID) -> Casting:
    return _known(session.get(Casting, (tenant_of(session), casting_id), with_for_update=True))


def _known(row: Casting | None) -> Casting:
    if row is None:
        raise CastingUnknown("There is no such face.")
    return row


def _view(row: Casting) -> CastingView:
    drags = tuple(Drag(one["handle"], one["right"], one["down"]) for one in row.drags)
    return CastingView(
        row.casting_id, row.material, row.is_film, row.state, row.progress_percent, row.problem or "", tuple(row.findings), row.seen,
        row.nearest, drags, row.display_name or "", row.voice_name or "", row.made_version, row.tries, row.brought_at,
        row.picture_dropped_at, row.cancel_asked_at is not None,
    )  # fmt: skip
