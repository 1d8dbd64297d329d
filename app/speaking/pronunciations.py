"""The shop's list of how its own names are said, in talks and in films: "Nguyen" is said "win", and captions go on writing Nguyen.

It belongs to the shop and not to one employee, for a name is said alike by everybody who works there.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.speaking.errors import PronunciationUnusable
from app.speaking.tables import Pronunciation
from avatar_pipeline.voice import OwnSaying, Voice
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import to_public

PRONUNCIATIONS_MAX: Final = 300
LETTERS_MAX: Final = 80


@dataclass(frozen=True)
class PronunciationView:
    """A name as it is written, how it is said, and since when."""

    written: str
    said: str
    changed_by: str
    changed_at: datetime


def pronunciations(session: Session) -> list[PronunciationView]:
    """The whole list, by name."""
    rows = session.scalars(select(Pronunciation).where(Pronunciation.tenant_id == tenant_of(session)).order_by(Pronunciation.folded))
    return [PronunciationView(row.written, row.said, row.changed_by, row.changed_at) for row in rows]


def own_sayings(session: Session) -> tuple[OwnSaying, ...]:
    """The list as voices take it."""
    own = select(Pronunciation.written, Pronunciation.said).where(Pronunciation.tenant_id == tenant_of(session))
    return tuple(OwnSaying(written, said) for written, said in session.execute(own.order_by(Pronunciation.folded)))


def with_sayings(voice: Voice, sayings: tuple[OwnSaying, ...]) -> Voice:
    """The same voice, saying the shop's names as the shop does."""
    return replace(voice, own_sayings=sayings) if sayings else voice


def keep_pronunciation(session: Session, *, written: str, said: str, by: str, now: datetime) -> None:
    """Put a name on the list, or say from now on otherwise what stands there. Raises PronunciationUnusable."""
    saying = checked(written, said)
    folded = _folded(saying.written)
    row = session.get(Pronunciation, (tenant_of(session), folded), with_for_update=True)
    if row is None:
        kept = session.scalar(select(func.count()).where(Pronunciation.tenant_id == tenant_of(session))) or 0
        if kept >= PRONUNCIATIONS_MAX:
            raise PronunciationUnusable(f"The list holds at most {PRONUNCIATIONS_MAX} names. Take one away first.", about="written")
        row = Pronunciation(tenant_id=tenant_of(session), folded=folded)
        session.add(row)
    row.written, row.said, row.changed_by, row.changed_at = saying.written, saying.said, by, now
    session.flush()
    note(session, by, "pronunciation.kept", to_public("shp", tenant_of(session)), {"written": row.written, "said": row.said}, now=now)


def forget_pronunciation(session: Session, *, written: str, by: str, now: datetime) -> bool:
    """Take a name off the list; whether it stood there."""
    row = session.get(Pronunciation, (tenant_of(session), _folded(_plain(written))), with_for_update=True)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    note(session, by, "pronunciation.forgotten", to_public("shp", tenant_of(session)), {"written": row.written}, now=now)
    return True


def checked(written: str, said: str) -> OwnSaying:
    """The pair as it may be kept or tried. Raises PronunciationUnusable, which names the field."""
    saying = OwnSaying(_plain(written), _plain(said))
    for field, text in (("written", saying.written), ("said", saying.said)):
        if not text.isprintable() or not any(sign.isalnum() for sign in text):
            raise PronunciationUnusable("Write a word with letters or digits.", about=field)
        if len(text) > LETTERS_MAX:
            raise PronunciationUnusable(f"There is room for {LETTERS_MAX} letters; these are {len(text)}.", about=field)
    if not any(sign.isalpha() for sign in saying.written):
        raise PronunciationUnusable("Figures and prices are said by the rules. Write a name with letters.", about="written")
    return saying


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
