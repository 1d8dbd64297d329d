"""What people read of a closed month: the page, the salary, the files, and any one line down to the delivery it came from."""

import csv
import io
from datetime import UTC, datetime

import pytest
from closed_months import ClosedMonths, busy_months

from billing.contract_terms import ContractTerms
from billing.errors import StatementLineUnknown, StatementUnknown
from billing.export_statement import export_statement
from billing.merkle import root_from
from billing.read_statement import explain_line, statement_lines, statement_view
from billing.statements.table import BYTE_ORDER_MARK
from tenants.database import Database
from tenants.identifiers import new_id

PLAIN = ContractTerms(currency="EUR", share_ppm=100_000)


@pytest.fixture(scope="module")
def busy(database_for_run: Database) -> ClosedMonths:
    return busy_months(database_for_run, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))


def test_a_line_is_explained_down_to_its_delivery_with_a_proof(busy: ClosedMonths) -> None:
    statement = busy.statement("2026-11")
    with busy.shop.session() as session:
        for number in range(statement.line_count + 2):
            found = explain_line(session, statement_id=statement.statement_id, number=number)
            path = [bytes.fromhex(one) for one in found.proof]
            root = root_from(bytes.fromhex(found.leaf), number, statement.line_count + 2, path)
            assert root.hex() == statement.root
            if found.line["kind"] == "share":
                assert found.revision is not None
                assert found.revision.raw is not None
                assert found.revision.raw.body_sha256 == found.line["raw_sha256"]
                assert found.revision.raw.sentence == f"raw kept, sha256 {found.line['raw_sha256']}"
                assert found.revision.facts_sha256 == found.line["working"]["facts_sha256"]
        with pytest.raises(StatementLineUnknown):
            explain_line(session, statement_id=statement.statement_id, number=statement.line_count + 2)
        with pytest.raises(StatementUnknown):
            explain_line(session, statement_id=new_id(busy.shop.now), number=1)


def test_a_line_names_nobody(busy: ClosedMonths) -> None:
    text = busy.export(busy.statement("2026-11")).decode()
    assert str(busy.shop.visitor_id) not in text


def test_the_table_has_every_line_and_adds_up(busy: ClosedMonths) -> None:
    statement = busy.statement("2026-11")
    content = busy.export(statement, "csv")
    assert content.startswith(BYTE_ORDER_MARK)
    rows = list(csv.DictReader(io.StringIO(content[3:].decode())))
    assert [int(row["line"]) for row in rows] == list(range(1, statement.line_count + 1))
    earned, closing = (sum(int(row[name].replace(".", "") or 0) for row in rows) for name in ("amount", "closing"))
    assert (earned, earned + closing) == (statement.earned_minor, statement.carried_minor)
    paid = {payee: _paid(busy.export(statement, "csv", payee)) for payee in ("platform", "owner")}
    assert paid == {one.payee: -one.payable_minor for one in statement.payees}
    of_owner = list(csv.DictReader(io.StringIO(busy.export(statement, "csv", "owner")[3:].decode())))
    assert any(row["turnover"] for row in rows)
    assert {row[name] for row in of_owner for name in ("target", "before", "turnover")} == {""}  # what all earn together is not the owner's


def _paid(content: bytes) -> int:
    rows = csv.DictReader(io.StringIO(content[3:].decode()))
    return int(next(row["closing"] for row in rows if row["kind"] == "close").replace(".", ""))


def test_the_document_is_the_same_whenever_it_is_made(busy: ClosedMonths) -> None:
    statement = busy.statement("2026-11")
    first, again, of_owner = busy.export(statement, "pdf"), busy.export(statement, "pdf"), busy.export(statement, "pdf", "owner")
    assert first[:5] == of_owner[:5] == b"%PDF-"
    assert first == again != of_owner


def test_an_unknown_payee_has_no_statement(busy: ClosedMonths) -> None:
    with busy.shop.session() as session, pytest.raises(StatementUnknown):
        export_statement(session, statement_id=busy.statement("2026-11").statement_id, kind="csv", payee="stranger")


def test_lines_are_read_page_by_page(busy: ClosedMonths) -> None:
    statement = busy.statement("2026-11")
    with busy.shop.session() as session:
        page = list(statement_lines(session, statement_id=statement.statement_id, first_line=3, limit=2))
        rest = list(statement_lines(session, statement_id=statement.statement_id, first_line=statement.line_count, limit=10))
        assert statement_view(session, statement_id=statement.statement_id) == statement
    assert ([line["number"] for line in page], [line["kind"] for line in rest]) == ([3, 4], ["close", "footer"])
