"""The whole web application on a loopback port, with letters that link back to it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import uvicorn
from fakes.shop_history import fixed_vectors, routed

from app.main import create_app
from app.settings import Settings
from app.wiring import House
from avatar_pipeline.voice import Voice
from tenants.database import Database


def no_voice(voice_id: str) -> Voice:
    raise AssertionError(f"The dashboard never speaks, but asked for {voice_id}.")


@contextmanager
def dashboard_server(database: Database, folder: Path, clock: Callable[[], datetime]) -> Iterator[str]:
    """Serve until the end of the block; yield the address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    house = House(Settings(data_folder=folder, public_url=address), routed(database), clock, fixed_vectors, no_voice, folder)
    server = uvicorn.Server(uvicorn.Config(create_app(house), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield address
    server.should_exit = True
    thread.join(timeout=10)
    listening.close()
