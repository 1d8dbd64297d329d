"""The gallery's files: portraits, rigs, what each face says and how it moves, and the player that draws it. The same for everybody."""

from typing import Final

import anyio
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, JSONResponse

from app.api.widget_press import pressed
from app.dashboard.language import LANGUAGES
from app.guide.gallery import Introduction, face_of, introduction

router = APIRouter(include_in_schema=False)
HEADERS: Final = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}


@router.get("/player/engine.js")
async def engine() -> Response:
    """The widget's player, as the widget gets it."""
    file = await anyio.to_thread.run_sync(pressed, "player/engine.js")
    return Response(file.body, media_type=file.media_type, headers=HEADERS) if file else _nothing()


@router.get("/player/{name}.js")
async def part_of_the_engine(name: str) -> Response:
    """What the engine is made of, where the set-up has brought nothing to bundle it with."""
    file = await anyio.to_thread.run_sync(pressed, f"player/{name}.js")
    return Response(file.body, media_type=file.media_type, headers=HEADERS) if file else _nothing()


@router.get("/faces/{face_id}.webp")
async def portrait(face_id: str) -> Response:
    """The still picture."""
    face = face_of(face_id)
    return FileResponse(face.poster_path, media_type="image/webp", headers=HEADERS) if face else _nothing()


@router.get("/faces/{face_id}.rig")
async def rig(face_id: str) -> Response:
    """The rig that browsers draw."""
    face = face_of(face_id)
    return FileResponse(face.rig_path, media_type="application/zip", headers=HEADERS) if face else _nothing()


@router.get("/faces/{face_id}/{language}/scores.json")
async def scores(face_id: str, language: str) -> Response:
    """How it moves while it listens, and in each of its sentences."""
    found = await _introduction(face_id, language)
    return JSONResponse(found.scores, headers=HEADERS) if found else _nothing()


@router.get("/faces/{face_id}/{language}/{number}.wav")
async def sound(face_id: str, language: str, number: int) -> Response:
    """One of its sentences."""
    found = await _introduction(face_id, language)
    sounds = found.sounds if found else ()
    return Response(sounds[number], media_type="audio/wav", headers=HEADERS) if 0 <= number < len(sounds) else _nothing()


async def _introduction(face_id: str, language: str) -> Introduction | None:
    face = face_of(face_id)
    return await anyio.to_thread.run_sync(introduction, face, language) if face and language in LANGUAGES else None


def _nothing() -> Response:
    return Response(status_code=404, headers={"Cache-Control": "no-store"})
