"""The films' worker: `python -m app worker --queues render`. One film at a time, so that films never keep chat or money waiting.

It has a timetable of its own with this one round; what is rendered loads the theatre, so that is imported when the first film comes.
"""

import os
from collections.abc import Callable
from datetime import datetime
from functools import cache
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from celery.signals import worker_shutting_down

from app.settings import Settings
from app.wiring import voice_of
from app.worker.celery_app import NUDGE_EXPIRES_SECONDS, RENDER_QUEUE, make_celery
from app.worker.rounds import Round, Timetable
from app.worker.tasks import add_rounds
from tenants.database import Database

if TYPE_CHECKING:
    from app.studio.render_films import Studio
    from avatar_pipeline.voice import Voice

RENDER_FILMS: Final = "tillhand.render_films"
LOOK_EVERY_SECONDS: Final = 1
NICENESS: Final = 10
"""Whoever talks or pays goes first on this machine; a film takes what is left."""
THREADS: Final = 2
"""One renders; the other takes the nudges that come meanwhile and leaves at once."""


def run_films(settings: Settings, database: Database, clock: Callable[[], datetime], alone: dict[str, bool]) -> None:
    """Make films until SIGTERM or SIGINT. What is being made then goes back in line; its finished sentences are kept."""
    os.nice(NICENESS)
    celery, closing = make_celery(settings), Event()

    def close(**_: Any) -> None:
        closing.set()

    worker_shutting_down.connect(close, weak=False)
    round_of_films = films_round(settings, closing.is_set)
    add_rounds(celery, database, clock, (round_of_films,))
    timetable = Timetable(
        (round_of_films,), lambda task: celery.send_task(task, queue=RENDER_QUEUE, expires=NUDGE_EXPIRES_SECONDS)
    )  # fmt: skip
    timetable.start()
    try:
        worker = celery.Worker(pool="threads", concurrency=THREADS, queues=[RENDER_QUEUE], loglevel="WARNING", quiet=True, **alone)
        worker.start()
    finally:
        timetable.stop()
        worker_shutting_down.disconnect(close)


def films_round(settings: Settings, is_closing: Callable[[], bool] = lambda: False) -> Round:
    """The round that makes whatever film waits."""

    def work(database: Database, clock: Callable[[], datetime]) -> int:
        from app.studio.render_films import render_next

        return render_next(studio_of(settings, database, clock, is_closing))

    return Round(RENDER_FILMS, LOOK_EVERY_SECONDS, work)


def studio_of(settings: Settings, database: Database, clock: Callable[[], datetime], is_closing: Callable[[], bool]) -> "Studio":
    """Wire the studio: the house's voices and the papers it signs with."""
    from app.studio.house_papers import papers_for
    from app.studio.render_films import Studio

    return Studio(
        database, settings.data_folder.resolve(), lambda voice_id: _voice(voice_id, settings.voice_threads),
        lambda mark_id, produce_id: papers_for(settings, clock(), mark_id=mark_id, produce_id=produce_id), clock, is_closing,
    )  # fmt: skip


@cache
def _voice(voice_id: str, threads: int) -> "Voice":
    return voice_of(voice_id, threads=threads)
