"""Another picture, or film, of the same person for a face that has no name yet: the consent there is stays as it is."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from app.casting.castings import CastingView, casting, replace_picture
from app.casting.errors import CastingRefused
from app.casting.own_faces import PREFIX
from app.casting.uploads import FileBrought, drop_drawn, fingerprint_of, keep_film, keep_picture, read_film, read_upload
from app.dashboard.casting_form import FORM_BYTES_MAX
from app.dashboard.language import _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to
from app.dashboard.permissions import Hirer
from app.dashboard.routes_casting import PATH, one_page
from app.dashboard.viewer import Viewer
from app.wiring import media_store
from avatar_pipeline.cast_film import FILM_BYTES_MAX, FilmUnusable
from avatar_pipeline.portrait import FILE_BYTES_MAX, PictureUnusable
from tenants.audit import person_actor
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

FIELDS_MAX: Final = 4


@router.post(f"{PATH}/{{face_id}}/picture")
async def bring_another(request: Request, viewer: Hirer, face_id: str) -> Response:
    """Put the new one in the old one's place and the face in line again; whoever brings it says that it shows the same person."""
    key, length = from_public(PREFIX, face_id), request.headers.get("content-length", "")
    one = await viewer.read(casting, key)
    most = FILM_BYTES_MAX if one.is_film else FILE_BYTES_MAX
    if not length.isdigit() or int(length) > most + FORM_BYTES_MAX:
        why = _("The file has more than %(megabytes)s MB. Save it smaller.", megabytes=most // 1_000_000)
        return await one_page(request, viewer, key, status=413 if length.isdigit() else 411, why={"picture": why})
    try:
        async with request.form(max_files=1, max_fields=FIELDS_MAX, max_part_size=FORM_BYTES_MAX) as form:
            token, brought = form.get("csrf_token"), form.get("picture")
            viewer.check_form(token if isinstance(token, str) else "")
            if form.get("same") != "on":
                return await one_page(request, viewer, key, status=422, why={"same": _("Confirm what it shows.")})
            if not isinstance(brought, UploadFile) or not brought.filename:
                return await one_page(request, viewer, key, status=422, why={"picture": _("Choose a file first.")})
            await _take(viewer, one, brought.file)
    except (CastingRefused, PictureUnusable, FilmUnusable, MultiPartException, OSError) as error:
        status, why = _told(error)
        return await one_page(request, viewer, key, status=status, why={"picture": why})
    return go_to(f"{PATH}/{face_id}?done=replaced")


def _told(error: Exception) -> tuple[int, str]:
    """The status and the sentence for what stood in the way."""
    match error:
        case CastingRefused():
            return 409, said(error)
        case MultiPartException():
            return 400, _("The upload broke off. Try again.")
        case OSError():
            return 507, _("The file could not be kept: the disk is full or away. All is as it was before; try again later.")
        case _:
            return 422, said(error)


async def _take(viewer: Viewer, one: CastingView, file: BinaryIO) -> None:
    """Judge the file by its head and put it in the old one's place. Raises PictureUnusable, FilmUnusable, CastingRefused, OSError."""
    folder, house = viewer.house.settings.data_folder, viewer.house
    if one.is_film:
        film = await house.run_call(read_film, file)
        await viewer.read(_replace, viewer, one, film, partial(keep_film, film, folder, one.casting_id))
    else:
        data = await house.run_call(read_upload, file)
        picture = FileBrought(file, fingerprint_of(data), len(data))
        await viewer.read(_replace, viewer, one, picture, partial(keep_picture, data, folder, one.casting_id))


def _replace(session: Session, viewer: Viewer, one: CastingView, brought: FileBrought, keep: Callable[[], Path]) -> None:
    """The row, the file, and nothing left of what was drawn of the one before: all of it before the worker can see the row."""
    by, store = person_actor(viewer.person.person_id), media_store(viewer.house.settings)
    replace_picture(session, casting_id=one.casting_id, sha256=brought.sha256, size_bytes=brought.size_bytes, by=by, now=viewer.now)
    store.keep(keep())
    for path in drop_drawn(viewer.house.settings.data_folder, one.casting_id, is_film=one.is_film):
        store.drop(path)
