"""The tasks: each empties one queue of the database and goes."""

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from celery import Celery

from app.flows import VERBS
from billing.handle_inbox import handle_inbox
from tenants.database import Database
from tenants.outbox import deliver_due

HANDLE_INBOX, DELIVER_OUTBOX = "tillhand.handle_inbox", "tillhand.deliver_outbox"

log = logging.getLogger(__name__)


def add_tasks(celery: Celery, database: Database, clock: Callable[[], datetime]) -> None:
    """Register the tasks with the parts they work on."""
    celery.task(name=HANDLE_INBOX)(_emptying(lambda: handle_inbox(database, clock=clock)))
    celery.task(name=DELIVER_OUTBOX)(_emptying(lambda: deliver_due(database, VERBS, clock=clock)))


def _emptying(drain: Callable[[], int]) -> Callable[[], None]:
    """Repeat until nothing is due. Within one process one run at a time is enough: a second one leaves at once."""
    busy = Lock()

    def task() -> None:
        while busy.acquire(blocking=False):
            try:
                done = drain()
            finally:
                busy.release()
            if not done:
                return

    return task
