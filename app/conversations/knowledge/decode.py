"""Bytes into text, the encoding found from the bytes themselves; anything that is not text is refused kindly.

UTF-8 and UTF-16 are known by their form. What is neither is one of the older encodings: those of East Asia are told by how often their
characters occur (charset-normalizer), and Western text falls to Windows-1252.
"""

from charset_normalizer import from_bytes

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
_OLDER = ["gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1252", "cp1250", "cp1251"]
_SAMPLE_BYTES = 60_000


def decode(name: str, body: bytes, bytes_max: int = DOCUMENT_BYTES_MAX) -> str:
    """Return the document's text. Raises DocumentTooLarge, DocumentEmpty or DocumentNotReadable, each saying what to do."""
    if len(body) > bytes_max:
        raise DocumentTooLarge(f"{name} has {len(body):,} bytes; at most {bytes_max:,} can be taught. Please split it.")
    for start, kind in _BINARY_STARTS.items():
        if body.startswith(start):
            raise DocumentNotReadable(f"{name} is {kind}, not text. Please give it its proper ending, or save it as text.")
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
            return body.decode(_older_encoding(body))
    except (UnicodeDecodeError, LookupError):
        raise DocumentNotReadable(f"{name} is in no encoding we know. Please save it in UTF-8.") from None


def _older_encoding(body: bytes) -> str:
    best = from_bytes(body[:_SAMPLE_BYTES], cp_isolation=_OLDER, enable_fallback=False).best()
    return best.encoding if best is not None and best.encoding.startswith(("gb", "big5", "shift", "euc")) else "cp1252"


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
