"""Outages told beside and after a close, and what a statement's document says of months, parties and letters."""

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from closed_months import ClosedMonths, months_of
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont as FontFile
from reportlab.platypus import Paragraph  # type: ignore[import-untyped]

from billing import close_period as closes
from billing.contract_terms import ContractTerms, Payee, Tiers, TierStep, describe
from billing.record_outage import record_outage
from billing.recount import recount
from billing.statements.closing import Closing
from billing.statements.document import Parties, statement_document, story_of
from billing.statements.outlines import OutlineFace
from billing.statements.segments import sealed_lines
from billing.statements.tables import Statement
from billing.statements.typeface import markup
from tenants.database import Database

LEAST = ContractTerms(currency="EUR", share_ppm=80_000, minimum_minor=2_000)
STEPPED = ContractTerms(
    currency="EUR", share_ppm=100_000, tiers=Tiers(kind="marginal", steps=(TierStep(from_minor=1_000, share_ppm=200_000),))
)
FIRST, LAST = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)


def tell(months: ClosedMonths, *, ends_at: datetime = LAST, is_withdrawn: bool = False) -> int:
    with months.shop.session() as session:
        return record_outage(
            session, "fire", starts_at=FIRST, ends_at=ends_at, reason="The data centre burnt.", now=months.shop.now,
            is_withdrawn=is_withdrawn,
        )  # fmt: skip


def words(piece: Any) -> Iterator[str]:
    """Every text of a document's pieces, in its sequence."""
    if isinstance(piece, str):
        yield piece
    elif isinstance(piece, Paragraph):
        yield piece.getPlainText()
    else:
        inner = piece if isinstance(piece, list | tuple) else getattr(piece, "_cellvalues", getattr(piece, "_content", ()))
        for one in inner:
            yield from words(one)


def text_of(months: ClosedMonths, period_name: str) -> str:
    """The words of a month's document."""
    view = months.statement(period_name)
    with months.shop.session() as session:
        story = story_of(view, list(sealed_lines(session, view.statement_id)), None, Parties("Кофейня Ξένια", "Amara"))
    return " ".join(words(story))


def test_an_outage_told_after_the_close_corrects_the_month_at_once(database: Database, now: datetime) -> None:
    earned = {}
    for told in ("before", "after"):
        months = months_of(database, now, LEAST)
        months.sell("a", "10.00")
        months.shop.now = datetime(2026, 12, 20, tzinfo=UTC)
        if told == "before":
            tell(months)
        months.close_at(2027, 1, 10)
        if told == "after":
            assert tell(months) == tell(months) == 1
        earned[told] = months.shop.earned()
    assert earned["after"] == earned["before"]
    months.close_at(2027, 3, 10)
    (late,) = (line for line in months.lines("2027-01") if line["kind"] == "minimum" and line["period"] == "2026-11")
    assert late["why"].startswith("November 2026: ")
    assert re.search(r"The line was EUR 19\.20, is now EUR 0\.\d\d\.$|The line was 19\.20 EUR, is now 0\.\d\d EUR\.$", late["why"])
    tell(months, is_withdrawn=True)
    assert months.shop.balances()["shop.minimum_expense", "EUR"] == months_without_outage(database, now)


def months_without_outage(database: Database, now: datetime) -> int:
    months = months_of(database, now, LEAST)
    months.sell("a", "10.00")
    months.close_at(2027, 1, 10)
    months.close_at(2027, 3, 10)
    return months.shop.balances()["shop.minimum_expense", "EUR"]


def test_an_outage_told_during_a_close_waits_for_it(
    database: Database, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    months = months_of(database, now, LEAST)
    months.close_at(2026, 12, 20)
    months.shop.now = datetime(2027, 1, 10, 12, tzinfo=UTC)
    writes, own = Event(), closes.write_statement  # type: ignore[attr-defined]

    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(lambda: writes.wait(20) and tell(months, ends_at=FIRST + timedelta(days=15)))

        def slowly(session: object, closing: Closing) -> Statement:
            writes.set()
            with pytest.raises(TimeoutError):
                told.result(timeout=1)  # it waits for the month
            return own(session, closing)  # type: ignore[arg-type]

        monkeypatch.setattr(closes, "write_statement", slowly)
        assert months.close_next()
        monkeypatch.setattr(closes, "write_statement", own)
        assert told.result(timeout=20) == 1
    months.close_at(2027, 3, 10)
    assert "add up" in recount(*months.file(tmp_path, "2026-11"))
    assert [line["amount_minor"] for line in months.lines("2026-11")[1:-1]] == [2_000, -2_000]
    assert ("minimum", -1_000) in months.amounts("2027-01")


def test_the_document_names_the_parties_the_contract_and_the_last_tier(database: Database, now: datetime) -> None:
    months = months_of(database, now, STEPPED)
    for number, seconds in enumerate((2, 1, 0)):
        months.shop.now = now + timedelta(seconds=seconds)
        months.sell(f"o{number}", "50.00", at=now - timedelta(hours=1))
    months.close_at(2027, 1, 10)
    last = max((line for line in months.lines("2026-11") if line["kind"] == "tier"), key=lambda line: line["working"]["count"])
    text = text_of(months, "2026-11")
    assert "150.00" in last["why"]
    assert last["why"] in text
    assert "Contract version 1, from" in text
    assert "Amara for Кофейня Ξένια" in text
    assert "3 lines" in text
    months.refund("r", "50.00", "o0")
    months.close_at(2027, 3, 10)
    text = text_of(months, "2027-01")
    assert "November 2026: " in text
    assert "1 lines" not in text


def test_each_letter_is_set_in_a_typeface_that_knows_it(database: Database, now: datetime) -> None:
    assert markup("Müller & Søn") == "Müller &amp; Søn"
    assert markup("Ada Ξένια") == 'Ada <font name="Noto Sans">Ξένια</font>'
    texts = ("中文", "カフェ", "커피", "直木さくら", "김直", "直", "爱さ")
    assert [re.findall('name="([^"]+)"', markup(text)) for text in texts] == [
        ["Noto Sans SC"], ["Noto Sans JP"], ["Noto Sans KR"], ["Noto Sans JP"], ["Noto Sans KR"], ["Noto Sans SC"],
        ["Noto Sans SC", "Noto Sans JP"],  # a sign that no Japanese text writes
    ]  # fmt: skip
    names = (Payee(key="platform", name="Кофе 中文", role="platform", part_ppm=1_000_000),)
    months = months_of(database, now, STEPPED.model_copy(update={"payees": names}))
    months.close_at(2027, 1, 10)
    document = months.export(months.statement("2026-11"), "pdf")
    assert document.startswith(b"%PDF")
    assert document == months.export(months.statement("2026-11"), "pdf")
    assert document.count(b"/FontFile2") == document.count(b"/Type /FontDescriptor") >= 3  # no reader needs faces of its own
    assert statement_document(months.statement("2026-11"), [], None).startswith(b"%PDF")


def test_only_the_letters_that_are_used_are_embedded_and_drawn_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(str(files("pylopdf_fonts_ko").joinpath("NotoSansKR-Regular.otf")))
    face, letters = OutlineFace(path, "Noto Sans KR"), [0, *map(ord, "커피 커")]
    embedded = face.makeSubset(letters)
    assert len(embedded) < 4_000
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")  # another moment, as the library hears it
    assert face.makeSubset(letters) == embedded
    assert face.makeSubset(letters) == embedded
    small, whole = FontFile(io.BytesIO(embedded)), FontFile(io.BytesIO(path.read_bytes()))
    places = small["cmap"].getcmap(1, 0).cmap
    for place, code in enumerate(letters[1:], 1):
        drawn, original = BoundsPen(small.getGlyphSet()), BoundsPen(whole.getGlyphSet())
        small.getGlyphSet()[places[place]].draw(drawn)
        whole.getGlyphSet()[whole.getBestCmap()[code]].draw(original)
        assert drawn.bounds == pytest.approx(original.bounds, abs=1) if original.bounds else drawn.bounds is None
        assert small["hmtx"][places[place]][0] == face.getCharWidth(code)


def test_outlines_on_another_grid_are_refused_before_they_are_drawn_in_the_wrong_size() -> None:
    with pytest.raises(ValueError, match="Vera is drawn on 2048 units; 1000 are expected"):
        OutlineFace(Path(str(files("reportlab").joinpath("fonts/Vera.ttf"))), "Vera")


def test_clauses_without_effect_are_left_out() -> None:
    text = describe(ContractTerms(currency="EUR", share_ppm=80_000))
    assert "half-life" not in text
    assert "Nothing is kept in reserve." in text
    assert "Its term" not in text
