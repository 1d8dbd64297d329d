"""Codes that tills took which cannot ask us: a file of them, looked at first, then booked. The same file again changes nothing."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, UploadFile

from app.dashboard.language import P_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import page
from app.dashboard.permissions import OfferSetter
from app.dashboard.routes_imports import columns_of
from app.dashboard.viewer import Viewer
from billing.connectors_for_files import Columns
from billing.errors import RedemptionsRefused
from billing.import_redemptions import FIELDS, FILE_BYTES_MAX, RedemptionsPreview, import_redemptions, preview_redemptions
from tenants.audit import person_actor

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/redemptions"
FORM_BYTES_MAX: Final = FILE_BYTES_MAX + 100_000


@router.get("/dashboard/redemptions")
async def ask(viewer: OfferSetter) -> Response:
    """The place to choose a file or paste its rows."""
    return _ask_page(viewer)


@router.post("/dashboard/redemptions")
async def look(request: Request, viewer: OfferSetter) -> Response:
    """Show what the file would book by the chosen columns; nothing is kept yet. A chosen file counts before what was pasted."""
    async with request.form(max_files=1, max_fields=40, max_part_size=FORM_BYTES_MAX) as form:
        viewer.check_form(str(form.get("csrf_token", "")))
        text, columns = await _sent(form), columns_of(viewer, form)
    try:
        found = await viewer.read(preview_redemptions, text=text, columns=columns, now=viewer.now)
        if not columns.of_field:
            guessed = {field: name for field, name in found.guessed.items() if field in FIELDS}
            columns = Columns(guessed, day_format=columns.day_format, decimal_mark=columns.decimal_mark, time_zone=columns.time_zone)
            found = await viewer.read(preview_redemptions, text=text, columns=columns, now=viewer.now)
    except RedemptionsRefused as error:
        return _ask_page(viewer, status=422, why=said(error), text=text[:FILE_BYTES_MAX])
    return _preview_page(viewer, text, columns, found)


@router.post("/dashboard/redemptions/book")
async def book(request: Request, viewer: OfferSetter) -> Response:
    """Book what was shown. Sending the form again books nothing twice."""
    async with request.form(max_files=1, max_fields=40, max_part_size=FORM_BYTES_MAX) as form:
        viewer.check_form(str(form.get("csrf_token", "")))
        text, columns = await _sent(form), columns_of(viewer, form)
    by = person_actor(viewer.person.person_id)
    try:
        count = await viewer.read(import_redemptions, text=text, columns=columns, now=viewer.now, by=by)
    except RedemptionsRefused as error:
        return _ask_page(viewer, status=422, why=said(error), text=text)
    booked = P_("%(count)s redemption was booked.", "%(count)s redemptions were booked.", count)
    return _ask_page(viewer, done=booked if count else _("Everything in the file was known already."))


async def _sent(form: FormData) -> str:
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        return (await file.read(FORM_BYTES_MAX)).decode("utf-8-sig", errors="replace").replace("\0", "")
    return str(form.get("text", "")).replace("\0", "")


def _ask_page(viewer: Viewer, *, status: int = 200, why: str = "", text: str = "", done: str = "") -> Response:
    return page("redemptions.html", status=status, **viewer.context("offers"), why=why, text=text, done=done)


def _preview_page(viewer: Viewer, text: str, columns: Columns, found: RedemptionsPreview) -> Response:
    context: dict[str, Any] = {"text": text, "columns": columns, "found": found, "fields": FIELDS}
    return page("redemptions_preview.html", **viewer.context("offers"), **context)
