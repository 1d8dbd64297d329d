"""The shop's memory on disk: one line of JSON per thing that happened, flushed before anyone is told. Reading it back restores the shop.

An order and the news of it are one line, so a crash can lose neither half. A line torn by a crash at the end of the file was never
acknowledged to anyone and is cut off. The file only grows; a demonstration shop is thrown away before that matters.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from app.demo.shop.order import Order, Record

Kind = Literal["webhook", "redeem", "release"]


class JournalDamaged(Exception):
    """A line in the middle of the journal cannot be read. Somebody edited it; the sentence names the line."""


class Delivery(Record):
    """A message that must reach Tillhand however often we have to knock: the same id and the same bytes at every try."""

    delivery_id: str
    kind: Kind
    order_number: str
    topic: str
    body: str
    created_at: datetime


class Attempt(Record):
    """One knock at the door and what was answered; `next_at` is None when the delivery is finished, one way or the other."""

    delivery_id: str
    attempted_at: datetime
    status: int | None
    answer: str
    answered_at: datetime
    is_delivered: bool
    next_at: datetime | None = None


class Entry(Record):
    """One line of the journal."""

    order: Order | None = None
    deliveries: tuple[Delivery, ...] = ()
    attempt: Attempt | None = None


class Journal:
    """Appends entries durably and reads them back in order."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def read(self) -> Iterator[Entry]:
        """Every entry so far. A torn last line is removed from the file; raises JournalDamaged for any other."""
        if not self._path.exists():
            return
        whole, _, torn = self._path.read_bytes().rpartition(b"\n")
        if torn:
            os.truncate(self._path, len(whole) + 1 if whole else 0)
        for number, line in enumerate(whole.splitlines(), start=1):
            yield _entry(line, number)

    def append(self, entry: Entry) -> None:
        """Write one entry and wait until the disk has it."""
        line = entry.model_dump_json(exclude_defaults=True) + "\n"
        with self._path.open("ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())


def _entry(line: bytes, number: int) -> Entry:
    try:
        return Entry.model_validate_json(line)
    except ValidationError as problem:
        raise JournalDamaged(f"Line {number} of the shop's journal cannot be read; move the file away to start afresh.") from problem


def as_text(payload: dict[str, Any]) -> str:
    """Turn a payload into the exact text that is stored, signed and sent."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
