"""`python -m app worker`: one background process."""

from app.commands.answering import require_broker, require_media_store
from app.commands.running import log_to_terminal, ready_database
from app.settings import Settings
from app.wiring import system_clock
from app.worker.capabilities import this_machine
from app.worker.celery_app import GPU_QUEUE, RENDER_QUEUE
from app.worker.films import run_films
from app.worker.run import ALONE, run_worker


def worker(settings: Settings, queues: str) -> None:
    """Work on the named queues until SIGTERM or SIGINT."""
    log_to_terminal()
    require_broker(settings)
    if queues in (RENDER_QUEUE, GPU_QUEUE):
        require_media_store(settings)
    with ready_database(settings) as database:
        if queues == RENDER_QUEUE:
            run_films(settings, database, system_clock, ALONE)
            return
        if queues == GPU_QUEUE:
            machine = this_machine(settings.worker_engines)
            if not machine.engines:
                raise SystemExit("A GPU worker needs engines: set TILLHAND_WORKER_ENGINES to those installed here, such as musetalk.")
            run_films(settings, database, system_clock, ALONE, machine=machine)
            return
        run_worker(settings, database, system_clock, queues=queues)
