"""Closed statements to take away: the document, the table, the sealed lines, the root, the program that recounts them; and any one line.

Downloads are plain links. A file is written to a spool inside the transaction and sent from there, so a long month needs little memory.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

import billing
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import SECURITY_HEADERS, page
from app.dashboard.permissions import EarningsViewer
from billing.export_statement import ExportFile, export_statement
from billing.read_statement import LineExplained, explain_line, statement_view
from tenants.employee import EmployeeView, employee_view, employees
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)
SPOOL_BYTES: Final = 8_000_000
PIECE_BYTES: Final = 256_000
Payee = Annotated[str | None, Query(max_length=40)]


@router.get("/dashboard/statements/recount.py")
async def recount_program(viewer: EarningsViewer) -> Response:
    """The offline verifier, one file of standard library: the very file that our own tests run."""
    del viewer
    body = (Path(billing.__file__).parent / "recount.py").read_bytes()
    return Response(body, media_type="text/x-python; charset=utf-8", headers=_headers("recount.py"))


@router.get("/dashboard/statements/{statement_id}/root.txt")
async def root(viewer: EarningsViewer, statement_id: str) -> Response:
    """The statement's root, as it was sent by letter when the month was closed."""
    statement = await viewer.read(statement_view, statement_id=from_public("stm", statement_id))
    name = f"root-{statement.period_name}.txt"
    return Response(statement.root + "\n", media_type="text/plain; charset=utf-8", headers=_headers(name))


@router.get("/dashboard/statements/{statement_id}/file.{kind}")
async def download(viewer: EarningsViewer, statement_id: str, kind: Literal["pdf", "csv", "jsonl"], payee: Payee = None) -> Response:
    """The whole statement as a file, for one payee where the address names one."""
    file, spool = await viewer.read(_spooled, from_public("stm", statement_id), kind, payee, viewer.shop.name)
    return StreamingResponse(_pieces(spool), media_type=file.media_type, headers=_headers(file.name))


@router.get("/dashboard/statements/{statement_id}/lines/{number}")
async def show_line(viewer: EarningsViewer, statement_id: str, number: int) -> Response:
    """One line as it was sealed, with the hashes that lead from it to the root."""
    line, employee, team = await viewer.read(_line, from_public("stm", statement_id), number)
    context = {"line": line, "employee": employee, "people": {one.employee_id: one for one in team}}
    return page("statement_line.html", **{**viewer.context("payslips"), **context})


def _spooled(
    session: Session, statement_id: UUID, kind: Literal["pdf", "csv", "jsonl"], payee: str | None, shop_name: str
) -> tuple[ExportFile, IO[bytes]]:
    employee = employee_view(session, statement_view(session, statement_id=statement_id).employee_id)
    file = export_statement(
        session, statement_id=statement_id, kind=kind, payee=payee, shop_name=shop_name, employee_name=employee.name
    )  # fmt: skip
    spool: IO[bytes] = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - it is closed when the last piece is sent
    for piece in file.content:
        spool.write(piece)
    spool.seek(0)
    return file, spool


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    with spool:
        while piece := spool.read(PIECE_BYTES):
            yield piece


def _line(session: Session, statement_id: UUID, number: int) -> tuple[LineExplained, EmployeeView, list[EmployeeView]]:
    line = explain_line(session, statement_id=statement_id, number=number)
    return line, employee_view(session, line.statement.employee_id), employees(session)


def _headers(name: str) -> dict[str, str]:
    return {**SECURITY_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
