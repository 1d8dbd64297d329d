"""The whole application on a loopback port, with the system's clock: for tests that look at pages in a real browser."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fakes.shop_history import fixed_vectors

from app.main import create_app
from app.settings import Settings
from app.wiring import House, system_clock
from avatar_pipeline.voice import Voice
from tenants.database import Database


def no_voice(voice_id: str) -> Voice:
    raise AssertionError(f"The dashboard never speaks, but asked for {voice_id}.")


@contextmanager
def serving(database: Database, folder: Path) -> Iterator[str]:
    """Serve until the context is left; gives the address."""
    settings = Settings(data_folder=folder)
    house = House(settings=settings, database=database, clock=system_clock, embed=fixed_vectors, voice=no_voice, media_folder=folder)
    server = uvicorn.Server(uvicorn.Config(create_app(house), host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
