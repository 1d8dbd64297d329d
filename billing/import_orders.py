"""Orders from a file: kept as a draft, looked at column by column, then told like messages. The same file again changes nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.connectors.csv_columns import Columns, guess_columns
from billing.connectors.csv_orders import PROBLEMS_MAX, FileMessage, RowProblem, read_orders
from billing.connectors.csv_table import FILE_BYTES_MAX, Table, read_table
from billing.connectors.tables import OrderImport
from billing.errors import ConnectionUnknown, DeliveryUnknown, ImportRefused
from billing.inbox.sealing import seal
from billing.inbox.storing import DOORBELL_CHANNEL
from billing.inbox.tables import InboundEvent, MerchantConnection, RawKey
from billing.rows import insert_new, insert_rows
from tenants.audit import note
from tenants.database import tenant_of
from tenants.identifiers import new_id, to_public

__all__ = ["FILE_BYTES_MAX", "ImportPreview", "ImportView", "import_view", "imports", "preview_import", "run_import", "upload_file"]

PREVIEW_ROWS: Final = 8
PREVIEW_ORDERS: Final = 5
NAME_LENGTH_MAX: Final = 120
BATCH: Final = 500
_EVENT: Final = (
    "tenant_id", "event_id", "connection_id", "dedupe_key", "headers", "body_sealed", "body_sha256", "body_length_bytes", "received_at",
    "state", "attempts", "next_try_at", "import_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportView:
    """One file and what became of it. `handled_count` of the `order_count` messages were read by now; `aside_count` were set aside."""

    import_id: UUID
    connection_id: UUID
    file_name: str
    state: str
    row_count: int
    order_count: int
    repeat_count: int
    handled_count: int
    aside_count: int
    problems: tuple[RowProblem, ...]
    problem_count: int
    uploaded_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What a file would tell by the chosen columns: its first rows, its first orders, and the rows that cannot be read."""

    names: tuple[str, ...]
    first_rows: tuple[tuple[str, ...], ...]
    guessed: Mapping[str, str]
    first_messages: tuple[FileMessage, ...]
    message_count: int
    problems: tuple[RowProblem, ...]
    problem_count: int
    refused: str | None


def upload_file(session: Session, *, connection_id: UUID, file_name: str, content: bytes, now: datetime) -> UUID:
    """Keep a file as a draft and return its import's id. Raises ConnectionUnknown, and ImportRefused where it is no table."""
    connection = session.get(MerchantConnection, (tenant_of(session), connection_id))
    if connection is None or connection.removed_at is not None or connection.kind != "csv":
        raise ConnectionUnknown("There is no such connection that takes files.")
    table, import_id = read_table(content), new_id(now)
    name = "".join(letter for letter in file_name if letter.isprintable())[:NAME_LENGTH_MAX]
    session.add(
        OrderImport(
            tenant_id=connection.tenant_id, import_id=import_id, connection_id=connection_id, file_name=name,
            file_sha256=hashlib.sha256(content).hexdigest(), content=content, columns={}, state="draft", row_count=len(table.rows),
            order_count=0, repeat_count=0, problems={}, uploaded_at=now, done_at=None,
        )
    )  # fmt: skip
    session.flush()
    return import_id


def preview_import(session: Session, *, import_id: UUID, columns: Columns, now: datetime) -> ImportPreview:
    """What the draft would tell by these columns; nothing is stored. Raises ImportRefused for an import that was done."""
    table = _table(_draft(session, import_id))
    try:
        messages, problems = read_orders(table, columns, now=now)
        refused = None
    except ImportRefused as error:
        messages, problems, refused = [], [], str(error)
    return ImportPreview(
        table.names, table.rows[:PREVIEW_ROWS], guess_columns(table.names), tuple(messages[:PREVIEW_ORDERS]), len(messages),
        tuple(problems[:PROBLEMS_MAX]), len(problems), refused,
    )  # fmt: skip


def columns_before(session: Session, *, import_id: UUID) -> Columns | None:
    """How the connection's latest file was read, for a draft that has all of its columns; None where there is none, or another table."""
    draft = _draft(session, import_id)
    query = select(OrderImport.columns).where(
        OrderImport.tenant_id == draft.tenant_id, OrderImport.connection_id == draft.connection_id, OrderImport.state == "done"
    )
    kept = session.scalar(query.order_by(OrderImport.done_at.desc()).limit(1))
    if kept is None or not set(kept["of_field"].values()) <= set(_table(draft).names):
        return None
    return Columns(kept["of_field"], kept["currency"], kept["day_format"], kept.get("decimal_mark", "."))


def run_import(session: Session, *, import_id: UUID, columns: Columns, now: datetime, by: str = "") -> ImportView:
    """Tell every order of the draft, once: what an earlier file told in the same words is known and left alone.

    The worker reads the messages as any others. The file itself is forgotten. Raises ImportRefused.
    """
    draft = _draft(session, import_id)
    messages, problems = read_orders(_table(draft), columns, now=now)
    new = sum(_tell(session, draft, messages[start : start + BATCH], now) for start in range(0, len(messages), BATCH))
    draft.state, draft.done_at, draft.content = "done", now, None
    draft.columns = {
        "of_field": dict(columns.of_field), "currency": columns.currency, "day_format": columns.day_format,
        "decimal_mark": columns.decimal_mark,
    }  # fmt: skip
    draft.order_count, draft.repeat_count = new, len(messages) - new
    draft.problems = {"count": len(problems), "first": [[one.row, one.why] for one in problems[:PROBLEMS_MAX]]}
    session.execute(select(func.pg_notify(DOORBELL_CHANNEL, "")))
    if by:
        note(session, by, "orders.imported", to_public("imp", import_id), {"new": new, "known": draft.repeat_count}, now=now)
    session.flush()
    return import_view(session, import_id=import_id)


def import_view(session: Session, *, import_id: UUID) -> ImportView:
    """One import; raises DeliveryUnknown."""
    return _view(session, _found(session, import_id))


def imports(session: Session, *, limit: int = 50) -> list[ImportView]:
    """The latest imports, newest first."""
    query = select(OrderImport).where(OrderImport.tenant_id == tenant_of(session)).order_by(OrderImport.import_id.desc()).limit(limit)
    return [_view(session, row) for row in session.scalars(query)]


def _tell(session: Session, draft: OrderImport, messages: list[FileMessage], now: datetime) -> int:
    """Store messages as deliveries, known by what they say and not by when it was said; return how many were new."""
    rows: dict[str, tuple[Any, ...]] = {}
    keys: dict[UUID, bytes] = {}
    for message in messages:
        event_id, body = new_id(now), message.body(now)
        sealed, keys[event_id] = seal(body, bound_to=str(event_id))
        name = f"file {hashlib.sha256(message.body(None)).hexdigest()}"
        headers: dict[str, Any] = {"row": message.row}
        rows[name] = (
            draft.tenant_id, event_id, draft.connection_id, name, headers, sealed, hashlib.sha256(body).hexdigest(), len(body), now,
            "received", 0, now, draft.import_id,
        )  # fmt: skip
    added = insert_new(session, InboundEvent, _EVENT, list(rows.values()), returning=("event_id",))
    insert_rows(session, RawKey, ("tenant_id", "event_id", "key"), [(draft.tenant_id, event_id, keys[event_id]) for (event_id,) in added])
    return len(added)


def _found(session: Session, import_id: UUID) -> OrderImport:
    row = session.get(OrderImport, (tenant_of(session), import_id), with_for_update=True)
    if row is None:
        raise DeliveryUnknown("There is no such file.")
    return row


def _draft(session: Session, import_id: UUID) -> OrderImport:
    row = _found(session, import_id)
    if row.state != "draft":
        raise ImportRefused("This file was imported already. Bring it again if you want to; what is known changes nothing.")
    return row


def _table(draft: OrderImport) -> Table:
    return read_table(draft.content or b"")


def _view(session: Session, row: OrderImport) -> ImportView:
    states = select(InboundEvent.state, func.count().label("count")).where(
        InboundEvent.tenant_id == row.tenant_id, InboundEvent.import_id == row.import_id
    )  # fmt: skip
    counts = {entry[0]: entry[1] for entry in session.execute(states.group_by(InboundEvent.state))}
    problems = tuple(RowProblem(number, why) for number, why in row.problems.get("first", []))
    aside = counts.get("set_aside", 0)
    return ImportView(
        row.import_id, row.connection_id, row.file_name, row.state, row.row_count, row.order_count, row.repeat_count,
        counts.get("handled", 0) + aside, aside, problems, row.problems.get("count", 0), row.uploaded_at, row.done_at,
    )  # fmt: skip
