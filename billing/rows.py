"""Writes any number of rows of one table in one statement, so that a thousand orders cost as many round trips as one.

Each column travels as one array and PostgreSQL puts the rows together again (`unnest`). Row-level security checks every row as ever.
Arrays go over the wire as PostgreSQL itself writes them (`binary_arrays.py`): neither side spends its time on spelling.
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from billing.binary_arrays import array_of, take_arrays

_SORTED: Final = msgspec.json.Encoder(order="sorted")
_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]
_KNOWS_ARRAYS: Final = "knows_arrays"


def insert_rows(session: Session, table: Any, names: Sequence[str], rows: Sequence[Sequence[Any]], *, or_skip: bool = False) -> int:
    """Insert rows of a mapped class, each a sequence of values in the order of `names`; return how many were written.

    Values of a JSON column are Python data, or the JSON text itself as `str`. With `or_skip` a row that is already there is left alone.
    """
    if not rows:
        return 0
    statement, columns = _prepared(table.__table__, names, rows)
    return taking_arrays(session).exec_driver_sql(statement + (" ON CONFLICT DO NOTHING" if or_skip else ""), columns).rowcount


def insert_new(
    session: Session, table: Any, names: Sequence[str], rows: Sequence[Sequence[Any]], *, returning: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Insert rows as `insert_rows` does, leave alone what is already there, and return the named columns of each row that was new."""
    if not rows:
        return []
    statement, columns = _prepared(table.__table__, names, rows)
    statement += f" ON CONFLICT DO NOTHING RETURNING {', '.join(returning)}"
    return [tuple(row) for row in taking_arrays(session).exec_driver_sql(statement, columns)]


def rows_for(session: Session, statement: str, *columns: Sequence[Any]) -> Sequence[Any]:
    """Rows of a query that asks with columns of its own: each `%s` is one of them, cast in the statement to its array type.

    Columns hold ids, moments, whole numbers, true and false, bytes or texts; None is NULL.
    """
    return taking_arrays(session).exec_driver_sql(statement, tuple(map(array_of, columns))).all()


def json_text(document: Any) -> str:
    """A document as compact JSON text with sorted names."""
    return _SORTED.encode(document).decode()


def taking_arrays(session: Session) -> Connection:
    """The session's connection, which takes arrays as they are."""
    connection = session.connection()
    if _KNOWS_ARRAYS not in connection.info:
        take_arrays(connection.connection.dbapi_connection)
        connection.info[_KNOWS_ARRAYS] = True
    return connection


def _prepared(table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, tuple[Any, ...]]:
    """The statement, and each column as one array."""
    columns = zip(*rows, strict=True)
    return _statement(table, tuple(names)), tuple(map(_column, (table.c[name].type for name in names), columns))


def _column(kind: TypeEngine[Any], values: Sequence[Any]) -> Any:
    """One column's values; those of JSON become its text."""
    if isinstance(kind, JSONB):
        return array_of([value if isinstance(value, str) else json_text(value) for value in values], str)
    return array_of(values, kind.python_type)


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
