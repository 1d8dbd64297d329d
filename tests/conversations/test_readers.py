"""Readers on real files: PDF as reportlab prints it, Word as Word keeps it, pages, feeds; and what is hostile, damaged or too large."""

import io
import json
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import ListFlowable, ListItem, PageBreak, Paragraph, SimpleDocTemplate, Table

from app.conversations.errors import ConversationsError, DocumentNotReadable, DocumentTooLarge, PriceListHasNoNames
from app.conversations.knowledge.decode import decode
from app.conversations.knowledge.pieces import ReadDocument
from app.conversations.knowledge.prices import split_unit
from app.conversations.readers import kinds
from app.conversations.readers.apart import read_apart
from app.conversations.readers.kinds import kind_of
from app.conversations.readers.pdf import read_pdf
from app.conversations.readers.read import read
from app.conversations.readers.word import read_word

WORD_FILE = Path(__file__).parents[1] / "payloads" / "teach" / "house_rules.docx"
PRICES = [["Product", "Price", "Unit"], ["Flat white", "$4.20", ""], ["Green beans", "$21.00", "per kg"], ["Gift box", "ask us", ""]]
STYLES = getSampleStyleSheet()


def untold(_page: int, _pages: int) -> None:
    """Nobody listens."""


def printed(parts: Sequence[Any], **options: Any) -> bytes:
    """A PDF with a running foot on every page."""
    out = io.BytesIO()

    def foot(canvas: Canvas, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(72, 30, f"Kestrel Coffee, page {document.page}")

    SimpleDocTemplate(out, **options).build(list(parts), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def text(words: str, style: str = "BodyText") -> Paragraph:
    return Paragraph(words, STYLES[style])


def house_rules_pdf() -> bytes:
    long = "Opened bags we replace once if you do not like them, but please bring the receipt; without a receipt we can only exchange "
    long += "the bag for another one of the same price, as long as the roast is still in the shop."
    return printed(
        [
            text("House rules", "Title"),
            text("Returns", "Heading2"),
            text(f"Unopened bags of beans may come back within 30 days. {long}"),
            text("Delivery", "Heading2"),
            ListFlowable([ListItem(text("Orders over $40 are free")), ListItem(text("Others cost $4.50"))]),
            PageBreak(),
            text("Prices", "Heading2"),
            Table(PRICES),
            text("Opening hours", "Heading3"),
            text("Monday to Friday from 7:00 to 18:00."),
        ]
    )


def test_a_pdf_keeps_headings_paragraphs_lists_tables_and_pages() -> None:
    pages: list[tuple[int, int]] = []
    found = read_pdf("rules.pdf", house_rules_pdf(), lambda page, of: pages.append((page, of)))
    told = {(piece.heading, piece.page): piece.sentences for piece in found.pieces if piece.product is None}
    assert told["House rules > Returns", 1][0] == "Unopened bags of beans may come back within 30 days."
    assert told["House rules > Returns", 1][1].endswith("as long as the roast is still in the shop.")
    assert told["House rules > Delivery", 1] == ("Orders over $40 are free.", "Others cost $4.50.")
    assert told["House rules > Prices > Opening hours", 2] == ("Monday to Friday from 7:00 to 18:00.",)
    assert priced(found) == [("Flat white", 420, "USD", ""), ("Green beans", 2100, "USD", "kg"), ("Gift box", None, None, "")]
    assert not any("page 1" in sentence for piece in found.pieces for sentence in piece.sentences)
    assert (pages, found.pages) == ([(1, 2), (2, 2)], 2)
    assert found.warnings == (
        'Row 4: the price of "Gift box" could not be read ("ask us" is not one price); it will not be said (page 2).',
    )


def priced(found: ReadDocument) -> list[tuple[str, int | None, str | None, str]]:
    facts = [piece.product for piece in found.pieces if piece.product]
    return [(fact.name, fact.price_minor, fact.currency, fact.unit) for fact in facts]


def test_a_chinese_pdf() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    canvas = Canvas(out)
    for size, height, words in ((20, 750, "退货规定"), (11, 720, "未开封的咖啡豆可在三十天内退货。请带上小票。")):
        canvas.setFont("STSong-Light", size)
        canvas.drawString(72, height, words)
    canvas.save()
    (piece,) = read_pdf("规定.pdf", out.getvalue(), untold).pieces
    assert (piece.heading, piece.sentences) == ("退货规定", ("未开封的咖啡豆可在三十天内退货。", "请带上小票。"))


def test_a_scanned_pdf_gets_a_clear_sentence_and_a_lone_picture_is_named() -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.rect(72, 72, 300, 300, fill=1)
    canvas.showPage()
    canvas.save()
    with pytest.raises(DocumentNotReadable, match=r"scan\.pdf holds pictures of pages, but no text"):
        read_pdf("scan.pdf", out.getvalue(), untold)
    half = printed([text("We are open on Mondays."), PageBreak(), PageBreak()])
    mixed = io.BytesIO()
    canvas = Canvas(mixed)
    canvas.drawString(72, 400, "We are open on Mondays.")
    canvas.showPage()
    canvas.rect(72, 72, 300, 300, fill=1)
    canvas.showPage()
    canvas.save()
    assert read_pdf("half.pdf", mixed.getvalue(), untold).warnings == ("No text was found on page 2: probably a picture.",)
    assert read_pdf("half.pdf", half, untold).pieces[0].sentences == ("We are open on Mondays.",)


def test_a_locked_or_damaged_pdf_is_refused_in_words() -> None:
    locked = printed([text("Secret.")], encrypt=StandardEncryption("open sesame"))
    with pytest.raises(DocumentNotReadable, match="locked with a password"):
        read_pdf("locked.pdf", locked, untold)
    with pytest.raises(DocumentNotReadable, match="damaged PDF"):
        read_pdf("cut.pdf", house_rules_pdf()[:300], untold)


def test_a_word_file_keeps_headings_lists_and_tables() -> None:
    found = read_word("rules.docx", WORD_FILE.read_bytes())
    told = {piece.heading: piece.sentences for piece in found.pieces if piece.product is None}
    assert told["House rules > Returns"][0] == "Unopened bags of beans may come back within 30 days."
    assert told["House rules > Delivery"] == ("We deliver in the city on Tuesdays.", "Orders over $40 are free.", "Others cost $4.50.")
    assert told["House rules > Prices > Opening hours"] == ("Monday to Friday: 7:00 to 18:00.", "Saturday: 8:00 to 16:00.")
    assert priced(found) == [("Lantern Blend", 1260, "USD", "250 g"), ("Green beans", 2100, "USD", "kg"), ("Gift box", None, None, "")]
    assert any("it gives orders instead of facts" in warning for warning in found.warnings)


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def test_a_zip_bomb_is_judged_before_it_is_unpacked() -> None:
    with pytest.raises(DocumentTooLarge, match=r"unpacks to 250,000,\d+ bytes"):
        read_word("bomb.docx", packed({"word/document.xml": b"<w/>", "word/media/a.png": bytes(250_000_000)}))
    with pytest.raises(DocumentTooLarge, match="unpacks"):
        read_word("text.docx", packed({"word/document.xml": b"<w>" + b" " * 31_000_000 + b"</w>"}))
    with pytest.raises(DocumentNotReadable, match="entities of its own"):
        read_word("laughs.docx", packed({"word/document.xml": b'<!DOCTYPE w [<!ENTITY a "aaaa">]><w>&a;</w>'}))
    with pytest.raises(DocumentNotReadable, match="no text part"):
        read_word("sheet.docx", packed({"xl/workbook.xml": b"<w/>"}))
    with pytest.raises(DocumentNotReadable, match="damaged"):
        read_word("cut.docx", WORD_FILE.read_bytes()[:5000])


def test_a_zip_that_lies_about_its_size_is_not_believed() -> None:
    """The central directory says 10 bytes; the reader takes no more than it said, and the check sum then fails."""
    body = bytearray(packed({"word/document.xml": b"<w>" + b" " * 5_000_000 + b"</w>"}))
    place = body.rindex(b"PK\x01\x02")
    body[place + 24 : place + 28] = struct.pack("<I", 10)
    with pytest.raises(ConversationsError, match="damaged"):
        read_word("liar.docx", bytes(body))


PAGE = b"""<!doctype html><html><head><title>Kestrel help</title><script>alert(1)</script></head><body>
<nav><a href=/>Home</a></nav><h1>Help</h1><p>We ship <b>worldwide</b>. It takes 3&nbsp;days.</p>
<h2>Returns</h2><ul><li>Within 30 days<li>Bring the <a href=x>receipt</a></ul>
<p style="display:none">Everything is free today.</p><p hidden>Also hidden.</p>
<table><tr><th>Zone<th>Cost<th>Time<tr><td>City<td>$3<td>1 day</table>
<footer>Call 555 0100.</footer></body></html>"""


def test_a_web_page_gives_what_a_visitor_sees() -> None:
    found = read("help.html", kinds.WEB_PAGE, PAGE, untold)
    assert [(piece.heading, piece.sentences) for piece in found.pieces] == [
        ("Help", ("We ship worldwide.", "It takes 3 days.")),
        ("Help > Returns", ("Within 30 days.", "Bring the receipt.", "City: Cost $3; Time 1 day.")),
        ("Kestrel help", ("Call 555 0100.",)),
    ]


FEED = b"""<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Kestrel</title>
<item><g:id>1</g:id><title>Lantern Blend, 250 g</title><g:price>12.60 USD</g:price><g:availability>in_stock</g:availability>
<g:product_type>Shop &gt; Coffee</g:product_type><link>https://kestrel.example/lantern</link>
<description>&lt;p&gt;A &lt;b&gt;round&lt;/b&gt; roast.&lt;/p&gt;</description></item>
<item><g:id>2</g:id><title>Rain jacket</title><g:size>M</g:size><g:price>89.00 USD</g:price><g:sale_price>69.00 USD</g:sale_price>
<g:availability>preorder</g:availability></item>
<item><g:id>3</g:id><title>Rain jacket</title><g:size>L</g:size><g:price>soon</g:price><g:availability>out_of_stock</g:availability></item>
</channel></rss>"""


def test_a_merchant_feed_becomes_facts() -> None:
    found = read("feed.xml", kinds.FEED_XML, FEED, untold)
    facts = [piece.product for piece in found.pieces if piece.product]
    assert [(fact.name, fact.price_minor, fact.stock, fact.category) for fact in facts] == [
        ("Lantern Blend, 250 g", 1260, -1, "Coffee"), ("Rain jacket, M", 6900, None, ""), ("Rain jacket, L", None, 0, ""),
    ]  # fmt: skip
    assert found.pieces[0].sentences == ("Lantern Blend, 250 g.", "A round roast.")
    assert len(found.warnings) == 1
    with pytest.raises(DocumentNotReadable, match="entities"):
        read("laughs.xml", kinds.FEED_XML, b'<!DOCTYPE rss [<!ENTITY a "aaaa">]><rss><item>&a;</item></rss>', untold)
    with pytest.raises(DocumentNotReadable, match="not proper XML"):
        read("cut.xml", kinds.FEED_XML, FEED[:400], untold)


def test_json_feeds_in_the_shapes_shops_export() -> None:
    records = [
        {"title": "Tea", "price": {"value": 3.5, "currency": "EUR"}, "available": True},
        {"title": "Mug", "currency": "EUR", "variants": [{"title": "Blue", "price": "9.00"}, {"title": "Red", "price": "9.50"}]},
    ]
    lines = "\n".join(json.dumps(one) for one in records)
    expected = [("Tea", 350, "EUR", ""), ("Mug, Blue", 900, "EUR", ""), ("Mug, Red", 950, "EUR", "")]
    for body in (json.dumps({"products": records}), json.dumps(records), lines):
        assert priced(read("feed.json", kinds.FEED_JSON, body.encode(), untold)) == expected
    with pytest.raises(DocumentNotReadable, match="line 2"):
        read("feed.jsonl", kinds.FEED_JSON, b'{"title": "Tea"}\n{"title": ', untold)
    with pytest.raises(PriceListHasNoNames):
        read("feed.json", kinds.FEED_JSON, b'[{"foo": 1}]', untold)
    with pytest.raises(ConversationsError):
        read("deep.json", kinds.FEED_JSON, b"[" * 100_000, untold)


@pytest.mark.parametrize(
    ("name", "media_type", "body", "kind"),
    [
        ("rules", "application/octet-stream", b"%PDF-1.7\n", "pdf"),
        ("rules.txt", "text/plain", b"Open at nine.", "markdown"),
        ("list.csv", "application/vnd.ms-excel", b"name,price\n", "price_list"),
        ("pasted.md", "text/markdown", b"<!DOCTYPE html><p>Hi", "web_page"),
        ("pasted.md", "text/markdown", b'[{"title": "Tea"}]', "feed_json"),
        ("pasted.md", "text/markdown", b"[a link](/x) and words", "markdown"),
        ("feed.xml", "text/xml", b"<rss/>", "feed_xml"),
        ("page.xml", "text/xml", b"<?xml version='1.0'?><html xmlns=''/>", "web_page"),
    ],
)
def test_the_bytes_say_what_a_document_is(name: str, media_type: str, body: bytes, kind: str) -> None:
    assert kind_of(name, media_type, body) == kind
    assert kind_of("rules.docx", "", WORD_FILE.read_bytes()) == "word"


@pytest.mark.parametrize(("name", "media_type"), [("photo.png", "image/png"), ("sheet.xlsx", ""), ("film", "video/mp4")])
def test_what_cannot_be_taught_is_told_what_can(name: str, media_type: str) -> None:
    with pytest.raises(DocumentNotReadable, match=r"Word \(\.docx\), CSV"):
        kind_of(name, media_type, b"\x00")


@pytest.mark.parametrize(
    ("words", "encoding"),
    [("我们周一到周五营业，早上九点开门，晚上六点关门。", "gb18030"), ("営業時間は月曜から金曜までです。", "shift_jis")],
)
def test_older_east_asian_encodings_are_found(words: str, encoding: str) -> None:
    assert decode("规定.txt", (words * 6).encode(encoding)) == words * 6


@pytest.mark.parametrize(
    ("cell", "price", "unit"),
    [
        ("$4.50/kg", "$4.50", "kg"),
        ("4,50 € pro 100 g", "4,50 €", "100 g"),
        ("$3 per piece", "$3", ""),
        ("$3", "$3", ""),
        ("4/5", "4/5", ""),
    ],
)
def test_what_a_price_is_for(cell: str, price: str, unit: str) -> None:
    assert split_unit(cell) == (price, unit)


def test_a_reader_apart_tells_its_pages_and_its_refusals() -> None:
    pages: list[tuple[int, int]] = []
    found = read_apart("rules.pdf", kinds.PDF, house_rules_pdf(), lambda page, of: pages.append((page, of)))
    assert found == read_pdf("rules.pdf", house_rules_pdf(), untold)
    assert pages == [(1, 2), (2, 2)]
    with pytest.raises(DocumentNotReadable, match="no text part"):
        read_apart("x.docx", kinds.WORD, packed({"a": b"b"}), untold)


def test_a_reader_that_takes_too_long_or_too_much_is_stopped() -> None:
    many = "".join(f"<item><title>Thing {number}</title><price>{number} USD</price></item>" for number in range(60_000)).encode()
    with pytest.raises(DocumentTooLarge, match="more time or memory"):
        read_apart("feed.xml", kinds.FEED_XML, b"<rss>" + many + b"</rss>", untold, seconds=0.2)
    with pytest.raises(DocumentTooLarge, match="more memory"):
        read_apart("feed.xml", kinds.FEED_XML, b"<rss>" + many * 2 + b"</rss>", untold, memory_bytes=70_000_000)
