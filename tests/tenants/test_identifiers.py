"""Ids sort by time, travel in public form and come back unchanged."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.identifiers import PublicIdUnreadable, from_public, new_id, to_public


@given(st.uuids())
def test_public_ids_come_back(identifier: UUID):
    assert from_public("ord", to_public("ord", identifier)) == identifier


@given(st.text(max_size=40))
def test_other_texts_are_refused_or_are_ids(text: str):
    try:
        identifier = from_public("ord", text)
    except PublicIdUnreadable:
        return
    assert to_public("ord", identifier) == text


@pytest.mark.parametrize(
    "text", ["ord_", "emp_01234567890123456789012345", "ord_zzzzzzzzzzzzzzzzzzzzzzzzzz", "ord_0123456789012345678901234\x00"]
)
def test_wrong_ids_are_named(text: str):
    with pytest.raises(PublicIdUnreadable):
        from_public("ord", text)


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(min_value=1, max_value=10**9))
def test_later_ids_sort_later(moment: datetime, later_ms: int):
    first = moment.replace(tzinfo=UTC)
    assert new_id(first) < new_id(first + timedelta(milliseconds=later_ms))


def test_ids_are_version_7():
    identifier = new_id(datetime(2026, 1, 1, tzinfo=UTC))
    assert (identifier.version, identifier.variant) == (7, "specified in RFC 4122")
