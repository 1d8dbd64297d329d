"""Tables as people hand them in: whatever alphabet and separator their spreadsheet writes."""

import pytest

from tenants.errors import TableUnreadable
from tenants.table_file import letters_of, rows_of

ROWS = [("name", "price"), ("Käse", "4,50")]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_separator_is_the_one_that_cuts_the_first_line(separator: str, end: str) -> None:
    assert rows_of(end.join(["", separator.join(ROWS[0]), f" {ROWS[1][0]} {separator}4,50", ""])) == ROWS


def test_a_separator_within_quotes_cuts_nothing() -> None:
    assert rows_of('"a, b, or c";price\n"x\ny";2\n') == [("a, b, or c", "price"), ("x\ny", "2")]
    assert rows_of("code\nABC\n") == [("code",), ("ABC",)]


@pytest.mark.parametrize("alphabet", ["utf-8", "utf-8-sig", "utf-16"])
def test_letters_are_read_in_every_alphabet_of_spreadsheets(alphabet: str) -> None:
    assert rows_of(letters_of("name;price\nKäse;4,50\n".encode(alphabet))) == ROWS


def test_the_old_alphabet_is_read_only_where_it_is_asked_for() -> None:
    old = "Käse".encode("cp1252")
    assert letters_of(old, "cp1252") == "Käse"
    with pytest.raises(TableUnreadable, match="not UTF-8"):
        letters_of(old)


@pytest.mark.parametrize(("text", "why"), [
    ('a,b\n1,2\n"never closed,3\n4,5\n', r"unexpected end of data \(line 4\)"), ('a,b\n"x"y,1\n', r"\(line 2\)"),
    ("PK\x00\x03", "no text; save it as CSV"),
])  # fmt: skip
def test_what_is_no_table_says_why_and_where(text: str, why: str) -> None:
    with pytest.raises(TableUnreadable, match=why):
        rows_of(text)
