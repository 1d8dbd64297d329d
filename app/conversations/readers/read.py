"""Read a document of any kind, here and now."""

from app.conversations.errors import DocumentNotReadable
from app.conversations.knowledge.decode import DOCUMENT_BYTES_MAX, decode
from app.conversations.knowledge.markdown import read_markdown
from app.conversations.knowledge.pieces import ReadDocument
from app.conversations.knowledge.price_list import read_price_list
from app.conversations.readers import kinds
from app.conversations.readers.feed import read_feed_json, read_feed_xml
from app.conversations.readers.pdf import Tell, read_pdf
from app.conversations.readers.web_page import read_web_page
from app.conversations.readers.word import read_word


def read(name: str, kind: str, body: bytes, tell: Tell) -> ReadDocument:
    """Read by kind (kinds.py); `tell(done, whole)` hears of pages. Raises the Document... errors of app/conversations/errors.py."""
    if kind == kinds.PDF:
        return read_pdf(name, body, tell)
    if kind == kinds.WORD:
        return read_word(name, body)
    is_feed = kind in (kinds.FEED_XML, kinds.FEED_JSON)
    text = decode(name, body, kinds.PACKED_BYTES_MAX if is_feed else DOCUMENT_BYTES_MAX)
    readers = {
        kinds.MARKDOWN: read_markdown,
        kinds.PRICE_LIST: read_price_list,
        kinds.WEB_PAGE: read_web_page,
        kinds.FEED_XML: read_feed_xml,
        kinds.FEED_JSON: read_feed_json,
    }
    if kind not in readers:
        raise DocumentNotReadable(f"{name} is of a kind nobody here can read ({kind}).")
    return readers[kind](name, text)
