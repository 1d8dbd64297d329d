"""What is done with a film: make it, stop that, watch it, carry it away, comment, approve, publish, take back, delete."""

import re
import shutil
from pathlib import Path
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to
from app.dashboard.permissions import FilmMaker, ShopViewer
from app.dashboard.problems import PageProblem, page_missing
from app.dashboard.routes_films import PATH
from app.studio.errors import FilmRefused, FilmUnknown
from app.studio.film_media import bring_media
from app.studio.films import add_comment, delete_film, film
from app.studio.publish_film import approve_film, publish_film, withdraw_film
from app.studio.renders import RenderView, ask_render, cancel_render, film_folder, media_path, render
from app.wiring import media_store
from tenants.audit import person_actor
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ENDINGS: Final = {"mp4": "video/mp4", "vtt": "text/vtt; charset=utf-8", "srt": "application/x-subrip; charset=utf-8", "jpg": "image/jpeg"}
TURNS: Final = {"approve": (approve_film, "approved"), "publish": (publish_film, "published"), "withdraw": (withdraw_film, "withdrawn")}


@router.get("/dashboard/films/{film_id}/renders/{render_id}.{kind}")
async def media(viewer: ShopViewer, film_id: str, render_id: str, kind: str, download: int = 0) -> Response:
    """A render's film (mp4), its captions (vtt, srt) or its poster (jpg), to be watched or carried away. Players may ask for parts."""
    if kind not in ENDINGS:
        raise page_missing(N_("film"))
    key = from_public("wrk", film_id)
    shown = await viewer.read(_render_of, key, from_public("rnd", render_id))
    path = media_path(viewer.house.settings.data_folder, viewer.shop.tenant_id, shown)
    await viewer.house.run_call(bring_media, path, kind, media_store(viewer.house.settings).at_hand)
    title = (await viewer.read(film, key)).title if download else ""
    return media_answer(path, kind, download_name=f"{_file_name(title) or film_id}.{kind}" if download else None)


@router.post("/dashboard/films/{film_id}/render")
async def ask(viewer: FilmMaker, film_id: str, csrf_token: Text = "", size: Text = "preview") -> Response:
    """Put the film in line: a preview, or the whole size."""
    viewer.check_form(csrf_token)
    by = person_actor(viewer.person.person_id)
    try:
        await viewer.read(
            ask_render, film_id=from_public("wrk", film_id), kind="full" if size == "full" else "preview", by=by, now=viewer.now
        )
    except FilmRefused as refused:
        raise not_possible(refused, film_id) from refused
    return go_to(f"{PATH}/{film_id}?done=asked")


@router.post("/dashboard/films/{film_id}/renders/{render_id}/stop")
async def stop(viewer: FilmMaker, film_id: str, render_id: str, csrf_token: Text = "") -> Response:
    """Stop a render that is in line or being made."""
    viewer.check_form(csrf_token)
    by = person_actor(viewer.person.person_id)
    await viewer.read(cancel_render, render_id=from_public("rnd", render_id), by=by, now=viewer.now)
    return go_to(f"{PATH}/{film_id}?done=stopped")


@router.post("/dashboard/films/{film_id}/comment")
async def comment(viewer: FilmMaker, film_id: str, csrf_token: Text = "", body: Text = "") -> Response:
    """Say something about the film."""
    viewer.check_form(csrf_token)
    by = person_actor(viewer.person.person_id)
    try:
        await viewer.read(add_comment, film_id=from_public("wrk", film_id), body=body, by=by, now=viewer.now)
    except FilmRefused as refused:
        raise not_possible(refused, film_id) from refused
    return go_to(f"{PATH}/{film_id}?done=said#comments")


@router.post("/dashboard/films/{film_id}/delete")
async def throw_away(viewer: FilmMaker, film_id: str, csrf_token: Text = "") -> Response:
    """Delete the film and its files; the page asks twice."""
    viewer.check_form(csrf_token)
    by, key = person_actor(viewer.person.person_id), from_public("wrk", film_id)
    await viewer.read(delete_film, film_id=key, by=by, now=viewer.now)
    folder = film_folder(viewer.house.settings.data_folder, viewer.shop.tenant_id, key)
    await viewer.house.run_call(media_store(viewer.house.settings).drop, folder)
    await viewer.house.run_call(shutil.rmtree, folder, ignore_errors=True)
    return go_to(f"{PATH}?done=deleted")


@router.post("/dashboard/films/{film_id}/{hand}")
async def turn(viewer: FilmMaker, film_id: str, hand: str, csrf_token: Text = "") -> Response:
    """Approve, publish, or take the published page away."""
    viewer.check_form(csrf_token)
    if hand not in TURNS:
        raise page_missing()
    verb, done = TURNS[hand]
    try:
        await viewer.read(verb, film_id=from_public("wrk", film_id), by=person_actor(viewer.person.person_id), now=viewer.now)
    except FilmRefused as refused:
        raise not_possible(refused, film_id) from refused
    return go_to(f"{PATH}/{film_id}?done={done}")


def media_answer(path: Path, kind: str, *, download_name: str | None = None) -> Response:
    """A film's file, whole or in the parts a player asks for."""
    file = path.with_suffix(f".{kind}")
    if not file.is_file():
        raise page_missing(N_("film"))
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
    return FileResponse(file, media_type=ENDINGS[kind], filename=download_name, headers=headers)


def _file_name(title: str) -> str:
    """The film's title as every machine can keep it: letters and digits of any writing, - and _."""
    return re.sub(r"[^\w-]+", "-", title).strip("-_")[:80]


def _render_of(session: Session, film_id: UUID, render_id: UUID) -> RenderView:
    """A finished render of this film. Raises FilmUnknown."""
    found = render(session, render_id)
    if found.film_id != film(session, film_id).film_id or found.state != "done":
        raise FilmUnknown("There is no such film.")
    return found


def not_possible(refused: FilmRefused, film_id: str) -> PageProblem:
    """The page for what a film refuses, with the way back to it."""
    return PageProblem(409, _("That is not possible"), said(refused), _("Open the film"), f"{PATH}/{film_id}")
