"""What a column of values says in PostgreSQL is what was put into it, and what does not fit is the server's to refuse."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DataError

from billing.binary_arrays import array_of
from billing.rows import rows_for
from tenants.database import Database

ZONES = st.sampled_from((UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))))
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "uuid": st.uuids(),
    "text": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
    "timestamptz": st.datetimes(datetime(1970, 1, 1), datetime(2300, 1, 1), timezones=ZONES),
    "bytea": st.binary(max_size=20),
}


def there_and_back(database: Database, kind: str, values: Sequence[Any]) -> list[Any]:
    with database.intake_session() as session:
        return [value for (value,) in rows_for(session, f"SELECT value FROM unnest(%s::{kind}[]) AS value", values)]


@pytest.mark.parametrize("kind", KINDS)
def test_values_come_back_as_they_went(database: Database, kind: str) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.none() | KINDS[kind], max_size=6))
    def holds(values: list[Any]) -> None:
        assert there_and_back(database, kind, values) == values

    holds()


def test_smaller_whole_numbers_and_columns_of_nothing_are_cast(database: Database) -> None:
    assert there_and_back(database, "integer", [1, None, -(2**31)]) == [1, None, -(2**31)]
    assert there_and_back(database, "uuid", [None, None]) == [None, None]
    assert there_and_back(database, "text", ()) == []
    assert array_of([], UUID)[-4:] == (2950).to_bytes(4)  # whose emptiness still has a type
    assert there_and_back(database, "uuid", [UUID(int=7), UUID(int=8)]) == [UUID(int=7), UUID(int=8)]
    assert there_and_back(database, "uuid", [str(UUID(int=7))]) == [UUID(int=7)]


@pytest.mark.parametrize(("kind", "value"), [("integer", 2**31), ("bigint", 2**63), ("text", "a\0b")])
def test_what_does_not_fit_is_refused_by_the_server(database: Database, kind: str, value: object) -> None:
    with pytest.raises(DataError):
        there_and_back(database, kind, [value])
