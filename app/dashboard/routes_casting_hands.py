"""What is done with a face of the shop's own: watch it talk, stop it, make it again, name it, drag its handles, delete it."""

import contextlib
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from app.casting.castings import CastingView, ask_again, casting, delete_casting, name_face, stop_casting
from app.casting.errors import CastingRefused, FaceWorn
from app.casting.film_steps import LOOP_FILM
from app.casting.own_faces import PREFIX, face_folder, made_folder
from app.casting.uploads import FOUND, LAYERS, UPRIGHT, drop_face, drop_picture
from app.dashboard.casting_speech import player_file, speech_path
from app.dashboard.casting_words import HANDLE_WORDS
from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import Hirer
from app.dashboard.problems import PageProblem, page_missing
from app.dashboard.routes_casting import PATH, one_page
from app.dashboard.viewer import Viewer
from app.dashboard.voice_samples import voice_choices
from app.studio.likeness import LikenessNotAllowed, must_be_covered
from app.wiring import media_store
from avatar_pipeline.adjust import HANDLES, Drag
from tenants.audit import person_actor
from tenants.errors import EmployeeNameUnusable
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PICTURES: Final = (FOUND, UPRIGHT, LAYERS)
MADE: Final = {"chat.rig": "application/zip", "poster.webp": "image/webp", LOOP_FILM: "video/mp4"}
FILES: Final = {**dict.fromkeys(PICTURES, "image/webp"), **MADE}
MOVING: Final = ("chat.rig", LOOP_FILM)
"""What talks or moves; nobody sees that of a person who agrees no longer, the shop neither."""
PIXELS_MAX: Final = 3_000


@router.get(f"{PATH}/player/{{fingerprint}}/engine.js")
async def engine(viewer: Hirer, fingerprint: str) -> Response:
    """The widget's player under the dashboard's own name: the preview is drawn by what shoppers' browsers draw with."""
    del viewer, fingerprint  # asked for only so that nobody else is shown anything here
    headers = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return Response(player_file().body, media_type="text/javascript", headers=headers)


@router.get(f"{PATH}/{{face_id}}/files/{{version}}/{{name}}")
async def media(viewer: Hirer, face_id: str, version: int, name: str) -> Response:
    """A picture of what was found, the portrait upright, or the face that was made."""
    one = await viewer.read(casting, from_public(PREFIX, face_id))
    if name not in FILES:
        raise page_missing(N_("face"))
    is_made = name not in PICTURES
    if name in MOVING:
        try:
            await viewer.read(must_be_covered, one.face_id, viewer.now)
        except LikenessNotAllowed:
            raise page_missing(N_("face")) from None
    folder = viewer.house.settings.data_folder
    path = (made_folder(folder, one.casting_id, one.made_version) if is_made else face_folder(folder, one.face_id)) / name
    if (is_made and version != one.made_version) or not await viewer.house.run_call(media_store(viewer.house.settings).at_hand, path):
        raise page_missing(N_("face"))
    headers = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=FILES[name], headers=headers)


@router.get(f"{PATH}/{{face_id}}/speech.json")
async def speech(viewer: Hirer, face_id: str, voice: str = "heart") -> Response:
    """What the preview says, with its sound and its motion."""
    await viewer.read(casting, from_public(PREFIX, face_id))
    path = await viewer.house.run_call(speech_path, viewer.house, voice) if voice in {one.voice_id for one in voice_choices()} else None
    if path is None:
        raise page_missing(N_("voice"))
    return FileResponse(path, media_type="application/json", headers={"Cache-Control": "private, max-age=3600"})


@router.get(f"{PATH}/{{face_id}}/adjust")
async def ask_adjust(viewer: Hirer, face_id: str) -> Response:
    """The portrait with its handles."""
    one = await viewer.read(casting, from_public(PREFIX, face_id))
    return _adjust_page(viewer, one, {})


@router.post(f"{PATH}/{{face_id}}/adjust")
async def adjust(request: Request, viewer: Hirer, face_id: str) -> Response:
    """Make the face again with its handles where they were dragged; numbers typed without a script are the same."""
    form = {name: value for name, value in (await request.form(max_files=0, max_fields=60)).items() if isinstance(value, str)}
    viewer.check_form(form.get("csrf_token", ""))
    one = await viewer.read(casting, from_public(PREFIX, face_id))
    drags, why = drags_of(form, one)
    if why:
        return _adjust_page(viewer, one, why, form)
    try:
        await viewer.read(ask_again, casting_id=one.casting_id, drags=drags, by=person_actor(viewer.person.person_id), now=viewer.now)
    except CastingRefused as refused:
        return _adjust_page(viewer, one, {"": said(refused)}, form)
    return go_to(f"{PATH}/{face_id}")


@router.post(f"{PATH}/{{face_id}}/again")
async def again(viewer: Hirer, face_id: str, csrf_token: Text = "") -> Response:
    """Put it in line once more, as it was."""
    viewer.check_form(csrf_token)
    by, key = person_actor(viewer.person.person_id), from_public(PREFIX, face_id)
    try:
        await viewer.read(ask_again, casting_id=key, by=by, now=viewer.now)
    except CastingRefused as refused:
        raise PageProblem(409, _("That is not possible now"), said(refused), _("Back to the face"), f"{PATH}/{face_id}") from refused
    return go_to(f"{PATH}/{face_id}")


@router.post(f"{PATH}/{{face_id}}/stop")
async def stop(viewer: Hirer, face_id: str, csrf_token: Text = "") -> Response:
    """Stop it, in line or at work."""
    viewer.check_form(csrf_token)
    await viewer.read(stop_casting, casting_id=from_public(PREFIX, face_id), by=person_actor(viewer.person.person_id), now=viewer.now)
    return go_to(f"{PATH}/{face_id}")


@router.post(f"{PATH}/{{face_id}}/name")
async def give_name(request: Request, viewer: Hirer, face_id: str, *, csrf_token: Text = "", name: Text = "", voice: Text = "") -> Response:
    """Name the face: from now on it can be hired. Its portrait is thrown away at once."""
    viewer.check_form(csrf_token)
    key, by = from_public(PREFIX, face_id), person_actor(viewer.person.person_id)
    if voice not in {one.voice_id for one in voice_choices()}:
        return await one_page(request, viewer, key, status=422, why={"voice": _("Choose one of the voices.")}, name=name)
    try:
        await viewer.read(name_face, casting_id=key, name=name, voice_name=voice, by=by, now=viewer.now)
    except EmployeeNameUnusable as unusable:
        return await one_page(request, viewer, key, status=422, why={"name": said(unusable)}, name=name, voice=voice)
    except CastingRefused as refused:
        return await one_page(request, viewer, key, status=409, why={"name": said(refused)}, name=name, voice=voice)
    await _gone(viewer, *drop_picture(viewer.house.settings.data_folder, key))
    return go_to(f"{PATH}/{face_id}?done=named")


@router.post(f"{PATH}/{{face_id}}/delete")
async def throw_away(request: Request, viewer: Hirer, face_id: str, csrf_token: Text = "") -> Response:
    """Delete the face with its rig and portrait; refused while somebody wears it, saying who."""
    viewer.check_form(csrf_token)
    key, by = from_public(PREFIX, face_id), person_actor(viewer.person.person_id)
    try:
        await viewer.read(delete_casting, casting_id=key, by=by, now=viewer.now)
    except FaceWorn as worn:
        return await one_page(request, viewer, key, status=409, why={"delete": said(worn)})
    await _gone(viewer, drop_face(viewer.house.settings.data_folder, key))
    return go_to(f"{PATH}?done=deleted")


def drags_of(form: dict[str, str], one: CastingView) -> tuple[list[Drag], dict[str, str]]:
    """The handles that were moved, and what is wrong with the numbers, by handle."""
    drags, why, limits = [], {}, limits_seen(one)
    for handle in HANDLES:
        way = [_number(form.get(f"{handle}_{axis}", "")) for axis in ("right", "down")]
        if None in way:
            why[handle] = _("Write whole or decimal numbers of pixels.")
            continue
        right, down, far = float(way[0] or 0), float(way[1] or 0), limits[handle]["far"]
        if right**2 + down**2 > far**2:
            why[handle] = _("That is too far: at most %(pixels)s pixels.", pixels=int(far))
        elif right or down:
            drags.append(Drag(handle, right, down))
    return drags, why


def limits_seen(one: CastingView) -> dict[str, dict[str, float]]:
    """How far every handle goes and reaches. A face that was looked at before reaches had a direction has one number for each."""
    kept = one.seen["limits"]
    if all(isinstance(kept[name], dict) for name in HANDLES):
        return {name: kept[name] for name in HANDLES}
    return {name: {"far": kept["far"], "lean": 0.0, **dict.fromkeys(("along", "above", "below"), kept[name])} for name in HANDLES}


def _number(text: str) -> float | None:
    """A number of pixels; an empty field is none moved, None is no number."""
    with contextlib.suppress(ValueError):
        found = float(text.strip().replace(",", ".").replace("−", "-") or 0)
        return round(found, 2) if abs(found) < PIXELS_MAX else None
    return None


def _adjust_page(viewer: Viewer, one: CastingView, why: dict[str, str], form: dict[str, str] | None = None) -> Response:
    if one.is_film or one.picture_dropped_at is not None or not one.seen.get("handles"):
        gone = _("The portrait is gone, or no face was found in it, or it is a film, which is shown as it was filmed.")
        raise PageProblem(409, _("There is nothing to adjust"), gone, _("Back to the face"), f"{PATH}/{one.face_id}")
    values = {f"{drag.handle}_{axis}": value for drag in one.drags for axis, value in (("right", drag.right_px), ("down", drag.down_px))}
    limits = limits_seen(one)
    reaches = {"limits": limits, "farthest": max(limit["far"] for limit in limits.values())}
    context = {"one": one, "why": why, "values": values | (form or {}), "handle_words": HANDLE_WORDS, **reaches}
    return page("casting_adjust.html", status=422 if why else 200, **viewer.context("team"), **context)


async def _gone(viewer: Viewer, *paths: Path) -> None:
    store = media_store(viewer.house.settings)
    for path in paths:
        await viewer.house.run_call(store.drop, path)
