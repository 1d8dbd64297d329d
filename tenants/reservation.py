"""Hiring reserves face, voice and name within a market: two shops' employees are never confusable unless both accept.

Names are compared by their skeleton: "Amára", "AMARRA" and the same in look-alike Cyrillic letters are one name. A shop that meets a
held likeness learns by which name and since when it is held, never by whom, and may ask once whether the other side minds.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from tenants.errors import EmployeeNameUnusable, LikenessRequestUnknown, LikenessTaken

WORLD: Final = "001"
"""The market of a shop that sells everywhere (UN M49); it meets every other."""
NAME_LENGTH_MAX: Final = 40
BETWEEN_LETTERS: Final = " -'’.·"
_LOOK_ALIKES: Final = str.maketrans(
    "аеорсухіјѕԁһӏвкмнтг" "αβεικμνορτυχ" "01358" "łđøıæœþ",
    "aeopcyxijsdhlbkmhtr" "abeikmvoptyx" "olesb" "ldoiaop",
)  # fmt: skip


@dataclass(frozen=True)
class Likeness:
    """How an employee looks, sounds and is called, and the market they work in: an ISO 3166 country, or WORLD."""

    face_id: str
    voice_id: str
    name: str
    market: str

    @property
    def skeleton(self) -> str:
        """The name without what a glance or an ear would miss."""
        return name_skeleton(self.name)


@dataclass(frozen=True)
class HeldElsewhere:
    """A confusable employee of a shop that stays unnamed. `answer` is that shop's to our question: "", open, accepted or declined."""

    name: str
    market: str
    held_since: datetime
    answer: str


@dataclass(frozen=True)
class LikenessRequest:
    """Another shop's question whether a confusable employee may work beside ours. `is_accepted` is None until it is answered."""

    request_id: UUID
    employee_id: UUID
    name: str
    market: str
    asked_at: datetime
    is_accepted: bool | None


def check_name(name: str) -> str:
    """The name as it is kept; raises EmployeeNameUnusable."""
    kept = " ".join(unicodedata.normalize("NFC", name).split())
    is_letters = all(letter.isalpha() or unicodedata.category(letter) in {"Mn", "Mc"} or letter in BETWEEN_LETTERS for letter in kept)
    if not kept or len(kept) > NAME_LENGTH_MAX or not is_letters or not any(letter.isalpha() for letter in kept):
        raise EmployeeNameUnusable(f"Write a name of 1 to {NAME_LENGTH_MAX} letters; spaces, hyphens and apostrophes may stand between.")
    return kept


def name_skeleton(name: str) -> str:
    """What stays of a name when accents, case, spaces, doubled letters and look-alike letters are taken away."""
    # Folded before and after: a small raised "ᴬ" becomes a plain letter only in between.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name.casefold()).casefold()).translate(_LOOK_ALIKES)
    letters = [letter for letter in plain if letter.isalnum()]
    return "".join(letter for letter, _ in groupby(letters))


def held_elsewhere(session: Session, wanted: Likeness, *, now: datetime) -> list[HeldElsewhere]:
    """Who of other shops could be confused with this likeness now, the longest there first; empty when it is free."""
    rows = session.execute(text("SELECT * FROM find_likeness(:market, :face, :voice, :skeleton, :now)"), _values(wanted, now))
    return [HeldElsewhere(row.name, row.market, row.held_since, row.answer or "") for row in rows]


def reserve_likeness(session: Session, *, employee_id: UUID, likeness: Likeness, now: datetime, until: datetime | None = None) -> None:
    """Hold the likeness for an employee, for good or until a moment, replacing what was held for them before.

    Raises LikenessTaken when another shop's employee would be confusable and has not accepted it. The check and the hold are one step
    in the database: of two shops that reserve at the same moment one is refused.
    """
    statement = text("SELECT reserve_likeness(:holder, :market, :face, :voice, :name, :skeleton, :now, :until)")
    if not session.scalar(statement, {**_values(likeness, now), "holder": employee_id, "until": until}):
        held = next((one for one in held_elsewhere(session, likeness, now=now) if one.answer != "accepted"), None)
        since = f" since {held.held_since:%B %Y}" if held else ""
        raise LikenessTaken(
            f"Another shop in your market already has {held.name if held else likeness.name} with this face and voice{since}. "
            "Shoppers could take one for the other: choose another name, face or voice."
        )


def release_likeness(session: Session, *, employee_id: UUID, now: datetime) -> None:
    """Hold it no longer; others may have it. Nothing happens when nothing is held."""
    session.execute(text("SELECT release_likeness(:holder, :now)"), {"holder": employee_id, "now": now})


def ask_for_likeness(session: Session, wanted: Likeness, *, now: datetime) -> int:
    """Ask every shop that holds a confusable likeness whether it minds; return how many were asked. Nobody is asked twice."""
    statement = text("SELECT ask_for_likeness(:market, :face, :voice, :name, :skeleton, :now)")
    asked: int = session.scalar(statement, _values(wanted, now)) or 0
    return asked


def likeness_requests(session: Session) -> list[LikenessRequest]:
    """What other shops asked this one, the newest first."""
    rows = session.execute(text("SELECT * FROM likeness_requests_to_me()"))
    return [LikenessRequest(row.request_id, row.employee_id, row.name, row.market, row.asked_at, row.is_accepted) for row in rows]


def answer_likeness_request(session: Session, *, request_id: UUID, accepted: bool, now: datetime) -> None:
    """Say yes or no, once; raises LikenessRequestUnknown."""
    statement = text("SELECT answer_likeness_request(:request, :accepted, :now)")
    if not session.scalar(statement, {"request": request_id, "accepted": accepted, "now": now}):
        raise LikenessRequestUnknown("There is no such question that waits for an answer.")


def _values(likeness: Likeness, now: datetime) -> dict[str, object]:
    return {
        "market": likeness.market, "face": likeness.face_id, "voice": likeness.voice_id.partition("@")[0], "name": likeness.name,
        "skeleton": likeness.skeleton, "now": now,
    }  # fmt: skip
