"""Which queues are told that films wait: for each engine asked for, that of the smallest class of cards its films fit into.

Only machines hear such a queue whose card is so large; which of them has the room at the moment, each knows itself when it claims. While
no card at work has it, nobody is woken.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from app.studio.choose_engine import NEEDS_MB, cards_at_work
from app.studio.claim_render import engines_waited_for
from app.worker.capabilities import queue_for_memory
from tenants.database import Database

log = logging.getLogger(__name__)


def queues_with_films(database: Database, now: datetime) -> tuple[str, ...]:
    """The queues of films in line that some card at work has room for, in order."""
    wanted = engines_waited_for(database, now)
    if not wanted:
        return ()
    with database.intake_session() as session:
        room = [(card.engine, card.room_mb) for card in cards_at_work(session, now)]
    able = {engine for engine, room_mb in room if engine in wanted and room_mb >= NEEDS_MB.get(engine, 0)}
    return tuple(queue_for_memory(engine, NEEDS_MB.get(engine, 0)) for engine in sorted(able))


def nudge_by_need(database: Database, clock: Callable[[], datetime], send: Callable[[str, str], object]) -> Callable[[str], None]:
    """A nudge for machines with a card: `send(task, queue)` for each queue with films that can be made."""

    def nudge(task: str) -> None:
        try:
            queues = queues_with_films(database, clock())
        except SQLAlchemyError as error:  # a worker outlives its database
            log.warning("films in line could not be looked for", extra={"error_class": type(error).__name__})
            return
        for queue in queues:
            send(task, queue)

    return nudge
