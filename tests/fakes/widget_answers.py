"""What the widget's house answers with: the product's own files as they travel, problems, a body that breaks off, and its sockets."""

import socket
from collections.abc import AsyncIterator

from starlette.responses import JSONResponse, Response

from app.api.widget_press import pressed


def widget_file(name: str) -> Response:
    """One of the widget's files as the product sends it."""
    file = pressed(name)
    if file is None:
        return problem(404, "There is no such file.")
    return Response(file.packed, media_type=file.media_type, headers={"Content-Encoding": "gzip", "Cache-Control": "max-age=3600"})


async def broken_body() -> AsyncIterator[bytes]:
    yield b"{"
    raise ConnectionResetError


def listen(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def problem(status: int, detail: str) -> Response:
    return JSONResponse({"title": "Refused", "status": status, "detail": detail}, status_code=status, media_type="application/problem+json")
