"""A Word document (.docx) becomes sections. It is a ZIP file, so its size is judged unpacked before anything is unpacked."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.parsers.expat import ExpatError

from app.conversations.errors import DocumentNotReadable, DocumentTooLarge
from app.conversations.knowledge.pieces import ReadDocument
from app.conversations.knowledge.sections import pieces_of
from app.conversations.readers.web_page import sections_of_html

PARTS_MAX = 4000
UNPACKED_BYTES_MAX = 200_000_000
TEXT_BYTES_MAX = 30_000_000
"""Of the part with the text (word/document.xml): some thousand pages."""
TEXT_PART = "word/document.xml"
HEADINGS = tuple(f"p[style-name='Heading {level}'] => h{min(level + 1, 6)}:fresh" for level in range(1, 7))
"""A document's title is above its headings, where it has one."""
STYLES = (*HEADINGS, "p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh", "comment-reference => ", "u => ")


def read_word(name: str, body: bytes) -> ReadDocument:
    """Read the text, headings, lists and tables; pictures, comments and tracked deletions are left out.

    Raises DocumentNotReadable, DocumentTooLarge (also for a file that unpacks to far more than it should), DocumentEmpty.
    """
    _judge(name, body)
    import mammoth

    try:
        made = mammoth.convert_to_html(io.BytesIO(body), style_map="\n".join(STYLES), convert_image=mammoth.images.img_element(_no_picture))
    except (KeyError, ValueError, AttributeError, zipfile.BadZipFile, ExpatError) as error:
        raise DocumentNotReadable(f"{name} is a damaged Word file ({type(error).__name__}). Please save it again in Word.") from None
    warnings: list[str] = []
    return pieces_of(name, sections_of_html(name, f"<body>{made.value}</body>", warnings), warnings)


def _judge(name: str, body: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            parts = packed.infolist()
            head = packed.open(TEXT_PART).read(4096) if TEXT_PART in packed.namelist() else b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise DocumentNotReadable(f"{name} is damaged or locked with a password. Please save it again as .docx, unlocked.") from None
    if not head:
        raise DocumentNotReadable(f"{name} is not a Word document: it has no text part. Please save it as .docx.")
    _judge_sizes(name, parts)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise DocumentNotReadable(f"{name} is not a plain Word document: it declares entities of its own.")


def _judge_sizes(name: str, parts: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = sum(part.file_size for part in parts)
    text = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    if len(parts) > PARTS_MAX or unpacked > UNPACKED_BYTES_MAX or text > TEXT_BYTES_MAX:
        raise DocumentTooLarge(f"{name} unpacks to {unpacked:,} bytes in {len(parts):,} parts, more than can be read. Please split it.")


def _no_picture(_image: Any) -> dict[str, str]:
    return {"src": ""}
