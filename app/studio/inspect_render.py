"""One finished film inspected as a whole: the theatre watches and hears it, the studio holds it against the shop's papers and prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.conversations.teach_read import documents, prices_of
from app.studio.check_prices import ListedPrice, prices_that_differ
from app.studio.likeness import LikenessNotAllowed, must_be_allowed
from avatar_pipeline.inspect_film import Check, Matter, Outcome, Part, Wanted, inspect_film
from avatar_pipeline.provenance import MediaUnreadable
from avatar_pipeline.shoot import Shot
from avatar_pipeline.voice import OwnSaying

PRICES_READ_MAX: Final = 5_000


@dataclass(frozen=True)
class Papers:
    """What the shop knows of the film: who appears in it, whose mark it carries, what is said, in which language."""

    employee_id: UUID
    face_id: str
    mark_id: int
    script: dict[str, Any]
    language: str = "en"
    reserved: Mapping[str, Any] = field(default_factory=dict)
    """Fingerprints of faces that other shops cast, by face."""
    own_sayings: tuple[OwnSaying, ...] = ()
    """How the shop's own names are said."""


def inspect_shot(shot: Shot, papers: Papers) -> tuple[Check, ...]:
    """Watch and hear the film. A file that cannot be played fails every matter that needs it. Holds no transaction."""
    parts = [Part(take.text, take.start_s, take.start_s + take.duration_s, papers.own_sayings) for take in shot.takes]
    try:
        return inspect_film(shot.path, Wanted(parts, papers.mark_id, papers.face_id, papers.language, papers.reserved))
    except MediaUnreadable as error:
        return (Check(Matter.LABEL, Outcome.FAILED, {"why": str(error)}, "unreadable"),)


def inspect_papers(session: Session, papers: Papers, now: datetime) -> tuple[Check, ...]:
    """The consent to the face, and the prices named."""
    return _likeness(session, papers, now), _prices(session, papers)


def _likeness(session: Session, papers: Papers, now: datetime) -> Check:
    try:
        must_be_allowed(session, face_id=papers.face_id, channel="films", now=now)
    except LikenessNotAllowed:
        return Check(Matter.LIKENESS, Outcome.FAILED)
    return Check(Matter.LIKENESS, Outcome.PASSED)


def _prices(session: Session, papers: Papers) -> Check:
    listed = _price_list(session, papers.employee_id)
    named, wrong = prices_that_differ(papers.script, listed)
    figures: dict[str, float | str] = {"named": float(named)}
    if not named:
        return Check(Matter.PRICES, Outcome.PASSED, figures, "none_named")
    if not listed:
        return Check(Matter.PRICES, Outcome.NOT_JUDGED, figures, "no_list")
    if wrong:
        first = wrong[0]
        figures |= {"said": first.said, "product": first.product}
        figures |= {"listed_minor": float(first.listed_minor), "currency": first.currency} if first.listed_minor is not None else {}
        return Check(Matter.PRICES, Outcome.FAILED, figures, "differs" if first.product else "not_listed")
    return Check(Matter.PRICES, Outcome.PASSED, figures)


def _price_list(session: Session, employee_id: UUID) -> Sequence[ListedPrice]:
    found: list[ListedPrice] = []
    for document in documents(session, employee_id=employee_id):
        lines = prices_of(session, document_id=document.document_id, limit=PRICES_READ_MAX)
        found += [ListedPrice(one.name, one.price_minor, one.currency) for _, one in lines if one.price_minor is not None and one.currency]
    return found
