"""The form that hands in a document: a file, or words that were pasted. It is read by hand, so that its size is known before its bytes."""

from dataclasses import dataclass, replace
from typing import Final

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from app.conversations.teach_upload import BYTES_MAX, kind_by_ending
from app.dashboard.language import _
from app.dashboard.problems import PageProblem

FIELDS_BYTES_MAX: Final = 2_500_000
"""What may be pasted, and the other fields. A file may be larger."""
FIELDS_MAX: Final = 6
PASTED_TYPE: Final = "text/markdown"
PASTED_NAME_LENGTH_MAX: Final = 110


@dataclass(frozen=True)
class HandedIn:
    """What was sent: `problem` says in a sentence why it cannot be taught; then `typed` (the name) and `text` go back into the form."""

    csrf_token: str
    name: str
    media_type: str
    body: bytes
    text: str = ""
    typed: str = ""
    problem: str = ""


async def handed_in(request: Request) -> HandedIn:
    """Read the form. Raises a page for a body that is too large to look at, or no form at all."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > BYTES_MAX + FIELDS_BYTES_MAX:
        raise too_large()
    try:
        async with request.form(max_files=1, max_fields=FIELDS_MAX, max_part_size=FIELDS_BYTES_MAX) as form:
            fields = {key: value for key, value in form.items() if isinstance(value, str)}
            file = form.get("file")
            if isinstance(file, UploadFile) and file.filename:
                body, typed = await file.read(BYTES_MAX + 1), fields.get("name", "").strip()
                media_type = kind_by_ending(file.filename) or file.content_type or ""  # the name that was typed may have no ending
                handed = HandedIn(fields.get("csrf_token", ""), typed or file.filename, media_type, body, typed=typed)
                return _judged(handed, _("The file is empty."))
    except HTTPException:
        raise too_large() from None
    name, text = fields.get("name", "").strip(), fields.get("text", "")
    if text.strip() and not name:
        name = " ".join(text.strip().lstrip("#").split("\n", 1)[0].split())[:60]
    handed = HandedIn(
        fields.get("csrf_token", ""), name[:PASTED_NAME_LENGTH_MAX], PASTED_TYPE, text.strip().encode(), text, fields.get("name", "")
    )
    return _judged(handed, _("Choose a file, or paste some text."))


def too_large() -> PageProblem:
    """The answer to more bytes than are looked at."""
    megabytes = BYTES_MAX // 1_000_000
    advice = _(
        "A file may have at most %(megabytes)s MB, and pasted text 2 MB. Nothing was changed. Please split it and teach the parts.",
        megabytes=megabytes,
    )
    return PageProblem(413, _("This is too large to be taught at once"), advice, _("Back to Teach"), "/dashboard/teach")


def _judged(handed: HandedIn, problem: str) -> HandedIn:
    return handed if handed.body else replace(handed, problem=problem)
