"""The consent of a photographed person: the sentence they read, the recording, its check, and taking it back."""

import hashlib
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from app.casting.castings import ask_again, casting, withhold
from app.casting.own_faces import PREFIX, face_id_of
from app.dashboard.casting_form import FORM_BYTES_MAX, faults_of, language_of, scope_of
from app.dashboard.consent_hearing import words_heard
from app.dashboard.door import Text
from app.dashboard.language import _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to
from app.dashboard.permissions import Hirer
from app.dashboard.routes_casting import PATH, one_page
from app.dashboard.viewer import Viewer
from app.studio.likeness import (
    ConsentRefused,
    ConsentUnknown,
    ConsentView,
    activate_consent,
    check_consent,
    consents,
    draw_again,
    record_consent,
    request_consent,
    revoke_consent,
)
from app.studio.likeness_states import ConsentState, Findings
from avatar_pipeline.cast_film import FilmUnusable, check_film
from tenants.audit import person_actor
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

RECORDING_BYTES_MAX: Final = 200_000_000
OPEN: Final = (ConsentState.REQUESTED, ConsentState.RECORDED, ConsentState.CHECKED)
CHUNK_BYTES: Final = 1 << 20
HEAD_BYTES: Final = 16
"""By which a film is told from anything else; whether it shows the person is for people to see."""


@router.post(f"{PATH}/{{face_id}}/consent/words")
async def new_words(request: Request, viewer: Hirer, face_id: str, *, csrf_token: Text = "", language: Text = "") -> Response:
    """Draw new words for a request whose half hour is over, or that is to be read in another language."""
    viewer.check_form(csrf_token)
    try:
        await viewer.read(_draw, viewer, from_public(PREFIX, face_id), language)
    except ConsentRefused as refused:
        return await one_page(request, viewer, from_public(PREFIX, face_id), status=409, why={"consent": said(refused)})
    return go_to(f"{PATH}/{face_id}?done=drawn")


@router.post(f"{PATH}/{{face_id}}/consent/new")
async def ask_anew(request: Request, viewer: Hirer, face_id: str) -> Response:
    """Ask the same person for another consent, when the one before was taken back or ran out."""
    form = {name: value for name, value in (await request.form(max_files=0, max_fields=12)).items() if isinstance(value, str)}
    viewer.check_form(form.get("csrf_token", ""))
    key = from_public(PREFIX, face_id)
    before = await viewer.read(_consent, key)
    fields = {**form, "material": "photograph", "person": before.person_name}
    why = faults_of(fields, viewer)
    if before.is_in_force(viewer.now) or before.state in OPEN:
        why = {"consent": _("There is a consent already, in force or on its way.")}
    if why:
        return await one_page(request, viewer, key, status=409 if "consent" in why else 422, why=why, until=form.get("until", ""))
    try:
        await viewer.read(_ask_anew, viewer, key, fields)
    except ConsentRefused as refused:
        return await one_page(request, viewer, key, status=409, why={"consent": said(refused)}, until=form.get("until", ""))
    return go_to(f"{PATH}/{face_id}?done=asked#consent")


@router.post(f"{PATH}/{{face_id}}/consent/recording")
async def record(request: Request, viewer: Hirer, face_id: str) -> Response:
    """Take the fingerprint of the recording, and what a recogniser hears in it where one is installed; itself it is not kept here."""
    key, length = from_public(PREFIX, face_id), request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > RECORDING_BYTES_MAX + FORM_BYTES_MAX:
        why = _("The recording has more than %(megabytes)s MB. Record it smaller.", megabytes=RECORDING_BYTES_MAX // 1_000_000)
        return await one_page(request, viewer, key, status=413, why={"recording": why})
    try:
        async with request.form(max_files=1, max_fields=4, max_part_size=FORM_BYTES_MAX) as form:
            token, film = form.get("csrf_token"), form.get("recording")
            viewer.check_form(token if isinstance(token, str) else "")
            if not isinstance(film, UploadFile) or not film.filename or not film.size:
                return await one_page(request, viewer, key, status=422, why={"recording": _("Choose the recording first.")})
            digest = hashlib.sha256()
            head = await film.read(HEAD_BYTES)
            check_film(head, len(head))
            await film.seek(0)
            while piece := await film.read(CHUNK_BYTES):
                digest.update(piece)
            asked = await viewer.read(_consent, key)
            names = f"{asked.person_name}, {viewer.shop.name}"
            heard = await viewer.house.run_call(words_heard, viewer.house, film.file, asked.language, names)
        await viewer.read(_record, viewer, key, digest.digest(), heard)
    except ConsentRefused as refused:
        return await one_page(request, viewer, key, status=409, why={"recording": said(refused)})
    except FilmUnusable as unusable:
        return await one_page(request, viewer, key, status=422, why={"recording": said(unusable)})
    except MultiPartException:
        return await one_page(request, viewer, key, status=400, why={"recording": _("The upload broke off. Try again.")})
    return go_to(f"{PATH}/{face_id}?done=recorded")


@router.post(f"{PATH}/{{face_id}}/consent/check")
async def check(
    request: Request, viewer: Hirer, face_id: str, *, csrf_token: Text = "", heard: Text = "", same_face: Text = ""
) -> Response:  # fmt: skip
    """Hold what was read against what was to be read; when it proves the consent, the consent is in force and the face is made."""
    viewer.check_form(csrf_token)
    key = from_public(PREFIX, face_id)
    try:
        problems = await viewer.read(_check, viewer, key, Findings(heard, same_face == "on", is_same_voice=True))
    except ConsentRefused as refused:
        return await one_page(request, viewer, key, status=409, why={"consent": said(refused)}, heard=heard)
    if problems:
        return await one_page(request, viewer, key, status=422, why={"consent": " ".join(said(one) for one in problems)}, heard=heard)
    return go_to(f"{PATH}/{face_id}?done=active")


@router.post(f"{PATH}/{{face_id}}/consent/revoke")
async def revoke(viewer: Hirer, face_id: str, csrf_token: Text = "") -> Response:
    """Take the consent back: what is being made stops, nothing new is made, and the page lists the films that show the face."""
    viewer.check_form(csrf_token)
    await viewer.read(_revoke, viewer, from_public(PREFIX, face_id))
    return go_to(f"{PATH}/{face_id}?done=revoked")


def _consent(session: Session, casting_id: UUID) -> ConsentView:
    face_id = face_id_of(casting(session, casting_id).casting_id)
    found = next((one for one in consents(session) if one.face_id == face_id), None)
    if found is None:
        raise ConsentUnknown("There is no such consent.")
    return found


def _ask_anew(session: Session, viewer: Viewer, casting_id: UUID, fields: Mapping[str, str]) -> None:
    scope, face_id, language = scope_of(fields, viewer), face_id_of(casting_id), language_of(fields)
    request_consent(
        session, person_name=fields["person"], face_id=face_id, scope=scope, by=_by(viewer), now=viewer.now, language=language
    )  # fmt: skip


def _draw(session: Session, viewer: Viewer, casting_id: UUID, language: str) -> None:
    draw_again(session, consent_id=_consent(session, casting_id).consent_id, by=_by(viewer), now=viewer.now, language=language)


def _record(session: Session, viewer: Viewer, casting_id: UUID, sha256: bytes, heard: str) -> None:
    consent_id = _consent(session, casting_id).consent_id
    record_consent(session, consent_id=consent_id, recording_sha256=sha256, by=_by(viewer), now=viewer.now, heard=heard)


def _check(session: Session, viewer: Viewer, casting_id: UUID, findings: Findings) -> list[str]:
    consent_id = _consent(session, casting_id).consent_id
    problems = check_consent(session, consent_id=consent_id, findings=findings, by=_by(viewer), now=viewer.now)
    if not problems:
        activate_consent(session, consent_id=consent_id, by=_by(viewer), now=viewer.now)
        if casting(session, casting_id).state == "awaiting_consent":  # a face that was made before is there again at once
            ask_again(session, casting_id=casting_id, by=_by(viewer), now=viewer.now)
    return problems


def _revoke(session: Session, viewer: Viewer, casting_id: UUID) -> None:
    revoke_consent(session, consent_id=_consent(session, casting_id).consent_id, by=_by(viewer), now=viewer.now)
    withhold(session, casting_id=casting_id, now=viewer.now)


def _by(viewer: Viewer) -> str:
    return person_actor(viewer.person.person_id)
