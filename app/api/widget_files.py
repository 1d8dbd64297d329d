"""The widget's files: its scripts and styles, faces, and the sound of what was said."""

import io
import re
import zlib
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from PIL import Image, ImageDraw

from app.api.errors import ApiProblem
from app.api.widget_door import CounterOf
from app.api.widget_faces import served_face
from app.api.widget_press import Pressed, pressed, widget_fingerprint
from app.casting.film_steps import LOOP_PICTURES
from app.casting.own_faces import AnyFace, OwnFace, casting_id_of
from app.wiring import House, house_of, media_store
from avatar_pipeline.catalogue import CatalogueFace
from avatar_pipeline.speak import STATES, State, loop_of

router = APIRouter()
HouseOf = Annotated[House, Depends(house_of)]

FINGERPRINT: Final = re.compile(r"[0-9a-f]{12}")
BADGE_SIDE_PX: Final = 128
"""The launcher shows the portrait 54 pixels wide, on fine screens with two dots to the pixel."""
POSTER_SIDE_PX: Final = 384
BADGE_QUALITY: Final = 80
WALL, FIGURE = (222, 217, 209), (244, 241, 236)
FOR_ANY_PAGE: Final = {"Cross-Origin-Resource-Policy": "cross-origin", "X-Content-Type-Options": "nosniff"}
FOR_OUR_PAGES: Final = {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}
ASK_EVERY_TIME: Final = {"Cache-Control": "no-cache"}
FIVE_MINUTES: Final = {"Cache-Control": "public, max-age=300"}
ONE_DAY: Final = {"Cache-Control": "public, max-age=86400"}
FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.get("/w/loader.js")
async def loader(request: Request) -> Response:
    """The script a shop's page loads; a change reaches every shop within five minutes."""
    return await send(request, "loader.js", FOR_ANY_PAGE | FIVE_MINUTES)


@router.get("/w/tillhand.d.ts")
async def types(request: Request) -> Response:
    """The types of what the script gives the shop's page."""
    return await send(request, "tillhand.d.ts", FOR_ANY_PAGE | {"Access-Control-Allow-Origin": "*"} | FIVE_MINUTES)


@router.get("/w/static/{path:path}")
async def static(request: Request, path: str) -> Response:
    """A script, style or text of the panel; nothing else of the folder is served. Under its fingerprint it never changes."""
    first, _, rest = path.partition("/")
    if first == widget_fingerprint():
        return await send(request, rest, FOR_OUR_PAGES | FOR_EVER)
    if FINGERPRINT.fullmatch(first):  # a panel from before a change asks for its files: it gets the present ones, not for ever
        return await send(request, rest, FOR_OUR_PAGES | ASK_EVERY_TIME)
    return await send(request, path, FOR_OUR_PAGES | ASK_EVERY_TIME)


@router.get("/w/faces/{face_id}/poster.webp")
async def poster(request: Request, face_id: str, house: HouseOf) -> Response:
    """The still portrait, shown on the shop's page before anything moves."""
    try:
        face = await served_face(house, face_id)
    except ApiProblem:
        return _nobody(face_id, POSTER_SIDE_PX)
    return _face_file(request, face, face.poster_path, "image/webp", FOR_ANY_PAGE)


@router.get("/w/faces/{face_id}/badge.webp")
async def badge(face_id: str, house: HouseOf) -> Response:
    """The portrait as small as the launcher shows it: all that a shop's page loads of an employee before somebody asks."""
    try:
        face = await served_face(house, face_id)
    except ApiProblem:
        return _nobody(face_id, BADGE_SIDE_PX)
    drawn = await anyio.to_thread.run_sync(badge_webp, face.poster_path)
    return Response(drawn, media_type="image/webp", headers=FOR_ANY_PAGE | _kept(face))


@router.get("/w/faces/{face_id}/chat.rig")
async def rig(request: Request, face_id: str, house: HouseOf) -> Response:
    """The rig the player moves."""
    face = await served_face(house, face_id)
    return _face_file(request, face, face.rig_path, "application/zip", FOR_OUR_PAGES)


@router.get("/w/faces/{face_id}/loop.pictures")
async def loop_pictures(request: Request, face_id: str, house: HouseOf) -> Response:
    """The pictures of a face from a film, which a stage's patches are laid over."""
    face = await served_face(house, face_id)
    path = face.rig_path.with_name(LOOP_PICTURES)
    if not isinstance(face, OwnFace) or not await house.run_call(media_store(house.settings).at_hand, path):
        raise _missing("film")
    return _face_file(request, face, path, "application/octet-stream", FOR_OUR_PAGES)


@router.get("/w/faces/{face_id}/{state}.json")
async def state_score(face_id: str, state: str, house: HouseOf) -> JSONResponse:
    """The score of being at ease, listening or thinking: a loop of small movements, the same for a face every time."""
    await served_face(house, face_id)
    known = next((one for one in STATES if one == state), None)
    if known is None:
        raise _missing("state")
    return JSONResponse(await anyio.to_thread.run_sync(_loop, face_id, known), headers=FOR_OUR_PAGES | ONE_DAY)


@router.get("/w/audio/{name}.wav")
async def audio(name: str, counter: CounterOf) -> FileResponse:
    """The sound of one stretch of speech. Its name is what was said, so it never changes."""
    path = await anyio.to_thread.run_sync(counter.desk.voicer.store.wav_path, name)
    if path is None:
        raise _missing("sound")
    return FileResponse(path, media_type="audio/wav", headers=FOR_OUR_PAGES | FOR_EVER)


async def send(request: Request, name: str, headers: dict[str, str]) -> Response:
    """Send one of the widget's files, compressed where the browser takes it; raises ApiProblem 404."""
    file = await anyio.to_thread.run_sync(pressed, name)
    if file is None:
        raise _missing("file")
    tag = f'"{file.fingerprint}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers | {"ETag": tag, "Vary": "Accept-Encoding"})
    body, coding = _coded(file, request.headers.get("accept-encoding", ""))
    return Response(body, media_type=file.media_type, headers=headers | coding | {"ETag": tag, "Vary": "Accept-Encoding"})


@lru_cache(maxsize=64)
def badge_webp(poster_path: Path) -> bytes:
    """Draw the portrait at the size of the launcher."""
    small, file = Image.open(poster_path).convert("RGB"), io.BytesIO()
    small.resize((BADGE_SIDE_PX, BADGE_SIDE_PX), Image.Resampling.LANCZOS).save(file, "WEBP", quality=BADGE_QUALITY, method=6)
    return file.getvalue()


@cache
def nobody_webp(side_px: int) -> bytes:
    """The outline of nobody, for where a face may not be shown."""
    drawn, file = Image.new("RGB", (512, 512), WALL), io.BytesIO()
    pen = ImageDraw.Draw(drawn)
    pen.ellipse((176, 112, 336, 296), FIGURE)
    pen.ellipse((80, 332, 432, 760), FIGURE)
    drawn.resize((side_px, side_px), Image.Resampling.LANCZOS).save(file, "WEBP", quality=BADGE_QUALITY, method=6)
    return file.getvalue()


def _nobody(face_id: str, side_px: int) -> Response:
    """A face that was taken back leaves an outline on shoppers' pages: browsers draw a 404's picture where they have one."""
    if casting_id_of(face_id) is None:
        raise _missing("face")
    return Response(nobody_webp(side_px), 404, FOR_ANY_PAGE | ASK_EVERY_TIME, "image/webp")


def _coded(file: Pressed, accepted: str) -> tuple[bytes, dict[str, str]]:
    return (file.packed, {"Content-Encoding": "gzip"}) if "gzip" in accepted.lower() else (file.body, {})


def _face_file(request: Request, face: AnyFace, path: Path, media_type: str, headers: dict[str, str]) -> Response:
    """A file of a face; a browser that has it already is told so in a line, once it may still be shown."""
    answer = FileResponse(path, media_type=media_type, headers=headers | _kept(face), stat_result=path.stat())
    if request.headers.get("if-none-match") == answer.headers["etag"]:
        return Response(status_code=304, headers=headers | _kept(face) | {"ETag": answer.headers["etag"]})
    return answer


def _kept(face: AnyFace) -> dict[str, str]:
    """A face of the catalogue never changes, a drawn one may be deleted; a person may take the consent back, so it is asked every time."""
    if isinstance(face, CatalogueFace):
        return ONE_DAY
    return {"Cache-Control": "private, no-cache"} if face.is_person else FIVE_MINUTES


@cache
def _loop(face_id: str, state: State) -> dict[str, Any]:
    return loop_of(state, zlib.crc32(face_id.encode())).to_json()


def _missing(noun: str) -> ApiProblem:
    return ApiProblem(404, "Not found", f"There is no such {noun}.")
