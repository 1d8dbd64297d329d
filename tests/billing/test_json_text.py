"""What is hashed and kept as JSON is written one way only."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import PayloadRefused
from billing.inbox.strict_json import read_document
from billing.neutral_order import NeutralLine, NeutralOrder, order_document
from billing.rows import json_text

LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8)
DOCUMENTS = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3))


@given(DOCUMENTS)
def test_it_is_letter_for_letter_what_the_standard_library_writes(document: Any) -> None:
    assert json_text(document) == json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def test_names_are_sorted_and_nothing_is_padded() -> None:
    assert json_text({"b": [1, None], "a": {"é": "ü", "d": True}}) == '{"a":{"d":true,"é":"ü"},"b":[1,null]}'


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
LINES = st.builds(NeutralLine, TEXTS, TEXTS, st.integers(0, 9), st.integers(0, 10**15), st.integers(0, 9), st.booleans(), st.tuples(TEXTS))
ORDERS = st.builds(
    NeutralOrder, TEXTS, st.none() | TEXTS, st.just("paid"), MOMENTS, MOMENTS, st.just("EUR"), st.lists(LINES, max_size=2).map(tuple),
    st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 10**15), codes=st.tuples(TEXTS),
    visitor_id=st.none() | st.uuids(), cart_created_at=st.none() | MOMENTS, notes=st.tuples(TEXTS),
)  # fmt: skip


@given(ORDERS)
def test_an_order_is_written_at_once_as_its_document_is(order: NeutralOrder) -> None:
    assert json_text(order) == json_text(order_document(order))


@given(DOCUMENTS.filter(lambda document: document is not None), st.booleans(), st.booleans())
def test_bodies_are_read_alike_however_they_are_spelled(document: Any, is_ascii: bool, is_compact: bool) -> None:
    separators = (",", ":") if is_compact else (", ", " : ")
    assert read_document(json.dumps(document, ensure_ascii=is_ascii, separators=separators).encode()) == document


@pytest.mark.parametrize(
    "body", ['{"a":1,"a":1}', '{"a":{"b":[{"c":"","c":""}]}}', '{"a":' + "1" * 31 + "}", '{"a":0.' + "1" * 31 + "}", '{"a":"\ud800"', "NaN"]
)
def test_nothing_doubtful_is_read_the_quick_way(body: str) -> None:
    with pytest.raises(PayloadRefused):
        read_document(body.encode("utf-8", "surrogatepass"))
