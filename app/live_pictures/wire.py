"""Records of a picture stream, as bytes: app/live_pictures/MESSAGES.md says what each means. Whole numbers are big-endian.

A record is its kind (1 byte), the length of what follows the head (4 bytes), turn (4), picture number (4), then what follows: the encoded
patch for a picture, words for an end, JSON for a seat or a sentence, nothing else.
"""

import struct
from dataclasses import dataclass
from typing import Final

HEAD: Final = struct.Struct(">BIII")
PICTURE, AT_REST, SKIPPED, ALIVE, FULL, LOST, SEAT, SENTENCE, SPENT = 1, 2, 3, 4, 5, 6, 7, 8, 9
KINDS: Final = frozenset(range(PICTURE, SPENT + 1))
BODY_BYTES_MAX: Final = 256 * 1024
"""A longer body is no patch of ours."""


class RecordUnreadable(ValueError):
    """The bytes are no stream of ours."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record. `turn` and `number` are 0 where they mean nothing."""

    kind: int
    turn: int = 0
    number: int = 0
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """The record as it travels."""
        return HEAD.pack(self.kind, len(self.body), self.turn, self.number) + self.body


class Reader:
    """Puts records together from whatever pieces the network cuts them into."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Record]:
        """Take bytes in; return the records that are whole by now. Raises RecordUnreadable."""
        self._pending += data
        found = []
        while len(self._pending) >= HEAD.size:
            kind, length, turn, number = HEAD.unpack_from(self._pending)
            if kind not in KINDS or length > BODY_BYTES_MAX:
                raise RecordUnreadable("The picture stream holds something that is no record.")
            if len(self._pending) < HEAD.size + length:
                break
            found.append(Record(kind, turn, number, bytes(self._pending[HEAD.size : HEAD.size + length])))
            del self._pending[: HEAD.size + length]
        return found
