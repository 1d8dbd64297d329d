"""The tree over lines, against the RFC's own definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.merkle import leaf_hash, proof_of, root_from, root_of

LINES = st.lists(st.binary(max_size=8), max_size=40)


def by_definition(lines: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not lines:
        return hashlib.sha256(b"").digest()
    if len(lines) == 1:
        return hashlib.sha256(b"\0" + lines[0]).digest()
    cut = 1
    while cut * 2 < len(lines):
        cut *= 2
    return hashlib.sha256(b"\1" + by_definition(lines[:cut]) + by_definition(lines[cut:])).digest()


@given(LINES)
def test_the_root_is_that_of_the_definition(lines: list[bytes]) -> None:
    assert root_of([leaf_hash(line) for line in lines]) == by_definition(lines)


@given(LINES, st.sampled_from([1, 2, 4, 8]))
def test_whole_blocks_may_be_kept_by_their_roots(lines: list[bytes], size: int) -> None:
    leaves = [leaf_hash(line) for line in lines]
    blocks = [root_of(leaves[at : at + size]) for at in range(0, len(leaves), size)]
    assert root_of(blocks) == root_of(leaves)
    for at in range(len(leaves)):
        path = proof_of(leaves[at // size * size : (at // size + 1) * size], at % size) + proof_of(blocks, at // size)
        assert root_from(leaves[at], at, len(leaves), path) == root_of(leaves)


@given(LINES.filter(bool), st.data())
def test_a_proof_leads_from_its_line_only(lines: list[bytes], data: st.DataObject) -> None:
    leaves = [leaf_hash(line) for line in lines]
    at = data.draw(st.integers(0, len(leaves) - 1))
    path = proof_of(leaves, at)
    assert root_from(leaves[at], at, len(leaves), path) == root_of(leaves)
    assert root_from(leaf_hash(b"another line"), at, len(leaves), path) != root_of(leaves)


def test_a_proof_of_the_wrong_length_is_refused() -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(5)]
    path = proof_of(leaves, 2)
    with pytest.raises(ValueError, match="too short"):
        root_from(leaves[2], 2, 5, path[:-1])
    with pytest.raises(ValueError, match="too long"):
        root_from(leaves[2], 2, 5, (*path, leaves[0]))
    with pytest.raises(IndexError):
        proof_of(leaves, 5)
