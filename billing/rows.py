"""Writes any number of rows of one table in one statement, so that a thousand orders cost as many round trips as one.

Each column travels as one array and PostgreSQL puts the rows together again (`unnest`). Row-level security checks every row as ever.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Integer, LargeBinary, String, Table, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

_SORTED: Final = msgspec.json.Encoder(order="sorted")
_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]


def insert_rows(session: Session, table: Any, names: Sequence[str], rows: Sequence[Sequence[Any]], *, or_skip: bool = False) -> int:
    """Insert rows of a mapped class, each a sequence of values in the order of `names`; return how many were written.

    Values of a JSON column are Python data, or the JSON text itself as `str`. With `or_skip` a row that is already there is left alone.
    """
    if not rows:
        return 0
    statement, columns = _prepared(table.__table__, names, rows)
    return session.connection().exec_driver_sql(statement + (" ON CONFLICT DO NOTHING" if or_skip else ""), columns).rowcount


def insert_new(
    session: Session, table: Any, names: Sequence[str], rows: Sequence[Sequence[Any]], *, returning: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Insert rows as `insert_rows` does, leave alone what is already there, and return the named columns of each row that was new."""
    if not rows:
        return []
    statement, columns = _prepared(table.__table__, names, rows)
    statement += f" ON CONFLICT DO NOTHING RETURNING {', '.join(returning)}"
    return [tuple(row) for row in session.connection().exec_driver_sql(statement, columns)]


def rows_for(session: Session, statement: str, *columns: Sequence[Any]) -> Sequence[Any]:
    """Rows of a query that asks with columns of its own: each `%s` is one of them, cast in the statement to its array type.

    Columns hold ids, moments, whole numbers, true and false, or texts; None is NULL.
    """
    return session.connection().exec_driver_sql(statement, tuple(map(array_of, columns))).all()


def array_of(values: Sequence[Any]) -> str:
    """A column of ids, moments, numbers, truths or texts as an array in PostgreSQL's own spelling."""
    sample = next((value for value in values if value is not None), None)
    kind: type[TypeEngine[Any]] = Integer
    if isinstance(sample, UUID):
        kind = Uuid
    elif isinstance(sample, str):
        kind = String
    elif isinstance(sample, datetime):
        kind = DateTime
    elif isinstance(sample, bytes):
        kind = LargeBinary
    return _array(kind, values)


def json_text(document: Any) -> str:
    """A document as compact JSON text with sorted names."""
    return _SORTED.encode(document).decode()


def _prepared(table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, tuple[str, ...]]:
    """The statement, and each column as one array in PostgreSQL's own spelling.

    The driver's general array writer takes longer than everything else about an order together, so ours knows the few types we store.
    """
    kinds = [type(table.c[name].type) for name in names]
    columns = zip(*rows, strict=True)
    return _statement(table, tuple(names)), tuple(_array(kind, column) for kind, column in zip(kinds, columns, strict=True))


def _array(kind: type[TypeEngine[Any]], values: Sequence[Any]) -> str:
    if kind is JSONB:
        return _array_of_texts([value if isinstance(value, str) else json_text(value) for value in values])
    if issubclass(kind, String):
        return _array_of_texts(values)
    if issubclass(kind, DateTime):
        words = {value: "NULL" if value is None else f'"{value.isoformat()}"' for value in set(values)}  # mostly one moment for all
        return _array_of_words([words[value] for value in values])
    if issubclass(kind, LargeBinary):
        return _array_of_words(["NULL" if value is None else rf'"\\x{value.hex()}"' for value in values])
    if issubclass(kind, Uuid):
        return _array_of_words(["NULL" if value is None else value.hex for value in values])
    return _array_of_words(["NULL" if value is None else str(value) for value in values])  # whole numbers, true and false


def _array_of_texts(values: Iterable[str | None]) -> str:
    return _array_of_words(["NULL" if value is None else f'"{_escaped(value)}"' for value in values])


def _array_of_words(words: Iterable[str]) -> str:
    return f"{{{','.join(words)}}}"


def _escaped(text: str) -> str:
    """Inside the quotes of an array element only these two characters mean something."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


@cache
def _statement(table: Table, names: tuple[str, ...]) -> str:
    types = ["text" if isinstance(table.c[name].type, JSONB) else table.c[name].type.compile(_DIALECT) for name in names]
    values = [f"{name}::jsonb" if isinstance(table.c[name].type, JSONB) else name for name in names]
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    listed = ", ".join(names)
    return f"INSERT INTO {table.name} ({listed}) SELECT {', '.join(values)} FROM unnest({arrays}) AS row ({listed})"  # noqa: S608


def read_json(text: str) -> Any:
    """Read JSON that we wrote ourselves."""
    return json.loads(text)
