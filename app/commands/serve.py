"""`python -m app serve`: the web process."""

import gc
import socket
from typing import Final

import uvicorn

from app.commands.running import log_to_terminal, ready_database
from app.main import create_app
from app.settings import Settings
from app.wiring import house

BACKLOG_CONNECTIONS_MAX = 2048
SHUTDOWN_SECONDS_MAX = 3
GARBAGE_THRESHOLD: Final = (20_000, 20, 50)
"""How many new objects make the collector look: a page makes thousands, and nearly all of them go by themselves."""


def serve(settings: Settings, socket_fd: int | None) -> None:
    """Serve until SIGTERM or SIGINT; open streams get SHUTDOWN_SECONDS_MAX to end.

    `socket_fd` is a listening socket inherited from the parent, in place of the host and port in the settings.
    """
    log_to_terminal()
    with ready_database(settings) as database:
        config = uvicorn.Config(
            create_app(house(settings, database)),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,  # its lines were never shown, and still put together for every request
            backlog=BACKLOG_CONNECTIONS_MAX,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
            proxy_headers=True,
            server_header=False,
        )
        gc.collect()
        gc.freeze()  # what was imported stays; looking through it again and again took a fifth of every page
        gc.set_threshold(*GARBAGE_THRESHOLD)
        uvicorn.Server(config).run(None if socket_fd is None else [socket.socket(fileno=socket_fd)])
