"""Writes a column of values as PostgreSQL's own binary array: lengths and bytes, which neither side has to spell or read.

The driver's general array writer takes longer than everything else about an order together, and arrays written as text cost the server
as much again; ours knows the few types we store. The format is that of `array_recv`: dimensions, whether there are nulls, the
elements' type, their count, then each element behind its length (-1 for NULL).
"""

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD: Final = struct.Struct(">iiIii")
_LENGTH: Final = struct.Struct(">i")
_WHOLE: Final = struct.Struct(">iq")
_NULL: Final = _LENGTH.pack(-1)
_ID_LENGTH: Final = _LENGTH.pack(16)
_YES, _NO = _LENGTH.pack(1) + b"\1", _LENGTH.pack(1) + b"\0"
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class _Array(bytes):
    """An array as it travels."""


class _Ids(_Array):
    """uuid[]"""


class _Texts(_Array):
    """text[]"""


class _Wholes(_Array):
    """bigint[]; the statement's cast makes smaller ones of them"""


class _Truths(_Array):
    """boolean[]"""


class _Moments(_Array):
    """timestamptz[]"""


class _Bodies(_Array):
    """bytea[]"""


class _Sent(Dumper):
    """Sends an array as it is."""

    format = Format.BINARY

    def dump(self, obj: Any) -> Buffer:
        """Nothing is left to do."""
        return bytes(obj)


_TYPES: Final[tuple[tuple[type[_Array], int], ...]] = (
    (_Ids, 2951), (_Texts, 1009), (_Wholes, 1016), (_Truths, 1000), (_Moments, 1185), (_Bodies, 1001),
)  # fmt: skip
"""Each kind of array with PostgreSQL's number of its type, which never changes."""


def take_arrays(connection: Any) -> None:
    """Teach a connection of the driver to send our arrays; once for each connection."""
    for kind, number in _TYPES:
        connection.adapters.register_dumper(kind, type(f"{kind.__name__}Sent", (_Sent,), {"oid": number}))


def array_of(values: Sequence[Any], kind: type | None = None) -> Any:
    """A column of ids, moments, whole numbers, truths, texts or bytes, None for NULL.

    `kind` is their Python type; without it the first value shows it. What shows none, and what does not fit its type, goes as text, so
    that the server itself says what it is or what is wrong with it.
    """
    kind = kind or type(next((value for value in values if value is not None), None))
    write = _WRITERS.get(kind)
    try:
        return write(values) if write is not None else _words(values)
    except struct.error:
        return _words(values)


def _ids(values: Sequence[UUID | None]) -> _Ids:
    try:
        return _Ids(_even(2950, _ID_LENGTH, [one.int.to_bytes(16) for one in values]))  # type: ignore[union-attr]
    except AttributeError:  # a NULL among them, which columns of keys never hold
        return _Ids(_array(2950, [_NULL if one is None else _ID_LENGTH + one.int.to_bytes(16) for one in values]))


def _texts(values: Sequence[str | None]) -> _Texts:
    return _Texts(_of_lengths(25, [None if one is None else one.encode() for one in values]))


def _bodies(values: Sequence[bytes | None]) -> _Bodies:
    return _Bodies(_of_lengths(17, values))


def _wholes(values: Sequence[int | None]) -> _Wholes:
    pack = _WHOLE.pack
    return _Wholes(_array(20, [_NULL if one is None else pack(8, one) for one in values]))


def _truths(values: Sequence[bool | None]) -> _Truths:
    return _Truths(_array(16, [_NULL if one is None else (_YES if one else _NO) for one in values]))


def _moments(values: Sequence[datetime | None]) -> _Moments:
    """Microseconds since 2000; mostly it is one moment for all."""
    pack = _WHOLE.pack
    known = {one: _NULL if one is None else pack(8, (one - _EPOCH) // _MICROSECOND) for one in set(values)}
    return _Moments(_array(1184, [known[one] for one in values]))


def _of_lengths(element: int, values: Sequence[bytes | None]) -> bytes:
    pack = _LENGTH.pack
    return _array(element, [_NULL if one is None else pack(len(one)) + one for one in values])


def _even(element: int, length: bytes, parts: list[bytes]) -> bytes:
    """An array whose elements are all there and of one length."""
    return _HEAD.pack(1, 0, element, len(parts), 1) + length + length.join(parts) if parts else _array(element, parts)


def _array(element: int, parts: list[bytes]) -> bytes:
    if not parts:
        return struct.pack(">iiI", 0, 0, element)
    return _HEAD.pack(1, 1, element, len(parts), 1) + b"".join(parts)


def _words(values: Sequence[Any]) -> str:
    """An array spelled out."""
    return f"{{{','.join('NULL' if one is None else str(one) for one in values)}}}"


_WRITERS: Final[dict[type, Callable[[Any], Any]]] = {
    UUID: _ids, str: _texts, int: _wholes, bool: _truths, datetime: _moments, bytes: _bodies,
}  # fmt: skip
