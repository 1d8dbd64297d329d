"""`python -m app serve`: the web process."""

import gc
import logging
import os
import socket
from typing import Final

import uvicorn

from app.commands.answering import StoreAway, require_media_store
from app.commands.running import log_to_terminal, ready_database
from app.main import create_app
from app.settings import Settings
from app.wiring import house

log = logging.getLogger(__name__)
BACKLOG_CONNECTIONS_MAX = 2048
SHUTDOWN_SECONDS_MAX = 3
GARBAGE_THRESHOLD: Final = (20_000, 20, 50)
"""How many new objects make the collector look: a page makes thousands, and nearly all of them go by themselves."""
UNSENT_BYTES_MAX: Final = 16_384
"""What the system may hold for a reader besides what is on its way: a fifth of a second of pictures."""


class WebServer(uvicorn.Server):
    """A server that notices at once when a reader is slow.

    By itself the system takes megabytes for one connection: 45 s of a talk's pictures, which nobody can take back when their
    moment is over.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; every connection inherits the limit from the socket that it came by."""
        await super().startup(sockets)
        for listening in [one for server in self.servers for one in server.sockets]:
            with socket.socket(fileno=os.dup(listening.fileno())) as same:
                same.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX)


def serve(settings: Settings, socket_fd: int | None) -> None:
    """Serve until SIGTERM or SIGINT; open streams get SHUTDOWN_SECONDS_MAX to end.

    `socket_fd` is a listening socket inherited from the parent, in place of the host and port in the settings.
    """
    log_to_terminal()
    try:
        require_media_store(settings)
    except StoreAway as away:  # chats and money need none of it
        log.warning("%s", away)
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
        WebServer(config).run(None if socket_fd is None else [socket.socket(fileno=socket_fd)])
