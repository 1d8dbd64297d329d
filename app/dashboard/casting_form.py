"""The form that brings a portrait: read without ever holding more than one may bring, each fault beside its field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from app.casting.castings import MATERIALS
from app.casting.uploads import read_upload
from app.dashboard.language import _, language, said
from app.dashboard.viewer import Viewer
from app.studio.consent_words import LANGUAGES
from app.studio.likeness_states import CHANNELS, Scope
from avatar_pipeline.portrait import FILE_BYTES_MAX, PictureUnusable

FORM_BYTES_MAX: Final = 100_000
"""What the form itself may take beside the picture."""
NAME_LENGTH_MAX: Final = 120
USUAL_DAYS: Final = 365
MEGABYTES_MAX: Final = FILE_BYTES_MAX // 1_000_000


@dataclass(frozen=True)
class PortraitForm:
    """What was sent: the fields as they were typed, the picture's bytes, and why it cannot be taken, by field."""

    fields: Mapping[str, str]
    picture: bytes
    why: Mapping[str, str]
    status: int = 422


async def portrait_form(request: Request, viewer: Viewer) -> PortraitForm:
    """Read the form. A picture that is too large is refused by the length the request announces, before a byte of it is read."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > FILE_BYTES_MAX + FORM_BYTES_MAX:
        large = _("The picture has more than %(megabytes)s MB. Save it smaller.", megabytes=MEGABYTES_MAX)
        return PortraitForm({}, b"", {"picture": large}, 413 if length.isdigit() else 411)
    try:
        async with request.form(max_files=1, max_fields=12, max_part_size=FORM_BYTES_MAX) as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
            viewer.check_form(fields.get("csrf_token", ""))
            picture = form.get("picture")
            why = faults_of(fields, viewer)
            if not isinstance(picture, UploadFile) or not picture.filename:
                return PortraitForm(fields, b"", why | {"picture": _("Choose a picture first.")})
            try:
                data = await viewer.house.run_call(read_upload, picture.file)
            except PictureUnusable as unusable:
                return PortraitForm(fields, b"", why | {"picture": said(unusable)})
    except MultiPartException:
        return PortraitForm({}, b"", {"picture": _("The upload broke off. Try again.")}, 400)
    return PortraitForm(fields, data, why)


def faults_of(fields: Mapping[str, str], viewer: Viewer) -> dict[str, str]:
    """What is missing before a picture may be looked at: what it is, and for a photograph who is in it and what they allow."""
    if fields.get("material") not in MATERIALS:
        return {"material": _("Say what the picture is.")}
    if fields["material"] == "drawn":
        return {} if fields.get("declared") else {"declared": _("Confirm that it shows no real person.")}
    why = {}
    name = fields.get("person", "").strip()
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        why["person"] = _("Say who the person is, as they call themselves.")
    if not any(fields.get(channel) for channel in CHANNELS):
        why["channels"] = _("Choose films, chat, or both.")
    if until_of(fields, viewer) is None:
        why["until"] = _("A consent ends on a day of the next two years.")
    return why


def scope_of(fields: Mapping[str, str], viewer: Viewer) -> Scope:
    """What a photographed person is asked to allow."""
    until = until_of(fields, viewer) or viewer.now
    return Scope(("face",), tuple(channel for channel in CHANNELS if fields.get(channel)), ("world",), until)


def language_of(fields: Mapping[str, str]) -> str:
    """The language the person reads in; the page's own, where none was chosen."""
    chosen = fields.get("language", "")
    return chosen if chosen in LANGUAGES else language()


def until_of(fields: Mapping[str, str], viewer: Viewer) -> datetime | None:
    """The end of the day that was chosen, in the shop's own time."""
    try:
        day = date.fromisoformat(fields.get("until", ""))
        end = datetime.combine(day, time(), ZoneInfo(viewer.shop.time_zone)) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return end if viewer.now < end <= viewer.now + timedelta(days=2 * USUAL_DAYS) else None


def usual_until(viewer: Viewer) -> str:
    """A year from today."""
    return (viewer.now.astimezone(ZoneInfo(viewer.shop.time_zone)) + timedelta(days=USUAL_DAYS)).date().isoformat()
