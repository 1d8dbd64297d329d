"""The web process learns at once that a reader is slow: what lies between the two cannot be taken back when its moment is over."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from app.commands.serve import WebServer

PIECE = b"x" * 3300  # a picture of a mouth


class Endless:
    """An answer that never ends; `handed_out` counts the pieces that the server has taken."""

    handed_out = 0

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await send({"type": "http.response.body", "body": PIECE, "more_body": True})
                self.handed_out += 1
                await asyncio.sleep(0)


@contextlib.contextmanager
def running(app: Endless, loop: str) -> Iterator[int]:
    server = WebServer(uvicorn.Config(app, log_level="critical", lifespan="off", loop=loop, timeout_graceful_shutdown=1))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)
        listening.close()


@pytest.mark.parametrize("loop", ["asyncio", "auto"])
def test_for_a_reader_that_reads_nothing_little_is_taken_from_who_writes(loop: str) -> None:
    app = Endless()
    with running(app, loop) as port, socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        reader.connect(("127.0.0.1", port))
        reader.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
        before = -1
        while app.handed_out == 0 or app.handed_out != before:
            before = app.handed_out
            time.sleep(0.3)
        assert 0 < app.handed_out * len(PIECE) < 300_000  # it was 3.7 MB
        assert len(reader.recv(4096)) > 0
