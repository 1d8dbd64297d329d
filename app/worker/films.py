"""The films' worker: `python -m app worker --queues render`. One film at a time, so that films never keep chat or money waiting.

It has a timetable of its own with this round and those of castings.py; what is rendered loads the theatre, so that is imported when the
first film comes.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from celery.signals import worker_shutting_down

from app.settings import Settings
from app.wiring import media_store, voice_of
from app.worker.capabilities import Capabilities, queues_of, room_of
from app.worker.castings import castings_rounds
from app.worker.celery_app import NUDGE_EXPIRES_SECONDS, RENDER_QUEUE, make_celery
from app.worker.film_routes import nudge_by_need
from app.worker.heartbeat import Heartbeat
from app.worker.rounds import Round, Timetable
from app.worker.tasks import add_rounds
from avatar_pipeline.errors import WeightsMissing
from tenants.database import Database

if TYPE_CHECKING:
    from app.studio.render_films import Studio
    from avatar_pipeline.neural_mouth import NeuralMouth
    from avatar_pipeline.voice import Voice

RENDER_FILMS: Final = "tillhand.render_films"
LOOK_EVERY_SECONDS: Final = 1
NICENESS: Final = 10
"""Whoever talks or pays goes first on this machine; a film takes what is left."""
ANY_MACHINE: Final = Capabilities()
_MOUTHS: Final[dict[Path, "NeuralMouth"]] = {}
THREADS: Final = 3
"""One renders, one casts; the third takes the nudges that come meanwhile and leaves at once."""


def run_films(
    settings: Settings, database: Database, clock: Callable[[], datetime], alone: dict[str, bool], *, machine: Capabilities = ANY_MACHINE
) -> None:
    """Make films until SIGTERM or SIGINT. What is being made then goes back in line; its finished sentences are kept.

    A `machine` with engines makes the films that need its graphics card, and hears their queues instead of the common one.
    """
    os.nice(NICENESS)
    celery, closing = make_celery(settings), Event()
    queues = queues_of(machine) or (RENDER_QUEUE,)
    heartbeat = Heartbeat(database, clock, queues, machine, stage_address=settings.stage_address if machine.engines else "")
    heartbeat.room_mb = lambda: room_of(machine)

    def close(**_: Any) -> None:
        closing.set()
        heartbeat.leave()

    worker_shutting_down.connect(close, weak=False)
    of_faces = castings_rounds(settings, closing.is_set) if not machine.engines else ()
    rounds = (films_round(settings, closing.is_set, machine=machine), *of_faces)
    add_rounds(celery, database, clock, rounds)

    def send(task: str, queue: str = queues[0]) -> None:
        celery.send_task(task, queue=queue, expires=NUDGE_EXPIRES_SECONDS)

    timetable = Timetable(rounds, nudge_by_need(database, clock, send) if machine.engines else send)
    timetable.start()
    heartbeat.start()
    try:
        worker = celery.Worker(pool="threads", concurrency=THREADS, queues=list(queues), loglevel="WARNING", quiet=True, **alone)
        worker.start()
    finally:
        timetable.stop()
        worker_shutting_down.disconnect(close)
        heartbeat.stop()


def films_round(settings: Settings, is_closing: Callable[[], bool] = lambda: False, *, machine: Capabilities = ANY_MACHINE) -> Round:
    """The round that makes whatever film waits."""

    def work(database: Database, clock: Callable[[], datetime]) -> int:
        from app.studio.render_films import render_next

        if is_closing():  # rounds are repeated while there is work, and what was just left to another machine would be taken again
            return 0
        studio = studio_of(settings, database, clock, is_closing)
        has_card = bool(machine.engines)
        return render_next(replace(studio, engines=machine.engines, room_mb=lambda: room_of(machine)) if has_card else studio)

    return Round(RENDER_FILMS, LOOK_EVERY_SECONDS, work)


def studio_of(settings: Settings, database: Database, clock: Callable[[], datetime], is_closing: Callable[[], bool]) -> "Studio":
    """Wire the studio: the house's voices and the papers it signs with."""
    from app.studio.house_papers import papers_for
    from app.studio.render_films import Studio

    return Studio(
        database, settings.data_folder.resolve(), partial(_voice, settings),
        lambda mark_id, produce_id: papers_for(settings, clock(), mark_id=mark_id, produce_id=produce_id), clock, is_closing,
        media_store(settings).keep, media_store(settings).at_hand, mouth=lambda _: _mouth(settings),
    )  # fmt: skip


def _mouth(settings: Settings) -> "NeuralMouth":
    """The engine musetalk, loaded when the first film needs it. Raises WeightsMissing, WeightsDamaged, NeuralPartsMissing."""
    from avatar_pipeline.neural import refusal_without_weights

    weights = settings.neural_weights
    refusal = refusal_without_weights(weights)
    if refusal is not None or weights is None:
        raise refusal or WeightsMissing("Name the folder of weights.")
    if weights not in _MOUTHS:
        _MOUTHS[weights] = _load_mouth(settings, weights)
    return _MOUTHS[weights]


def _load_mouth(settings: Settings, weights: Path) -> "NeuralMouth":
    from app.casting.prepared_faces import shelf_of
    from avatar_pipeline.neural_mouth import mouth_from

    return mouth_from(weights, shelf_of(settings, media_store(settings)))


def _voice(settings: Settings, voice_id: str) -> "Voice":
    return voice_of(voice_id, threads=settings.voice_threads, models=settings.voice_models, device=settings.neural_device)
