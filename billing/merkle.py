"""One short hash that stands for a whole list of lines, as in RFC 6962: change, add, drop or swap one line and the root is another.

A leaf is hashed behind a byte 0x00 and a pair behind a byte 0x01, so that no pair can be passed off as a line. A list is cut at the
largest power of two below its length. Blocks whose length is a power of two are therefore whole branches, and can be kept by their
root: `root_of(block roots)` is the root of everything, and a proof may be made from one block and the roots of the others.
"""

import hashlib
from collections.abc import Iterable, Sequence

LEAF_PREFIX = b"\x00"
PAIR_PREFIX = b"\x01"
DIGEST_BYTES = 32
_sha256 = hashlib.sha256


def leaf_hash(content: bytes) -> bytes:
    """The 32 bytes that stand for one line."""
    return hashlib.sha256(LEAF_PREFIX + content).digest()


def leaf_hashes(contents: Iterable[bytes]) -> list[bytes]:
    """The hashes of lines, in their sequence."""
    return [_sha256(LEAF_PREFIX + content).digest() for content in contents]


def pair_hash(left: bytes, right: bytes) -> bytes:
    """The 32 bytes that stand for two neighbours."""
    return hashlib.sha256(PAIR_PREFIX + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes (or over the roots of equal blocks of 2^k leaves; only the last may be shorter).

    Without any hash it is the sha256 of nothing, as the RFC says.
    """
    if not hashes:
        return hashlib.sha256(b"").digest()
    level = list(hashes)
    while len(level) > 1:
        level = _lifted(level)
    return level[0]


def proof_of(hashes: Sequence[bytes], position: int) -> tuple[bytes, ...]:
    """The neighbours' hashes, lowest first, with which the hash at `position` (from 0) leads to the root of all.

    Raises IndexError when there is no such position.
    """
    if not 0 <= position < len(hashes):
        raise IndexError("There is no hash at this position.")
    path: list[bytes] = []
    level, at = list(hashes), position
    while len(level) > 1:
        neighbour = at ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        level, at = _lifted(level), at // 2
    return tuple(path)


def _lifted(level: list[bytes]) -> list[bytes]:
    """The next level: neighbours paired, a last odd one lifted as it is, which gives the same tree as cutting at powers of two."""
    pairs = [_sha256(PAIR_PREFIX + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
    return pairs + level[len(level) - len(level) % 2 :]


def root_from(leaf: bytes, position: int, count: int, path: Sequence[bytes]) -> bytes:
    """The root that a proof leads to for the leaf hash at `position` of `count`. Raises ValueError when the path has a wrong length."""
    found, at, width, left = leaf, position, count, list(path)
    while width > 1:
        if at ^ 1 < width:
            if not left:
                raise ValueError("The proof is too short for this position.")
            neighbour = left.pop(0)
            found = pair_hash(neighbour, found) if at % 2 else pair_hash(found, neighbour)
        at, width = at // 2, (width + 1) // 2
    if left:
        raise ValueError("The proof is too long for this position.")
    return found
