"""Consents kept: asked for, recorded, checked, put in force, taken back; and the question every render asks before it begins.

A face of the catalogue is nobody's, so it needs none. Any other face needs a consent in force that covers what it is used for. Taking
one back stops the shop's films with that face at once, made or in the making, and lists them.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from app.casting.own_faces import is_declared
from app.studio.consent_words import ENGLISH, LANGUAGES
from app.studio.likeness_states import (
    FOLLOWS,
    WORDS_MINUTES,
    ConsentState,
    Findings,
    Scope,
    draw_words,
    has_words,
    problem_with_scope,
    problems_of,
    sentence_to_read,
)
from app.studio.likeness_tables import LikenessConsent
from app.studio.tables import Film, FilmRender, Work
from avatar_pipeline.catalogue import faces
from avatar_pipeline.errors import StageRefusal
from tenants.audit import note
from tenants.database import tenant_of
from tenants.employee import employees
from tenants.identifiers import new_id, to_public
from tenants.tables import Employee
from tenants.tenant import tenant_view

NAME_CHARACTERS_MAX: Final = 120
HEARD_CHARACTERS_MAX: Final = 2000
_WAITING, _RUNNING = "waiting", "running"


class ConsentRefused(ValueError):
    """What was asked does not fit the consent's state or scope; the message says what to do."""


class ConsentUnknown(LookupError):
    """The shop has no such consent."""


class LikenessNotAllowed(StageRefusal):
    """No consent in force covers this face for this use."""


@dataclass(frozen=True)
class ConsentView:
    """A consent. `sentence` is what is to be read aloud, while it is, in `language`; `last_day` is the shop's own, and counts whole."""

    consent_id: UUID
    person_name: str
    face_id: str
    scope: Scope
    state: ConsentState
    words: str
    words_until: datetime
    sentence: str
    language: str
    last_day: date
    heard: str
    """What a recogniser heard in the recording, until what a person wrote down proved it; "" where none listened."""

    @property
    def are_words_heard(self) -> bool:
        """Whether the words drawn for this recording are in what was heard."""
        return has_words(self.heard, self.words)

    def is_in_force(self, now: datetime) -> bool:
        """Whether it allows anything now."""
        return self.state is ConsentState.ACTIVE and now < self.scope.expires_at


@dataclass(frozen=True)
class AffectedFilm:
    """A film that shows a face whose consent is gone."""

    work_id: UUID
    title: str
    is_published: bool


def request_consent(
    session: Session, *, person_name: str, face_id: str, scope: Scope, by: str, now: datetime, language: str = ENGLISH
) -> ConsentView:
    """Ask a person, in a language of LANGUAGES, for consent to a face made from theirs. Raises ConsentRefused."""
    name = " ".join(person_name.split())
    if not name or len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise ConsentRefused("Say who the person is, as they call themselves.")
    if face_id in _invented():
        raise ConsentRefused("A face of the catalogue is nobody's; it needs no consent.")
    problem = problem_with_scope(scope, now) or _problem_with_language(language)
    if problem:
        raise ConsentRefused(problem)
    row = LikenessConsent(
        tenant_id=tenant_of(session), consent_id=new_id(now), person_name=name, face_id=face_id, uses=list(scope.uses),
        channels=list(scope.channels), territories=list(scope.territories), expires_at=scope.expires_at, state=ConsentState.REQUESTED,
        language=language, words=draw_words(language), words_until=now + timedelta(minutes=WORDS_MINUTES), requested_at=now,
    )  # fmt: skip
    session.add(row)
    return _noted(session, row, by, "consent.requested", now)


def draw_again(session: Session, *, consent_id: UUID, by: str, now: datetime, language: str = "") -> ConsentView:
    """New words for a request whose half hour is over, or that is to be read in another language. Raises ConsentUnknown, ConsentRefused."""
    row = _locked(session, consent_id)
    language = language or row.language
    problem = _problem_with_language(language)
    if problem:
        raise ConsentRefused(problem)
    _move(row, ConsentState.REQUESTED)
    row.language, row.heard = language, None
    _fresh_words(row, now)
    return _noted(session, row, by, "consent.words_drawn", now)


def record_consent(
    session: Session, *, consent_id: UUID, recording_sha256: bytes, by: str, now: datetime, heard: str = ""
) -> ConsentView:  # fmt: skip
    """Note that the person read the sentence before a camera, and what a recogniser heard, if one did.

    Raises ConsentUnknown, ConsentRefused when the words ran out.
    """
    row = _locked(session, consent_id)
    _move(row, ConsentState.RECORDED)
    if now >= row.words_until:
        raise ConsentRefused("The words ran out. Draw new ones and record again.")
    row.recorded_at, row.recording_sha256, row.heard = now, recording_sha256, heard[:HEARD_CHARACTERS_MAX] or None
    return _noted(session, row, by, "consent.recorded", now)


def check_consent(session: Session, *, consent_id: UUID, findings: Findings, by: str, now: datetime) -> list[str]:
    """Hold what was written down of a recording against what was to be read. Gives why it proves nothing.

    Then the recording stays, for a word may have been mistyped; where the person said something else, `draw_again` begins anew.
    """
    row = _locked(session, consent_id)
    view = _view(session, row)
    problems = problems_of(findings, view.sentence, row.words, row.uses)
    if row.state != ConsentState.RECORDED:
        raise ConsentRefused("There is no recording to check.")
    _move(row, ConsentState.RECORDED if problems else ConsentState.CHECKED)
    if not problems:
        row.heard, row.checked_at = findings.heard[:HEARD_CHARACTERS_MAX], now
    _noted(session, row, by, "consent.not_proven" if problems else "consent.checked", now)
    return problems


def activate_consent(session: Session, *, consent_id: UUID, by: str, now: datetime) -> ConsentView:
    """Put a checked consent in force. Raises ConsentUnknown, ConsentRefused."""
    row = _locked(session, consent_id)
    _move(row, ConsentState.ACTIVE)
    if now >= row.expires_at:
        raise ConsentRefused("This consent has run out. Ask for a new one.")
    row.active_at = now
    return _noted(session, row, by, "consent.activated", now)


def revoke_consent(session: Session, *, consent_id: UUID, by: str, now: datetime) -> list[AffectedFilm]:
    """Take a consent back, whatever its state: renders with the face stop, and the films that show it are listed. Twice is once."""
    row = _locked(session, consent_id)
    if row.state != ConsentState.REVOKED:
        _move(row, ConsentState.REVOKED)
        row.revoked_at = now
        _noted(session, row, by, "consent.revoked", now)
        if not _allowed_for(session, row.face_id, now):
            _stop_renders(session, row.face_id, now)
    return affected_films(session, row.face_id)


def affected_films(session: Session, face_id: str) -> list[AffectedFilm]:
    """The shop's films that show a face, the newest first: those of who wears it, and those that were made when somebody wore it.

    Somebody's films that were all made with another face, before they wore this one, show that one still.
    """
    made = select(FilmRender.film_id).where(FilmRender.tenant_id == tenant_of(session))
    shown, before = made.where(FilmRender.face_id == face_id), made.where(FilmRender.face_id != face_id)
    today = made.where(FilmRender.face_id.is_(None))
    of_who_wears_it = and_(Employee.face_id == face_id, or_(Work.work_id.not_in(before), Work.work_id.in_(today)))
    rows = session.execute(
        select(Work.work_id, Work.title, Film.published_at)
        .join(Employee, (Employee.tenant_id == Work.tenant_id) & (Employee.employee_id == Work.employee_id))
        .outerjoin(Film, (Film.tenant_id == Work.tenant_id) & (Film.film_id == Work.work_id))
        .where(Work.tenant_id == tenant_of(session), of_who_wears_it | Work.work_id.in_(shown))
        .order_by(Work.begun_at.desc(), Work.work_id)
    )
    return [AffectedFilm(row.work_id, row.title, row.published_at is not None) for row in rows]


def consents(session: Session) -> list[ConsentView]:
    """The shop's consents, the newest first."""
    mine = LikenessConsent.tenant_id == tenant_of(session)
    return [_view(session, row) for row in session.scalars(select(LikenessConsent).where(mine).order_by(LikenessConsent.consent_id.desc()))]


def must_be_allowed(session: Session, *, face_id: str, channel: str, now: datetime) -> None:
    """Pass a face of the catalogue, one declared to be drawn, and one with a consent in force for `channel`. Raises LikenessNotAllowed."""
    if face_id in _invented() or is_declared(session, face_id):
        return
    if not any("face" in one.scope.uses and channel in one.scope.channels for one in _allowed_for(session, face_id, now)):
        raise LikenessNotAllowed("No consent in force covers this person's face here. Ask for one, or choose a face of the catalogue.")


def must_be_covered(session: Session, face_id: str, now: datetime) -> None:
    """Pass a face that may be made at all: declared to be drawn, or with a consent in force for any channel. Raises LikenessNotAllowed."""
    if face_id in _invented() or is_declared(session, face_id):
        return
    if not any("face" in one.scope.uses for one in _allowed_for(session, face_id, now)):
        raise LikenessNotAllowed("No consent in force covers this person's face. Ask for one first.")


def lost_faces(session: Session, now: datetime) -> frozenset[str]:
    """The faces of people at work or in the file that may not be shown in chat at this moment."""
    lost = set()
    for face_id in {one.face_id for one in employees(session) if not one.is_retired}:
        try:
            must_be_allowed(session, face_id=face_id, channel="chat", now=now)
        except LikenessNotAllowed:
            lost.add(face_id)
    return frozenset(lost)


def _allowed_for(session: Session, face_id: str, now: datetime) -> list[ConsentView]:
    mine = LikenessConsent.tenant_id == tenant_of(session), LikenessConsent.face_id == face_id
    return [view for row in session.scalars(select(LikenessConsent).where(*mine)) if (view := _view(session, row)).is_in_force(now)]


def _stop_renders(session: Session, face_id: str, now: datetime) -> None:
    """Those that wait end here; those at work read the wish to stop within a second."""
    mine = FilmRender.tenant_id == tenant_of(session), FilmRender.state.in_((_WAITING, _RUNNING))
    shown = select(Film.film_id).join(Employee, (Employee.tenant_id == Film.tenant_id) & (Employee.employee_id == Film.employee_id))
    shown = shown.where(Film.tenant_id == tenant_of(session), Employee.face_id == face_id)
    session.execute(update(FilmRender).where(*mine, FilmRender.film_id.in_(shown)).values(cancel_asked_at=now))
    waiting = mine[0], FilmRender.state == _WAITING, FilmRender.film_id.in_(shown)
    session.execute(update(FilmRender).where(*waiting).values(state="cancelled", finished_at=now))


def _locked(session: Session, consent_id: UUID) -> LikenessConsent:
    row = session.get(LikenessConsent, (tenant_of(session), consent_id), with_for_update=True)
    if row is None:
        raise ConsentUnknown("There is no such consent.")
    return row


def _move(row: LikenessConsent, wanted: ConsentState) -> None:
    if wanted not in FOLLOWS[ConsentState(row.state)]:
        raise ConsentRefused(f"A consent that is {row.state} cannot become {wanted}.")
    row.state = wanted


def _problem_with_language(language: str) -> str | None:
    return None if language in LANGUAGES else "Choose a language the person can read the sentence in."


def _fresh_words(row: LikenessConsent, now: datetime) -> None:
    row.words, row.words_until = draw_words(row.language), now + timedelta(minutes=WORDS_MINUTES)


def _noted(session: Session, row: LikenessConsent, by: str, action: str, now: datetime) -> ConsentView:
    session.flush()
    note(session, by, action, to_public("cns", row.consent_id), {"face": row.face_id}, now=now)
    return _view(session, row)


def _view(session: Session, row: LikenessConsent) -> ConsentView:
    scope = Scope(tuple(row.uses), tuple(row.channels), tuple(row.territories), row.expires_at)
    shop = tenant_view(session)
    sentence = sentence_to_read(row.person_name, shop.name, scope, row.words, row.language, time_zone=shop.time_zone)
    return ConsentView(
        row.consent_id, row.person_name, row.face_id, scope, ConsentState(row.state), row.words, row.words_until, sentence,
        row.language, scope.last_day(shop.time_zone), row.heard or "",
    )  # fmt: skip


def _invented() -> frozenset[str]:
    return frozenset(one.face_id for one in faces())
