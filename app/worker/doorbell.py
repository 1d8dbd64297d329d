"""The doorbell: PostgreSQL rings when something is committed, and the worker gets its nudge at once instead of at the next poll.

A missed ring costs a second, never an event: the doorbell also rings by itself every POLL_SECONDS.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

import psycopg
from sqlalchemy import Engine

from tenants.outbox import DOORBELL_CHANNEL as OUTBOX_CHANNEL

INBOX_CHANNEL: Final = "tillhand_inbox"
POLL_SECONDS: Final = 1.0
PAUSES_SECONDS: Final = {OUTBOX_CHANNEL: 0.1, INBOX_CHANNEL: 0.25}
"""Between two rings of a channel: a thousand notifications a second are a few nudges, and each finds a set worth its transaction. A set of
deliveries costs nearly the same whatever its size. Whoever rings after a silence is heard at once.
"""
LOOK_SECONDS: Final = 0.05
RECONNECT_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


class Doorbell:
    """A thread that calls `ring(channel)` for every notification and, for each channel, at least once every POLL_SECONDS."""

    def __init__(self, engine: Engine, ring: Callable[[str], None]) -> None:
        self._url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._ring, self._stopping = ring, threading.Event()
        self._thread = threading.Thread(target=self._listen, name="doorbell", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End within POLL_SECONDS."""
        self._stopping.set()
        self._thread.join(timeout=2 * POLL_SECONDS)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    self._hear(connection)
            except psycopg.OperationalError as error:
                log.warning("the doorbell lost the database", extra={"error_class": type(error).__name__})
                self._stopping.wait(RECONNECT_SECONDS)

    def _hear(self, connection: psycopg.Connection) -> None:
        for channel in (OUTBOX_CHANNEL, INBOX_CHANNEL):
            connection.execute(f"LISTEN {channel}".encode())
        waiting, rung_at = set[str](), dict.fromkeys(PAUSES_SECONDS, float("-inf"))
        while not self._stopping.wait(LOOK_SECONDS):
            heard = {notice.channel for notice in connection.notifies(timeout=LOOK_SECONDS if waiting else POLL_SECONDS, stop_after=1)}
            heard |= {notice.channel for notice in connection.notifies(timeout=0)}
            now = time.monotonic()
            waiting |= heard | {one for one, at in rung_at.items() if now - at >= POLL_SECONDS}
            for channel in [one for one in waiting if now - rung_at[one] >= PAUSES_SECONDS[one]]:
                waiting.remove(channel)
                rung_at[channel] = now
                self._ring(channel)
