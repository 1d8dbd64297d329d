"""The tasks: each empties one queue of the database and goes."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event, Lock

from celery import Celery

from app.conversations.embeddings import Embedder
from app.conversations.golden_run import examine_waiting
from app.conversations.teach_work import read_waiting
from app.flows import VERBS
from app.speaking.rehearsal import rehearsal_powers
from app.worker.rounds import ROUNDS, Round
from billing.handle_inbox import TOGETHER_MAX, Turns, handle_inbox
from tenants.database import Database
from tenants.mail import PostOffice, send_letters
from tenants.outbox import deliver_due

HANDLE_INBOX, DELIVER_OUTBOX, SEND_LETTERS = "tillhand.handle_inbox", "tillhand.deliver_outbox", "tillhand.send_letters"
READ_DOCUMENTS, EXAMINE = "tillhand.read_documents", "tillhand.examine"

log = logging.getLogger(__name__)


def add_tasks(celery: Celery, database: Database, clock: Callable[[], datetime], post_office: PostOffice | None = None) -> None:
    """Register the tasks with the parts they work on. Without a post office letters stay where they are."""
    if post_office is not None:
        celery.task(name=SEND_LETTERS)(_emptying(lambda: send_letters(database, post_office, clock=clock)))
    celery.task(name=HANDLE_INBOX)(_emptying(_inbox(database, clock)))
    celery.task(name=DELIVER_OUTBOX)(_emptying(lambda: deliver_due(database, VERBS, clock=clock)))
    add_rounds(celery, database, clock, ROUNDS)


def add_rounds(celery: Celery, database: Database, clock: Callable[[], datetime], rounds: Sequence[Round]) -> None:
    """Register what comes round by the clock."""
    for one in rounds:
        celery.task(name=one.task)(_emptying(_bound(one, database, clock)))


def add_school(celery: Celery, database: Database, clock: Callable[[], datetime], embed: Embedder) -> None:
    """Register what needs the mind's embeddings: reading documents that were handed in, and asking golden questions."""
    celery.task(name=READ_DOCUMENTS)(_emptying(lambda: read_waiting(database, embed, clock=clock)))
    powers = rehearsal_powers(database, clock)
    celery.task(name=EXAMINE)(_emptying(lambda: examine_waiting(database, embed, powers, clock=clock)))


def _inbox(database: Database, clock: Callable[[], datetime]) -> Callable[[], int]:
    """One set after another while sets are at least half full; what trickles in meanwhile makes the next ring's set.

    A set costs nearly the same whatever its size, so many small ones would take the processor from the door.
    """
    turns = Turns()
    return lambda: handle_inbox(database, clock=clock, limit=TOGETHER_MAX, turns=turns) * 2 // TOGETHER_MAX


def _bound(one: Round, database: Database, clock: Callable[[], datetime]) -> Callable[[], int]:
    return lambda: one.work(database, clock)


def _emptying(drain: Callable[[], int]) -> Callable[[], None]:
    """Repeat until nothing is due. Within one process one run at a time is enough: a second one says that it was asked, and leaves."""
    busy, asked = Lock(), Event()

    def task() -> None:
        asked.set()
        while asked.is_set() and busy.acquire(blocking=False):
            try:
                asked.clear()
                if drain():
                    asked.set()
            finally:
                busy.release()

    return task
