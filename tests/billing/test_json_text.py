"""What is hashed and kept as JSON is written one way only."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from billing.rows import json_text

LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8)
DOCUMENTS = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3))


@given(DOCUMENTS)
def test_it_is_letter_for_letter_what_the_standard_library_writes(document: Any) -> None:
    assert json_text(document) == json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def test_names_are_sorted_and_nothing_is_padded() -> None:
    assert json_text({"b": [1, None], "a": {"é": "ü", "d": True}}) == '{"a":{"d":true,"é":"ü"},"b":[1,null]}'
