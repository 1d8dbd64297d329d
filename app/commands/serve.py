"""`python -m app serve`: the web process."""

import socket

import uvicorn

from app.commands.running import log_to_terminal, ready_database
from app.main import create_app
from app.settings import Settings
from app.wiring import house

BACKLOG_CONNECTIONS_MAX = 2048
SHUTDOWN_SECONDS_MAX = 3


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
            backlog=BACKLOG_CONNECTIONS_MAX,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
            proxy_headers=True,
            server_header=False,
        )
        uvicorn.Server(config).run(None if socket_fd is None else [socket.socket(fileno=socket_fd)])
