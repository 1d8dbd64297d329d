"""`python -m app stage`: the stage beside a graphics card, as a web service for our own web processes, and its heartbeat."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn

from app.casting.film_steps import LOOP_FILM
from app.casting.own_faces import any_face, is_filmed, shop_of_face
from app.casting.prepared_faces import shelf_of
from app.commands.running import log_to_terminal, ready_database
from app.live_pictures.neural_stage import NeuralEngine, catalogue_rig
from app.live_pictures.serve_stage import stage_app, stage_key
from app.settings import Settings
from app.wiring import media_store, system_clock
from app.worker.capabilities import Capabilities, this_machine
from app.worker.heartbeat import Heartbeat
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.stage import Stage
from tenants.database import Database

if TYPE_CHECKING:
    from avatar_pipeline.neural import HeadNetworks

ENGINE: Final = "musetalk"
SHUTDOWN_SECONDS_MAX: Final = 2
ANYWHERE: Final = {"0.0.0.0", "::"}  # noqa: S104 - nothing is bound here
NO_ADDRESS: Final = (
    "Say where our web processes reach this stage, such as TILLHAND_STAGE_ADDRESS=http://10.0.0.7:8800: it listens everywhere, and "
    "nobody would find it."
)


class _Server(uvicorn.Server):
    """Leaves signals to the stage, which says goodbye before the process ends."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def stage(settings: Settings, weights: Path | None, *, is_turbo: bool) -> int:
    """Load the weights, warm up and serve until SIGTERM or SIGINT; return the exit status."""
    from avatar_pipeline.neural import fingerprint_of, read_networks

    log_to_terminal()
    if weights is None:
        print("Name the folder of weights: python -m app stage FOLDER, or set TILLHAND_NEURAL_WEIGHTS.")
        return 2
    if not address_of(settings):
        print(NO_ADDRESS)
        return 1
    try:
        networks = read_networks(weights)
        return serve_networks(settings, networks, fingerprint=fingerprint_of(weights), is_turbo=is_turbo)
    except StageRefusal as refusal:
        print(refusal)
        return 1


def address_of(settings: Settings) -> str:
    """Where the web processes reach this stage; nothing when only the operator can know it."""
    listens = "" if settings.host in ANYWHERE else f"http://{settings.host}:{settings.port}"
    return settings.stage_address or listens


def serve_networks(settings: Settings, networks: "HeadNetworks", *, fingerprint: str, is_turbo: bool = False) -> int:
    """Serve loaded networks, on this machine's card when it has one. Raises NeuralPartsMissing when turbo is not among them."""
    from avatar_pipeline.neural import TalkingHead

    machine = this_machine(ENGINE)
    device = "cuda" if machine.device else "cpu"
    head = TalkingHead(networks, decoder="turbo" if is_turbo else "quality", device=device)
    with ready_database(settings) as database:
        rigs = rigs_for(settings, database)
        shelf = shelf_of(settings, media_store(settings))
        engine = NeuralEngine(networks, shelf, fingerprint=fingerprint, device=device, rig_of=rigs)
        asyncio.run(_serve(settings, database, machine, Stage(head), engine=engine))
    return 0


def rigs_for(settings: Settings, database: Database) -> Callable[[str], Path]:
    """Finds any employee's rig: the catalogue's, or a shop's own, fetched from the media store when this machine does not have it."""
    folder, store = settings.data_folder.resolve(), media_store(settings)

    def rig_of(face_id: str) -> Path:
        tenant_id = shop_of_face(database, face_id)
        if tenant_id is None:
            return catalogue_rig(face_id)
        with database.tenant_session(tenant_id) as session:
            path, is_film = any_face(session, face_id, folder).film_rig_path, is_filmed(session, face_id)
        if not store.at_hand(path) or (is_film and not store.at_hand(path.with_name(LOOP_FILM))):
            raise StageRefusal("This face's files are on another machine. Give the machines one media store (TILLHAND_MEDIA_URL).")
        return path

    return rig_of


async def _serve(settings: Settings, database: Database, machine: Capabilities, opening: Stage, *, engine: NeuralEngine) -> None:
    async with opening as running:
        heartbeat = Heartbeat(database, system_clock, (), machine, stage_address=address_of(settings))
        heartbeat.load = lambda: (running.load()[2], running.load()[1])
        app = stage_app(engine.service(running, stage_key(settings.signing_key)))
        server = _Server(
            uvicorn.Config(
                app, host=settings.host, port=settings.port, log_level="warning", lifespan="off",
                timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
            )
        )  # fmt: skip
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, _close, server, heartbeat)
        await asyncio.to_thread(heartbeat.start)
        opened = f"The stage is open at {address_of(settings)}"
        print(f"{opened}: {running.load()[2]} talks at a time, drawn by {running.facts.device}.", flush=True)
        try:
            await server.serve()
        finally:
            await asyncio.to_thread(heartbeat.stop)


def _close(server: uvicorn.Server, heartbeat: Heartbeat) -> None:
    """Take no more talks; those that are on stage are drawn by their browsers from now on."""
    heartbeat.leave()
    server.should_exit = True
