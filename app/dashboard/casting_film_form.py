"""The form that brings a film of somebody: read to a file, never into memory, each fault beside its field."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from app.casting.uploads import FileBrought, read_film
from app.dashboard.casting_form import FORM_BYTES_MAX, NAME_LENGTH_MAX, faults_of
from app.dashboard.language import _, said
from app.dashboard.viewer import Viewer
from avatar_pipeline.cast_film import FILM_BYTES_MAX, FilmUnusable

MEGABYTES_MAX: Final = FILM_BYTES_MAX // 1_000_000


@dataclass(frozen=True)
class FilmForm:
    """What was sent: the fields as they were typed, the film where there is a usable one, and why it cannot be taken, by field."""

    fields: Mapping[str, str]
    film: FileBrought | None
    why: Mapping[str, str]
    status: int = 422


@asynccontextmanager
async def film_form(request: Request, viewer: Viewer) -> AsyncIterator[FilmForm]:
    """Read the form; its film can be read as long as this is open. One that is too large is refused before a byte of it is read."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > FILM_BYTES_MAX + FORM_BYTES_MAX:
        large = _("The film has more than %(megabytes)s MB. Film fewer seconds, or save it smaller.", megabytes=MEGABYTES_MAX)
        yield FilmForm({}, None, {"film": large}, 413 if length.isdigit() else 411)
        return
    form = request.form(max_files=1, max_fields=12, max_part_size=FORM_BYTES_MAX)
    try:
        sent = await form
    except MultiPartException:
        yield FilmForm({}, None, {"film": _("The upload broke off. Try again.")}, 400)
        return
    try:
        fields = {name: value for name, value in sent.items() if isinstance(value, str)}
        viewer.check_form(fields.get("csrf_token", ""))
        yield await _judged(viewer, fields, sent.get("film"))
    finally:
        await sent.close()


async def _judged(viewer: Viewer, fields: Mapping[str, str], film: object) -> FilmForm:
    why = faults_of(fields, viewer)
    maker = fields.get("made_by", "").strip()
    if fields.get("material") == "drawn" and (not maker or len(maker) > NAME_LENGTH_MAX or not maker.isprintable()):
        why["made_by"] = _("Say who made the character.")
    if not isinstance(film, UploadFile) or not film.filename:
        return FilmForm(fields, None, why | {"film": _("Choose a film first.")})
    try:
        read = await viewer.house.run_call(read_film, film.file)
    except FilmUnusable as unusable:
        return FilmForm(fields, None, why | {"film": said(unusable)})
    return FilmForm(fields, read, why)
