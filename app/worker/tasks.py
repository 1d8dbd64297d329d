"""The tasks: each empties one queue of the database and goes."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from threading import Event, Lock

from celery import Celery

from app.conversations.embeddings import Embedder
from app.conversations.golden_run import examine_waiting
from app.conversations.read_site import read_site_waiting
from app.conversations.teach_work import read_waiting
from app.flows import VERBS
from app.speaking.rehearsal import rehearsal_powers
from app.worker.rounds import ROUNDS, Round
from billing.handle_inbox import TOGETHER_MAX, Turns, handle_inbox, is_inbox_behind
from tenants.database import Database
from tenants.mail import PostOffice, send_letters
from tenants.outbox import deliver_due

HANDLE_INBOX, DELIVER_OUTBOX, SEND_LETTERS = "tillhand.handle_inbox", "tillhand.deliver_outbox", "tillhand.send_letters"
READ_DOCUMENTS, READ_SITES, EXAMINE = "tillhand.read_documents", "tillhand.read_sites", "tillhand.examine"

log = logging.getLogger(__name__)


def add_tasks(celery: Celery, database: Database, clock: Callable[[], datetime], post_office: PostOffice | None = None) -> None:
    """Register the tasks with the parts they work on. Without a post office letters stay where they are."""
    if post_office is not None:
        celery.task(name=SEND_LETTERS, shared=False)(_emptying(lambda: send_letters(database, post_office, clock=clock)))
    celery.task(name=HANDLE_INBOX, shared=False)(_together(_emptying(_inbox(database, clock)), _emptying(_inbox_behind(database, clock))))
    celery.task(name=DELIVER_OUTBOX, shared=False)(_emptying(lambda: deliver_due(database, VERBS, clock=clock)))
    add_rounds(celery, database, clock, ROUNDS)


def add_rounds(celery: Celery, database: Database, clock: Callable[[], datetime], rounds: Sequence[Round]) -> None:
    """Register what comes round by the clock."""
    for one in rounds:
        celery.task(name=one.task, shared=False)(_emptying(_bound(one, database, clock)))


def add_school(
    celery: Celery, database: Database, clock: Callable[[], datetime], embed: Embedder, *, is_loopback_allowed: bool = False
) -> None:  # fmt: skip
    """Register what needs the mind's embeddings: reading documents that were handed in and sites, and asking golden questions.

    `is_loopback_allowed` is for development: a site may stand on this machine.
    """
    celery.task(name=READ_DOCUMENTS, shared=False)(_emptying(lambda: read_waiting(database, embed, clock=clock)))
    read_one = partial(read_site_waiting, database, embed, clock=clock, is_loopback_allowed=is_loopback_allowed)
    celery.task(name=READ_SITES, shared=False)(_emptying(read_one))
    powers = rehearsal_powers(database, clock)
    celery.task(name=EXAMINE, shared=False)(_emptying(lambda: examine_waiting(database, embed, powers, clock=clock)))


def _inbox(database: Database, clock: Callable[[], datetime]) -> Callable[[], int]:
    """One set after another while sets are at least half full; what trickles in meanwhile makes the next ring's set.

    A set costs nearly the same whatever its size, so many small ones would take the processor from the door.
    """
    turns = Turns()
    return lambda: handle_inbox(database, clock=clock, limit=TOGETHER_MAX, turns=turns) * 2 // TOGETHER_MAX


def _inbox_behind(database: Database, clock: Callable[[], datetime]) -> Callable[[], int]:
    """A second hand, for as long as more than a full set waits beside that of the first.

    While one set waits for the database, the other is decided. When little waits the second hand stays away, or the same deliveries would
    make twice as many sets of half the size.
    """
    second = _inbox(database, clock)
    return lambda: second() if is_inbox_behind(database, sets=2) else 0


def _together(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    """A task that does the first thing, and the second where somebody is at the first already."""

    def task() -> None:
        first()
        second()

    return task


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
