"""Which kind a document is: its own first bytes decide before what it is called, for names and media types are often wrong."""

import json
from typing import Final

from app.conversations.errors import DocumentNotReadable, DocumentTooLarge
from app.conversations.knowledge.decode import DOCUMENT_BYTES_MAX

MARKDOWN, WEB_PAGE, PDF, WORD = "markdown", "web_page", "pdf", "word"
PRICE_LIST, FEED_XML, FEED_JSON = "price_list", "feed_xml", "feed_json"
PACKED_BYTES_MAX: Final = 20_000_000
"""Bytes of a PDF, a Word file or a feed. Plain text is held to decode.DOCUMENT_BYTES_MAX, for all of it is words."""
HEAD_BYTES: Final = 4000

_TYPES: Final = {
    "text/csv": PRICE_LIST, "application/csv": PRICE_LIST, "application/vnd.ms-excel": PRICE_LIST, "text/tab-separated-values": PRICE_LIST,
    "text/markdown": MARKDOWN, "text/x-markdown": MARKDOWN, "text/plain": MARKDOWN,
    "text/html": WEB_PAGE, "application/xhtml+xml": WEB_PAGE,
    "application/pdf": PDF,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": WORD,
    "application/xml": FEED_XML, "text/xml": FEED_XML, "application/rss+xml": FEED_XML, "application/atom+xml": FEED_XML,
    "application/json": FEED_JSON, "application/x-ndjson": FEED_JSON, "application/jsonl": FEED_JSON, "application/jsonlines": FEED_JSON,
}  # fmt: skip
_ENDINGS: Final = {
    "csv": PRICE_LIST, "tsv": PRICE_LIST, "md": MARKDOWN, "markdown": MARKDOWN, "txt": MARKDOWN, "html": WEB_PAGE, "htm": WEB_PAGE,
    "xhtml": WEB_PAGE, "pdf": PDF, "docx": WORD, "xml": FEED_XML, "rss": FEED_XML, "atom": FEED_XML, "json": FEED_JSON, "jsonl": FEED_JSON,
    "ndjson": FEED_JSON,
}  # fmt: skip
ENDINGS: Final = tuple(f".{ending}" for ending in _ENDINGS)
"""What the form's file chooser offers."""
TAUGHT: Final = "Markdown, plain text, HTML, PDF, Word (.docx), CSV price lists and product feeds (XML, JSON) can be taught"
APART: Final = frozenset({PDF, WORD, WEB_PAGE, FEED_XML})
"""Kinds whose readers are large programs for hostile formats: they run in a process of their own, which may be killed."""


def kind_of(name: str, media_type: str, body: bytes) -> str:
    """Name the kind; raises DocumentNotReadable for what cannot be taught, DocumentTooLarge over the kind's limit."""
    kind = _by_bytes(body) or _by_words(name, media_type)
    if kind is None:
        said = media_type.split(";", 1)[0].strip().lower() or "unknown"
        raise DocumentNotReadable(f"{name} is of type {said}. {TAUGHT}.")
    kind = _looked_at(kind, body)
    limit = DOCUMENT_BYTES_MAX if kind in (MARKDOWN, PRICE_LIST, WEB_PAGE) else PACKED_BYTES_MAX
    if len(body) > limit:
        raise DocumentTooLarge(f"{name} has {len(body):,} bytes; at most {limit:,} can be taught. Please split it.")
    return kind


def kind_named(name: str, media_type: str) -> str:
    """The kind of a document that was taught before: what it is stored as, or what its name and media type say."""
    return _by_words(name, media_type) or MARKDOWN


def _by_bytes(body: bytes) -> str | None:
    if body[:1024].lstrip().startswith(b"%PDF-"):
        return PDF
    return WORD if body.startswith(b"PK\x03\x04") and b"word/" in body else None


def kind_by_ending(name: str) -> str | None:
    """The kind a file's name ends in; None when the ending says nothing."""
    return _ENDINGS.get(name.lower().rpartition(".")[2]) if "." in name else None


def _by_words(name: str, media_type: str) -> str | None:
    if media_type in _TYPES.values():
        return media_type  # somebody has looked already
    said = _TYPES.get(media_type.split(";", 1)[0].strip().lower())
    if said in (None, MARKDOWN, PRICE_LIST) and kind_by_ending(name):
        return kind_by_ending(name)  # browsers call many text files text/plain, and spreadsheets' type is given to any CSV
    return said


def _looked_at(kind: str, body: bytes) -> str:
    """Text that was pasted or misnamed shows what it is: a page, a feed or JSON."""
    head = body[:HEAD_BYTES].decode("utf-8", "ignore").lstrip("\ufeff \t\r\n").lower()
    if kind in (MARKDOWN, FEED_XML) and (head.startswith(("<!doctype html", "<html")) or "<html" in head[:1000]):
        return WEB_PAGE
    if kind == MARKDOWN and head.startswith("<?xml"):
        return FEED_XML
    if kind == MARKDOWN and head[:1] in ("{", "[") and _is_json(head, body):
        return FEED_JSON
    return kind


def _is_json(head: str, body: bytes) -> bool:
    first = head.split("\n", 1)[0]
    for text in (first, body.decode("utf-8", "replace")):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            continue
        return True
    return False
