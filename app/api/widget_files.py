"""The widget's files: its scripts and styles, faces, and the sound of what was said."""

import zlib
from functools import cache
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
from fastapi import APIRouter
from fastapi.responses import FileResponse, JSONResponse

from app.api.errors import ApiProblem
from app.api.widget_door import CounterOf
from avatar_pipeline.catalogue import CatalogueFace, face
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.speak import idle

router = APIRouter()

WIDGET_FOLDER: Final = Path(__file__).parents[1] / "widget"
MEDIA_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
FOR_ANY_PAGE: Final = {"Cross-Origin-Resource-Policy": "cross-origin", "X-Content-Type-Options": "nosniff"}
FOR_OUR_PAGES: Final = {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}
ASK_EVERY_TIME: Final = {"Cache-Control": "no-cache"}
FIVE_MINUTES: Final = {"Cache-Control": "public, max-age=300"}
ONE_DAY: Final = {"Cache-Control": "public, max-age=86400"}
FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.get("/w/loader.js")
async def loader() -> FileResponse:
    """The script a shop's page loads; a change reaches every shop within five minutes."""
    return FileResponse(WIDGET_FOLDER / "loader.js", media_type="text/javascript", headers=FOR_ANY_PAGE | FIVE_MINUTES)


@router.get("/w/static/{path:path}")
async def static(path: str) -> FileResponse:
    """A script, style or text of the panel; nothing else of the folder is served."""
    file = _inside(path)
    if file is None:
        raise _missing("file")
    return FileResponse(file, media_type=MEDIA_TYPES[file.suffix], headers=FOR_OUR_PAGES | ASK_EVERY_TIME)


@router.get("/w/faces/{face_id}/poster.webp")
async def poster(face_id: str) -> FileResponse:
    """The still portrait, shown on the shop's page before anything moves."""
    return FileResponse(_face(face_id).poster_path, media_type="image/webp", headers=FOR_ANY_PAGE | ONE_DAY)


@router.get("/w/faces/{face_id}/chat.rig")
async def rig(face_id: str) -> FileResponse:
    """The rig the player moves."""
    return FileResponse(_face(face_id).rig_path, media_type="application/zip", headers=FOR_OUR_PAGES | ONE_DAY)


@router.get("/w/faces/{face_id}/idle.json")
async def idle_score(face_id: str) -> JSONResponse:
    """The score of quiet listening: a loop of small movements, the same for a face every time."""
    _face(face_id)
    return JSONResponse(await anyio.to_thread.run_sync(_idle, face_id), headers=FOR_OUR_PAGES | ONE_DAY)


@router.get("/w/audio/{name}.wav")
async def audio(name: str, counter: CounterOf) -> FileResponse:
    """The sound of one stretch of speech. Its name is what was said, so it never changes."""
    path = await anyio.to_thread.run_sync(counter.desk.voicer.store.wav_path, name)
    if path is None:
        raise _missing("sound")
    return FileResponse(path, media_type="audio/wav", headers=FOR_OUR_PAGES | FOR_EVER)


def _inside(path: str) -> Path | None:
    """A servable file of the widget's folder; None for anything else, also for a path that climbs out."""
    if "\0" in path:
        return None
    file = (WIDGET_FOLDER / path).resolve()
    return file if file.is_relative_to(WIDGET_FOLDER) and file.suffix in MEDIA_TYPES and file.is_file() else None


def _face(face_id: str) -> CatalogueFace:
    try:
        return face(face_id)
    except StageRefusal:
        raise _missing("face") from None


@cache
def _idle(face_id: str) -> dict[str, Any]:
    return idle(zlib.crc32(face_id.encode())).to_json()


def _missing(noun: str) -> ApiProblem:
    return ApiProblem(404, "Not found", f"There is no such {noun}.")
