"""What is hashed and kept as JSON is written one way only, whatever its names are."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from billing.rows import json_text

LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8)
DOCUMENTS = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3))


@given(DOCUMENTS)
def test_a_name_that_is_no_text_changes_no_other_letter(document: Any) -> None:
    assert json_text({7: document}) == f'{{"7":{json_text(document)}}}'


def test_names_are_sorted_and_nothing_is_padded() -> None:
    assert json_text({"b": [1, None], "a": {"é": "ü", "d": True}}) == '{"a":{"d":true,"é":"ü"},"b":[1,null]}'
    assert json_text({10: "ten", 9: "nine"}) == '{"9":"nine","10":"ten"}'
