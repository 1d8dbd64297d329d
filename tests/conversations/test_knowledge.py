"""Reading documents: encodings, Markdown, price lists in the shapes people really have, and clear words for what cannot be read."""

import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.conversations.errors import ConversationsError, DocumentEmpty, DocumentNotReadable, DocumentTooLarge, PriceListHasNoNames
from app.conversations.knowledge.decode import DOCUMENT_BYTES_MAX, decode
from app.conversations.knowledge.prices import read_price, say_price
from app.conversations.knowledge.sentences import SPOKEN_WORDS_MAX, split_sentences, spoken, word_count
from app.conversations.knowledge.spelling import corrected, is_mistyping
from app.conversations.knowledge.words import concepts, stem, terms
from app.conversations.teach import read_document


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_encoding_is_found(encoding):
    text = "# Café\n\nWe open at nine – every day, für alle.\n" * 3
    assert decode("rules.md", text.encode(encoding)) == text


@pytest.mark.parametrize("body", [b"%PDF-1.7 x", b"PK\x03\x04zip", b"\x89PNG\r\n", bytes(range(256)) * 20, b"\xff\xfe\x00"])
def test_what_is_no_text_is_refused(body):
    with pytest.raises(DocumentNotReadable):
        decode("file.md", body)


def test_limits_are_named():
    with pytest.raises(DocumentTooLarge, match="2,000,000"):
        decode("big.md", b"a" * (DOCUMENT_BYTES_MAX + 1))
    with pytest.raises(DocumentEmpty):
        decode("empty.md", b" \n")
    with pytest.raises(DocumentNotReadable, match="image/png"):
        read_document("photo", "image/png", b"text")


def test_markdown_keeps_heading_paths_lists_and_tables():
    body = b"# Shop\n\n## Hours\n\n| Day | Time |\n|---|---|\n| Monday | 9 to 5 |\n\n"
    body += b"### Summer\n\n- Closed in August\n- Ice cream, e.g. lemon, at 2.50. Tasty!\n"
    pieces = read_document("rules.md", "", body).pieces
    assert [piece.heading for piece in pieces] == ["Shop > Hours", "Shop > Hours > Summer"]
    assert pieces[0].sentences == ("Monday: 9 to 5.",)
    assert pieces[1].sentences == ("Closed in August.", "Ice cream, e.g. lemon, at 2.50.", "Tasty!")


@pytest.mark.parametrize(
    ("cell", "currency", "expected"),
    [
        ("$4.50", None, (450, "USD")),
        ("4,50 €", None, (450, "EUR")),
        ("1.200,00", "EUR", (120000, "EUR")),
        ("1,200", "USD", (120000, "USD")),
        ("480円", None, (480, "JPY")),
        ("1'250.00 CHF", None, (125000, "CHF")),
        ("1.234", "KWD", (1234, "KWD")),
    ],
)
def test_prices_are_read_as_people_write_them(cell, currency, expected):
    assert read_price(cell, currency) == expected


@pytest.mark.parametrize("cell", ["free", "3-4", "$1 or $2", "4.5055 USD", "12"])
def test_a_doubtful_price_is_refused(cell):
    with pytest.raises(ValueError, match=r"."):
        read_price(cell, None)


def test_yuan_are_said_in_each_language_as_its_readers_write_them():
    assert (say_price(1260, "CNY", "zh"), say_price(1260, "CNY"), say_price(480, "JPY", "zh")) == ("¥12.60", "CN¥12.60", "¥480")


@given(st.integers(0, 10**9), st.sampled_from(["USD", "EUR", "JPY", "KWD", "GBP"]))
def test_a_price_said_is_the_price_read(amount, currency):
    assert read_price(say_price(amount, currency).replace(currency, ""), currency) == (amount, currency)


def test_a_price_list_names_every_row_it_could_not_read():
    body = b"Item;Price (EUR);In stock\nTea;3,20;yes\nTea;9,99;1\n;2,00;1\nCake;a lot;many\nMug;12;0\n"
    read = read_document("list.csv", "text/csv", body)
    facts = [piece.product for piece in read.pieces]
    assert [(fact.name, fact.price_minor, fact.currency, fact.stock) for fact in facts] == [
        ("Tea", 320, "EUR", -1),
        ("Cake", None, None, None),
        ("Mug", 1200, "EUR", 0),
    ]
    assert [warning[:6] for warning in read.warnings] == ["Row 3 ", "Row 4 ", "Row 5:", "Row 5:"]


def test_broken_csv_is_explained():
    with pytest.raises(PriceListHasNoNames):
        read_document("list.csv", "text/csv", b"foo,bar\n1,2\n")
    with pytest.raises(DocumentNotReadable, match="export it again"):
        read_document("list.csv", "text/csv", b'name,price\n"Tea,3\n')
    with pytest.raises(DocumentEmpty):
        read_document("list.csv", "text/csv", b"name,price\n")


def read_or_refused(name, body):
    """Only this room's own errors are refusals; anything else fails the test."""
    with contextlib.suppress(ConversationsError):
        return read_document(name, "", body).pieces
    return ()


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=12), st.text(max_size=12)), max_size=8))
def test_any_csv_is_read_or_refused_in_words(rows):
    lines = io.StringIO()
    csv.writer(lines).writerows([("name", "price", "stock"), *rows])
    names = [piece.product.name.casefold() for piece in read_or_refused("list.csv", lines.getvalue().encode("utf-8", "replace"))]
    assert len(set(names)) == len(names)


@given(st.binary(max_size=400).filter(lambda body: not body.lstrip().startswith(b"%PDF")))  # a process each
def test_any_bytes_are_read_or_refused_in_words(body):
    for name in ("rules.md", "list.csv"):
        assert all(piece.sentences for piece in read_or_refused(name, body))


@given(st.text(max_size=200))
def test_terms_are_words_of_the_text_or_concepts(text):
    for term in terms(text):
        assert term
        assert term == term.casefold() or term.startswith("§")


@pytest.mark.parametrize("text", ["I want my money back", "退款", "返品できますか", "Puis-je me faire rembourser ?"])
def test_one_concept_in_four_languages(text):
    assert "returns" in concepts(text)


def test_stems_join_forms():
    assert stem("cookies") == stem("cookie")
    assert stem("sandwiches") == stem("sandwich")
    assert stem("returned") == stem("returns") == stem("returning")


def test_slips_are_put_right_and_real_words_left_alone():
    known = frozenset({"return", "cappuccino", "latte", "later"})
    assert corrected("retrun a capuccino", known) == "return a cappuccino"
    assert corrected("lattr", known) == "lattr"  # latte or later: in doubt it stays
    assert not is_mistyping("tea", "ten")


def test_sentences_end_where_people_end_them():
    assert split_sentences("Dr. Lee opens at 9.30 a.m. daily. Really? 営業します。毎日です。") == [
        "Dr. Lee opens at 9.30 a.m. daily.",
        "Really?",
        "営業します。",
        "毎日です。",
    ]


@given(st.lists(st.sampled_from(["word", "and", "so", "we,", "open;", "shut", "8:00"]), min_size=1, max_size=120))
def test_spoken_parts_are_short_and_lose_no_word(parts):
    sentence = " ".join(parts)
    said = spoken(sentence)
    assert all(word_count(part) <= SPOKEN_WORDS_MAX for part in said)
    assert " ".join(said).replace(",", "").split() == sentence.replace(",", "").split()
