"""What the widget's house answers with: the product's own files as they travel, problems, a body that breaks off, and its sockets."""

import socket
from collections.abc import AsyncIterator

from fakes.widget_mind import CARD
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from app.api.widget_press import pressed
from avatar_pipeline.catalogue import face
from avatar_pipeline.personal_card import CardText, draw_personal_card
from avatar_pipeline.provenance import FilmPapers

WAITS = {state: f"/w/faces/amara/{state}.json" for state in ("listening", "thinking")}


def widget_file(name: str) -> Response:
    """One of the widget's files as the product sends it."""
    file = pressed(name)
    if file is None:
        return problem(404, "There is no such file.")
    return Response(file.packed, media_type=file.media_type, headers={"Content-Encoding": "gzip", "Cache-Control": "max-age=3600"})


async def bare(_: Request) -> Response:
    """A page of the shop without a widget."""
    return HTMLResponse("<!doctype html><title>Bare</title><p>Hello")


async def draw_card(request: Request) -> Response:
    """The picture of a card as the product draws it; its own talk's pass is needed."""
    if not request.headers.get("authorization", "").startswith("Bearer "):
        return problem(401, "A token is needed.")
    coupon = CARD["coupon"]
    text = CardText(
        CARD["headline"], CARD["product"], CARD["price"], coupon["title"], coupon["code"], coupon["terms"], "Made by Amara, an AI"
    )
    return Response(draw_personal_card(text, face("amara").poster_path, FilmPapers()), media_type="image/png")


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
