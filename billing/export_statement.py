"""Gives a closed statement away as a file: JSON lines to recount it, a table for a spreadsheet, a document for the books.

The JSON lines are the statement itself, byte for byte, each beside its hash; `recount.py` adds them up again without us. Table and document
may be made for one payee: they then show that payee's amounts, under the same root, so that no two payees can be given two books.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from billing.errors import StatementUnknown
from billing.merkle import leaf_hash
from billing.read_statement import StatementView, statement_view
from billing.statements.document import Parties, statement_document
from billing.statements.segments import sealed_lines
from billing.statements.table import table_rows

ExportKind = Literal["jsonl", "csv", "pdf"]


@dataclass(frozen=True)
class ExportFile:
    """A file to hand out: its name, media type, and content piece by piece (read them within the session)."""

    name: str
    media_type: str
    content: Iterator[bytes]


def export_statement(
    session: Session, *, statement_id: UUID, kind: ExportKind, payee: str | None = None, shop_name: str | None = None,
    employee_name: str | None = None,
) -> ExportFile:  # fmt: skip
    """A statement's file of one kind; raises StatementUnknown, also for a payee it does not have. The names head the document.

    JSON lines are always the whole statement, since its root covers all of it. A document of very many lines gives their sums by day and
    says that the table has them all.
    """
    view = statement_view(session, statement_id=statement_id)
    if payee is not None and payee not in {one.payee for one in view.payees}:
        raise StatementUnknown("The statement has no such payee.")
    name = f"statement-{view.period_name}-{str(view.employee_id)[-6:]}" + (f"-{payee}" if payee and kind != "jsonl" else "")
    if kind == "jsonl":
        return ExportFile(f"{name}.jsonl", "application/jsonl; charset=utf-8", _exported_lines(session, statement_id))
    if kind == "csv":
        rows = table_rows(sealed_lines(session, statement_id), view.currency, payee)
        return ExportFile(f"{name}.csv", "text/csv; charset=utf-8", rows)
    return ExportFile(f"{name}.pdf", "application/pdf", _document(session, view, payee, Parties(shop_name, employee_name)))


def _exported_lines(session: Session, statement_id: UUID) -> Iterator[bytes]:
    """Each line in an envelope with its hash: {"leaf":"<hex>","line":<the sealed bytes>}."""
    for content in sealed_lines(session, statement_id):
        yield b'{"leaf":"' + leaf_hash(content).hex().encode() + b'","line":' + content + b"}\n"


def _document(session: Session, view: StatementView, payee: str | None, parties: Parties) -> Iterator[bytes]:
    yield statement_document(view, sealed_lines(session, view.statement_id), payee, parties)
