"""A face out of a film: the form that brings some seconds of a person who agrees, or of a character of the shop's own."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from app.casting.castings import KEPT_DAYS, Brought
from app.casting.errors import CastingRefused
from app.casting.own_faces import face_id_of
from app.casting.uploads import FileBrought, keep_film
from app.dashboard.casting_film_form import MEGABYTES_MAX, FilmForm, film_form
from app.dashboard.casting_form import language_of, usual_until
from app.dashboard.language import _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import Hirer
from app.dashboard.routes_casting import PATH as FACES
from app.dashboard.routes_casting import begin_with_file
from app.dashboard.routes_employee_picture import has_card
from app.dashboard.viewer import Viewer
from app.studio.consent_words import LANGUAGES
from avatar_pipeline.cast_film import FILM_BYTES_MAX, LOOP_SECONDS_MAX, SECONDS_MAX, SECONDS_MIN

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = f"{FACES}/new/film"
LIMITS: Final = {
    "megabytes": MEGABYTES_MAX, "bytes_max": FILM_BYTES_MAX, "seconds_min": SECONDS_MIN, "seconds_max": SECONDS_MAX,
    "loop_seconds": LOOP_SECONDS_MAX, "kept_days": KEPT_DAYS,
}  # fmt: skip


@router.get(PATH)
async def ask(viewer: Hirer) -> Response:
    """The form that brings a film."""
    return await _form_page(viewer, FilmForm({"films": "on", "chat": "on", "until": usual_until(viewer)}, None, {}, 200))


@router.post(PATH)
async def bring(request: Request, viewer: Hirer) -> Response:
    """Keep the film and put it in line, or ask for the consent of the person it shows first."""
    async with film_form(request, viewer) as form:
        if form.why or form.film is None:
            return await _form_page(viewer, form)
        try:
            casting_id = await viewer.read(_begin, viewer, form, form.film)
        except CastingRefused as refused:
            return await _form_page(viewer, FilmForm(form.fields, None, {"": said(refused)}, 409))
        except OSError:
            why = _("The film could not be kept: the disk is full or away. Nothing of it is left here; try again later.")
            return await _form_page(viewer, FilmForm(form.fields, None, {"": why}, 507))
    return go_to(f"{FACES}/{face_id_of(casting_id)}?done=filmed")


def _begin(session: Session, viewer: Viewer, form: FilmForm, film: FileBrought) -> UUID:
    fields, folder = form.fields, viewer.house.settings.data_folder
    maker = fields.get("made_by", "").strip() if fields["material"] == "drawn" else ""
    brought = Brought(fields["material"], film.sha256, film.size_bytes, is_film=True, made_by=maker)
    return begin_with_file(session, viewer, brought, fields, keep=lambda casting_id: keep_film(film, folder, casting_id))


async def _form_page(viewer: Viewer, form: FilmForm) -> Response:
    fields = {**form.fields, "language": language_of(form.fields)}
    context = {"fields": fields, "why": form.why, "reading_languages": LANGUAGES, "has_card": await has_card(viewer), **LIMITS}
    return page("casting_film.html", status=form.status if form.why else 200, **viewer.context("team"), **context)
