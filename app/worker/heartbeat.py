"""Heartbeats: every worker says every few seconds that it is there and what it can do; a machine that falls silent is gone.

The database is where they report, so a worker started anywhere with the database's, the broker's and the media store's addresses joins by
itself. Nothing is planned by these rows: work is claimed under row locks. They answer people, and the question whether a shop
may choose pictures from a graphics card.
"""

import json
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.worker.capabilities import Capabilities
from app.worker.tables import Machine
from tenants.database import Database
from tenants.identifiers import new_id

BEAT_SECONDS: Final = 5
SILENT: Final = timedelta(seconds=20)
"""A machine that was not heard for four beats is gone."""
FORGOTTEN: Final = timedelta(hours=24)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MachineView:
    """A machine as the operator sees it."""

    name: str
    queues: tuple[str, ...]
    engines: tuple[str, ...]
    device: str
    vram_mb: int
    vram_free_mb: int
    seats: int
    speaking: int
    started_at: datetime
    seen_at: datetime
    state: str


class Heartbeat:
    """A thread that reports one worker until it is stopped; then it says that the worker leaves."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], queues: Sequence[str], machine: Capabilities, *, stage_address: str = ""
    ) -> None:
        self._database, self._clock, self._machine = database, clock, machine
        self._queues, self._stage_address = list(queues), stage_address or None
        self.machine_id: UUID = new_id(clock())
        self.load: Callable[[], tuple[int, int]] = lambda: (0, 0)
        """Seats of the stage that runs in this worker, and how many are taken."""
        self.room_mb: Callable[[], int] = lambda: machine.vram_free_mb
        """What of the card's memory work could have now."""
        self._started_at, self._leaving = clock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Report now and from now on. A database that does not answer yet ends no worker: the next beat tries again."""
        self._try_beat()
        self._thread.start()

    def leave(self) -> None:
        """Say that this worker takes no more work; safe to call from a signal's handler."""
        self._leaving.set()

    def stop(self) -> None:
        """End, with the worker's row gone."""
        self._leaving.set()
        self._thread.join(timeout=2 * BEAT_SECONDS)
        try:
            with self._database.intake_session() as session:
                session.execute(text("SELECT machine_left(:machine)"), {"machine": self.machine_id})
        except SQLAlchemyError as error:
            log.warning("a worker left unheard", extra={"error_class": type(error).__name__})  # its silence says the same a little later

    def beat(self) -> None:
        """Write the row once, and forget machines that have been silent for a day."""
        now, (seats, speaking) = self._clock(), self.load()
        row = {
            "name": socket.gethostname(), "queues": self._queues, "engines": list(self._machine.engines), "device": self._machine.device,
            "vram_mb": self._machine.vram_mb, "vram_free_mb": self.room_mb(),
            "stage_address": self._stage_address, "seats": seats, "speaking": speaking,
            "started_at": self._started_at.isoformat(), "seen_at": now.isoformat(), "is_leaving": self._leaving.is_set(),
        }  # fmt: skip
        report = {"machine": self.machine_id, "facts": json.dumps(row), "forgotten_before": now - FORGOTTEN}
        with self._database.intake_session() as session:
            session.execute(text("SELECT report_machine(:machine, CAST(:facts AS jsonb), :forgotten_before)"), report)

    def _run(self) -> None:
        while not self._leaving.wait(BEAT_SECONDS):
            self._try_beat()
        self._try_beat()

    def _try_beat(self) -> None:
        try:
            self.beat()
        except SQLAlchemyError as error:
            log.warning("a heartbeat was not written", extra={"error_class": type(error).__name__})


def machines(session: Session, now: datetime) -> list[MachineView]:
    """Every machine of the last day, for the operator: at work, leaving or silent."""
    rows = session.scalars(select(Machine).order_by(Machine.seen_at < now - SILENT, Machine.name, Machine.machine_id))
    return [
        MachineView(
            row.name, tuple(row.queues), tuple(row.engines), row.device, row.vram_mb, row.vram_free_mb,
            row.seats, row.speaking, row.started_at, row.seen_at,
            "silent" if row.seen_at < now - SILENT else "leaving" if row.is_leaving else "at work",
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class StageView:
    """A stage that a web process may ask: where, which engines, how many more may speak at the same time by its last word."""

    address: str
    engines: tuple[str, ...]
    seats_free: int


def stages_at_work(session: Session, now: datetime) -> list[StageView]:
    """The stages that were heard lately and stay, the emptiest first. Only for the intake: addresses are nobody else's business."""
    rows = session.execute(text("SELECT address, engines, seats_free FROM stages_at_work(:since)"), {"since": now - SILENT})
    return [StageView(row.address, tuple(row.engines), row.seats_free) for row in rows]


def engines_at_work(session: Session, now: datetime) -> frozenset[str]:
    """The engines of machines that draw talks, were heard lately and stay; for any role."""
    return frozenset(session.scalars(text("SELECT engines_at_work(:since)"), {"since": now - SILENT}))
