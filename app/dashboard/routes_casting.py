"""Faces of a shop's own: the list, the form that brings a portrait, and one face on its way."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.casting.castings import FACES_MAX, KEPT_DAYS, Brought, CastingView, begin_casting, casting, castings, must_have_room
from app.casting.errors import CastingRefused
from app.casting.own_faces import PREFIX, face_id_of
from app.casting.uploads import drop_face, fingerprint_of, keep_picture
from app.dashboard.casting_form import MEGABYTES_MAX, PortraitForm, language_of, portrait_form, scope_of, usual_until
from app.dashboard.casting_speech import player_url
from app.dashboard.casting_words import PILLS, STATES, nearest_words
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page, page
from app.dashboard.permissions import Hirer
from app.dashboard.routes_employee_picture import has_card
from app.dashboard.viewer import Viewer
from app.dashboard.voice_samples import voice_choices
from app.studio.consent_words import LANGUAGES
from app.studio.likeness import AffectedFilm, ConsentView, affected_films, consents, request_consent
from app.wiring import media_store
from tenants.audit import person_actor
from tenants.employee import EmployeeView, employees
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/casting"
DONE: Final = {
    "begun": N_("The portrait is here."),
    "filmed": N_("The film is here."),
    "replaced": N_("The new file is here, in the old one's place."),
    "named": N_("The face can be hired, and its portrait is gone."),
    "deleted": N_("The face and its portrait are gone."),
    "drawn": N_("New words were drawn; they are good for half an hour."),
    "recorded": N_("The recording is noted. Only its fingerprint is kept."),
    "active": N_("The consent is in force."),
    "asked": N_("A new consent is asked for. The sentence to read stands below."),
    "revoked": N_("The consent was taken back. Nothing new is made with this face."),
}
Done = Annotated[str, Query(max_length=20)]


@router.get(PATH)
async def list_faces(viewer: Hirer, done: Done = "") -> Response:
    """Every face of the shop's own, the newest first, finished or not."""
    found, withheld = await viewer.read(castings), await viewer.read(_withheld, viewer)
    people = {one.face_id: one.person_name for one in await viewer.read(consents)}
    return page(
        "casting.html", **viewer.context("team"), found=found, withheld=withheld, people=people, done=_(DONE.get(done, "")),
        states=STATES, pills=PILLS, most=FACES_MAX,
    )  # fmt: skip


@router.get(f"{PATH}/new")
async def ask(viewer: Hirer) -> Response:
    """The form that brings a portrait."""
    fields = {"films": "on", "chat": "on", "until": usual_until(viewer)}
    return _form_page(viewer, PortraitForm(fields, b"", {}, 200))


@router.post(f"{PATH}/new")
async def bring(request: Request, viewer: Hirer) -> Response:
    """Keep the portrait and put it in line, or ask for the consent of the person it shows first."""
    form = await portrait_form(request, viewer)
    if form.why:
        return _form_page(viewer, form)
    try:
        casting_id = await viewer.read(_begin, viewer, form)
    except CastingRefused as refused:
        return _form_page(viewer, PortraitForm(form.fields, b"", {"": said(refused)}, 409))
    except OSError:
        why = _("The picture could not be kept: the disk is full or away. Nothing of it is left here; try again later.")
        return _form_page(viewer, PortraitForm(form.fields, b"", {"": why}, 507))
    return go_to(f"{PATH}/{face_id_of(casting_id)}?done=begun")


@router.get(f"{PATH}/{{face_id}}")
async def show(request: Request, viewer: Hirer, face_id: str, done: Done = "") -> Response:
    """One face: its consent, how far it is, what was found, how it talks, and what can be done next."""
    return await one_page(request, viewer, from_public(PREFIX, face_id), done=_(DONE.get(done, "")))


async def one_page(
    request: Request,
    viewer: Viewer,
    casting_id: UUID,
    *,
    done: str = "",
    status: int = 200,
    why: dict[str, str] | None = None,
    **typed: Any,
) -> Response:
    """The page of one face, perhaps with a fault beside a field; `typed` keeps what was written."""
    one, consent, films, wearers = await viewer.read(_one, casting_id)
    context = {
        "one": one, "consent": consent, "films": films, "wearers": wearers, "done": done, "states": STATES, "pills": PILLS,
        "why": why or {}, "typed": typed, "nearest": nearest_words(one), "kept_days": KEPT_DAYS, "voices": voice_choices(),
        "player_url": player_url(), "usual_until": usual_until(viewer),
        "reading_languages": LANGUAGES, "has_card": one.is_film and await has_card(viewer),
    }  # fmt: skip
    answer = live_page(request, "casting_one", **viewer.context("team"), **context)
    answer.status_code = status if status != 200 else answer.status_code
    return answer


def _begin(session: Session, viewer: Viewer, form: PortraitForm) -> UUID:
    brought = Brought(form.fields["material"], fingerprint_of(form.picture), len(form.picture))
    folder = viewer.house.settings.data_folder
    return begin_with_file(session, viewer, brought, form.fields, keep=lambda casting_id: keep_picture(form.picture, folder, casting_id))


def begin_with_file(session: Session, viewer: Viewer, brought: Brought, fields: Mapping[str, str], *, keep: Callable[[UUID], Path]) -> UUID:
    """The row, the request for consent, and the file that `keep` writes: all of it or nothing. Raises CastingRefused, OSError."""
    by, folder = person_actor(viewer.person.person_id), viewer.house.settings.data_folder
    must_have_room(session)
    casting_id = begin_casting(session, brought, by=by, now=viewer.now)
    if brought.material == "photograph":
        scope, name = scope_of(fields, viewer), fields["person"]
        request_consent(
            session, person_name=name, face_id=face_id_of(casting_id), scope=scope, by=by, now=viewer.now, language=language_of(fields)
        )
    try:
        media_store(viewer.house.settings).keep(keep(casting_id))
    except OSError:
        drop_face(folder, casting_id)
        raise
    return casting_id


def _one(session: Session, casting_id: UUID) -> tuple[CastingView, ConsentView | None, list[AffectedFilm], list[EmployeeView]]:
    one = casting(session, casting_id)
    consent = next((consent for consent in consents(session) if consent.face_id == one.face_id), None)
    wearers = [employee for employee in employees(session) if employee.face_id == one.face_id and not employee.is_retired]
    return one, consent, affected_films(session, one.face_id) if consent else [], wearers


def _withheld(session: Session, viewer: Viewer) -> set[str]:
    """The faces whose people have not agreed, or agree no longer."""
    asked = consents(session)
    return {one.face_id for one in asked} - {one.face_id for one in asked if one.is_in_force(viewer.now)}


def _form_page(viewer: Viewer, form: PortraitForm) -> Response:
    fields = {**form.fields, "language": language_of(form.fields)}
    context: dict[str, Any] = {
        "fields": fields,
        "why": form.why,
        "reading_languages": LANGUAGES,
        "megabytes": MEGABYTES_MAX,
        "kept_days": KEPT_DAYS,
    }
    return page("casting_new.html", status=form.status if form.why else 200, **viewer.context("team"), **context)
