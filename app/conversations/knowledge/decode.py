"""Bytes into text: UTF-8, UTF-16 or Windows-1252, found from the bytes themselves; anything that is not text is refused kindly."""

from app.conversations.errors import DocumentEmpty, DocumentNotReadable, DocumentTooLarge

DOCUMENT_BYTES_MAX = 2_000_000
"""Bytes of one document: a thousand pages of plain text."""

_BINARY_STARTS = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP, Word or Excel file",
    b"\xd0\xcf\x11\xe0": "an old Word or Excel file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
}
_CONTROL_SHARE_MAX = 0.01


def decode(name: str, body: bytes) -> str:
    """Return the document's text. Raises DocumentTooLarge, DocumentEmpty or DocumentNotReadable, each saying what to do."""
    if len(body) > DOCUMENT_BYTES_MAX:
        raise DocumentTooLarge(f"{name} has {len(body):,} bytes; at most {DOCUMENT_BYTES_MAX:,} can be taught. Please split it.")
    for start, kind in _BINARY_STARTS.items():
        if body.startswith(start):
            raise DocumentNotReadable(f"{name} is {kind}, not text. Please save it as Markdown (.md) or CSV.")
    text = _read(name, body).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise DocumentEmpty(f"{name} is empty.")
    controls = sum(letter < " " and letter not in "\n\t\f" for letter in text)
    if "\0" in text or controls > _CONTROL_SHARE_MAX * len(text):
        raise DocumentNotReadable(f"{name} holds bytes that are not text. Please save it as plain text in UTF-8.")
    return text


def _read(name: str, body: bytes) -> str:
    encoding = _marked_encoding(body) or _unmarked_utf_16(body)
    try:
        if encoding:
            return body.decode(encoding)
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            return body.decode("cp1252")
    except UnicodeDecodeError:
        raise DocumentNotReadable(f"{name} is in no encoding we know (UTF-8, UTF-16, Windows-1252). Please save it in UTF-8.") from None


def _marked_encoding(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    return "utf-16" if body.startswith((b"\xff\xfe", b"\xfe\xff")) else ""


def _unmarked_utf_16(body: bytes) -> str:
    """Spreadsheets may write UTF-16 without its mark: every second byte of mostly Western text is then zero."""
    head = body[:2000]
    if len(head) < 4 or len(body) % 2:
        return ""
    even, odd = head[0::2].count(0) / (len(head) / 2), head[1::2].count(0) / (len(head) / 2)
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else ""
