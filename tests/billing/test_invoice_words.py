"""The invoice in its reader's language: every word of ours is said, names and figures stay as they are, and the bytes repeat."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from billing.payments.document import invoice_document, story_of
from billing.payments.gateway import InvoiceOrder, OrderLine, Party
from billing.payments.invoice_words import WORDS, line_in, words_in
from billing.payments.lines import TITLES

NOW = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
MEI = UUID("0193484e-5a00-7000-8000-00000000e001")


def order(lines: tuple[OrderLine, ...]) -> InvoiceOrder:
    buyer = Party("Kestrel GmbH", "Weg 1\n10115 Berlin", "DE", "DE136695976", "money@kestrel.example")
    return InvoiceOrder(MEI, MEI, "TABC-0001", "2026-10", "ab" * 32, "EUR", 2400, lines, buyer, NOW, False)


def texts(story: Any) -> Iterator[str]:
    """Every paragraph's words, wherever in tables it stands."""
    for part in story if isinstance(story, list | tuple) else [story]:
        if hasattr(part, "getPlainText"):
            yield part.getPlainText()
        elif hasattr(part, "_cellvalues"):
            for row in part._cellvalues:
                for cell in row:
                    yield from texts(cell) if not isinstance(cell, str) else [cell]
        elif isinstance(part, list):
            yield from texts(part)


LINES = (
    OrderLine(1, MEI, "share", "Mei: Share of sales", 2500),
    OrderLine(2, MEI, "rest", "7 further lines; the payslip names each", -100),
)
SELLER = {"name": "Tillhand", "address": "Kai 3", "country": "DE", "tax_id": "DE1", "bank": "IBAN 1"}


def said(language: str, state: str = "open") -> list[str]:
    return list(texts(story_of(order(LINES), SELLER, due_at=NOW, state=state, words=words_in(language))))


def test_a_chinese_reader_finds_no_english_word_of_ours() -> None:
    english, chinese = said("en"), said("zh")
    assert len(english) == len(chinese)
    kept = {"Tillhand", "Kai 3", "DE", "IBAN 1", "Kestrel GmbH", "Weg 1", "10115 Berlin", "money@kestrel.example",
            "25.00 EUR", "\N{MINUS SIGN}1.00 EUR", "24.00 EUR"}  # fmt: skip
    same = {one for one, other in zip(english, chinese, strict=True) if one == other}
    assert same <= kept
    assert "Mei：销售分成" in chinese
    assert "另有 7 行，工资单逐行列出" in chinese
    assert "开具日期 2026-11-01，对应 2026-10 的结算单。请在 2026-11-01 前付款。" in chinese
    assert "Of 2026-11-01, for the statement of 2026-10. Paid." in said("en", "paid")
    assert said("xx") == english


@pytest.mark.parametrize("language", WORDS)
def test_every_kind_of_line_and_every_state_has_its_words(language: str) -> None:
    words = words_in(language)
    assert set(words.lines) == set(TITLES)
    assert set(words.states) == set(words_in("en").states)
    assert line_in(words, "share", "An old title") == "An old title"
    assert line_in(words, "unheard-of", "Mei: unheard-of") == "Mei: unheard-of"
    paper = invoice_document(order(LINES), SELLER, due_at=NOW, state="open", words=words)
    assert paper == invoice_document(order(LINES), SELLER, due_at=NOW, state="open", words=words)
    assert paper.startswith(b"%PDF-")
