"""`python -m app worker`: one background process."""

from app.commands.running import log_to_terminal, ready_database
from app.settings import Settings
from app.wiring import system_clock
from app.worker.celery_app import RENDER_QUEUE
from app.worker.films import run_films
from app.worker.run import ALONE, run_worker


def worker(settings: Settings, queues: str) -> None:
    """Work on the named queues until SIGTERM or SIGINT."""
    log_to_terminal()
    with ready_database(settings) as database:
        if queues == RENDER_QUEUE:
            run_films(settings, database, system_clock, ALONE)
            return
        run_worker(settings, database, system_clock, queues=queues)
