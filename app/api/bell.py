"""Rings for the worker after deliveries were committed, but not for each batch: seventy rings a second say no more than ten.

PostgreSQL lets one ringing transaction through at a time, with its wait for the disk, so a bell inside a batch's own transaction made the
batches queue. What is committed while a ring is on its way is rung for again after PAUSE_SECONDS. A ring that is lost with this process
or the database costs what the worker's own poll takes, a second.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

PAUSE_SECONDS: Final = 0.1
"""Between two rings; the worker looks at the inbox four times a second at most (app/worker/doorbell.py)."""

log = logging.getLogger(__name__)


class Bell:
    """Calls `ring` at once when somebody pulls after a silence, else once after the pause for everybody who pulled meanwhile."""

    def __init__(self, ring: Callable[[], Awaitable[None]]) -> None:
        self._ring = ring
        self._is_pulled = False
        self._ringing: asyncio.Task[None] | None = None

    def pull(self) -> None:
        """Ask for a ring; returns at once."""
        self._is_pulled = True
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._rung())

    async def _rung(self) -> None:
        while self._is_pulled:
            self._is_pulled = False
            try:
                await self._ring()
            except SQLAlchemyError as error:
                log.warning("nobody was rung for", extra={"error_class": type(error).__name__})
            await asyncio.sleep(PAUSE_SECONDS)
