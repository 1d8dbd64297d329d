"""A film for each row of a table: the table is handed in, looked at column by column, started, watched, and its films carried away."""

import csv
import io
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, File, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.film_zip import ZippedFilm, zip_pieces
from app.dashboard.inspection_words import what_stopped
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import SECURITY_HEADERS, go_to, live_page, page
from app.dashboard.permissions import FilmMaker, ShopViewer
from app.dashboard.routes_films import PATH
from app.dashboard.routes_films_hands import not_possible
from app.dashboard.viewer import Viewer
from app.studio.batch_rows import names_of
from app.studio.batches import (
    TableSeen,
    delete_batch,
    hand_in_table,
    look_at_table,
    resume_batch,
    start_batch,
    stop_batch,
)
from app.studio.errors import FilmRefused, FilmUnknown
from app.studio.films import FilmView, film
from app.studio.read_batches import BatchView, batch_view
from app.studio.read_table import FILE_BYTES_MAX
from app.studio.release_gate import inspection_of
from app.studio.renders import film_folder, media_path
from app.studio.resolve_script import resolved
from app.wiring import media_store
from tenants.audit import person_actor
from tenants.identifiers import from_public, to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

SHOWN_ROWS_MAX: Final = 100
DONE: Final = {
    "stopped": N_("The rest was stopped. Finished films stay."),
}
FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")


@router.get("/dashboard/films/{film_id}/tables/new")
async def ask(viewer: FilmMaker, film_id: str) -> Response:
    """The place to choose a file, and what its columns must be called."""
    return await _ask_page(viewer, from_public("wrk", film_id))


@router.post("/dashboard/films/{film_id}/tables/new")
async def hand_in(
    viewer: FilmMaker, film_id: str, file: Annotated[UploadFile | None, File()] = None, csrf_token: Text = ""
) -> Response:  # fmt: skip
    """Keep the table to be looked at. Nothing is made yet."""
    viewer.check_form(csrf_token)
    content, key = await file.read(FILE_BYTES_MAX + 1) if file is not None else b"", from_public("wrk", film_id)
    name, by = (file.filename if file is not None else None) or "", person_actor(viewer.person.person_id)
    try:
        batch_id = await viewer.read(hand_in_table, film_id=key, file_name=name, content=content, by=by, now=viewer.now)
    except FilmRefused as refused:
        return await _ask_page(viewer, key, status=422, why=said(refused))
    return go_to(f"{PATH}/{film_id}/tables/{to_public('fbt', batch_id)}")


@router.get("/dashboard/films/{film_id}/tables/example.csv")
async def example(viewer: ShopViewer, film_id: str) -> Response:
    """A table with the right columns and one row, to be filled in."""
    names = await viewer.read(_names, from_public("wrk", film_id))
    written = io.StringIO()
    csv.writer(written).writerows([names or ["name"], ["Ada" if name == "name" else name for name in names or ["name"]]])
    headers = {**SECURITY_HEADERS, "Content-Disposition": 'attachment; filename="films.csv"'}
    return Response(written.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/dashboard/films/{film_id}/tables/{batch_id}")
async def show(
    request: Request, viewer: ShopViewer, film_id: str, batch_id: str, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """A table before it is started, with every row judged; or what became of its rows."""
    one, batch = await viewer.read(_both, from_public("wrk", film_id), from_public("fbt", batch_id), viewer)
    if batch.state == "draft":
        seen = await viewer.read(look_at_table, batch_id=batch.batch_id, chosen=_chosen(request.query_params))
        return _seen_page(viewer, one, seen)
    stopped = await viewer.read(_stopped, batch)
    return live_page(request, "film_table", **viewer.context("films"), one=one, batch=batch, stopped=stopped, done=_(DONE.get(done, "")))


@router.post("/dashboard/films/{film_id}/tables/{batch_id}/start")
async def start(request: Request, viewer: FilmMaker, film_id: str, batch_id: str, csrf_token: Text = "") -> Response:
    """Put a film for each good row in line."""
    viewer.check_form(csrf_token)
    key, by, form = from_public("fbt", batch_id), person_actor(viewer.person.person_id), await request.form()
    chosen = _chosen({name: str(value) for name, value in form.items()}) or {}
    one, batch = await viewer.read(_both, from_public("wrk", film_id), key, viewer)
    try:
        await viewer.read(start_batch, batch_id=batch.batch_id, chosen=chosen, by=by, now=viewer.now)
    except FilmRefused as refused:
        seen = await viewer.read(look_at_table, batch_id=key, chosen=chosen)
        return _seen_page(viewer, one, seen, status=422, why=said(refused))
    return go_to(f"{PATH}/{film_id}/tables/{batch_id}?done=started")


@router.post("/dashboard/films/{film_id}/tables/{batch_id}/{hand}")
async def turn(viewer: FilmMaker, film_id: str, batch_id: str, hand: str, csrf_token: Text = "") -> Response:
    """Stop the rest, take it up again, or throw the table and its films away."""
    viewer.check_form(csrf_token)
    one, batch = await viewer.read(_both, from_public("wrk", film_id), from_public("fbt", batch_id), viewer)
    what: dict[str, Any] = {"batch_id": batch.batch_id, "by": person_actor(viewer.person.person_id), "now": viewer.now}
    if hand == "stop":
        await viewer.read(stop_batch, **what)
        return go_to(f"{PATH}/{film_id}/tables/{batch_id}?done=stopped")
    if hand == "resume":
        await viewer.read(resume_batch, **what)
        return go_to(f"{PATH}/{film_id}/tables/{batch_id}?done=resumed")
    if hand != "delete":
        raise not_possible(FilmRefused("There is no such table."), film_id)
    folder = film_folder(viewer.house.settings.data_folder, viewer.shop.tenant_id, one.film_id)
    for render_id in await viewer.read(delete_batch, **what):
        await viewer.house.run_call(media_store(viewer.house.settings).drop, folder / str(render_id))
        await viewer.house.run_call(shutil.rmtree, folder / str(render_id), ignore_errors=True)
    return go_to(f"{PATH}/{film_id}")


@router.get("/dashboard/films/{film_id}/tables/{batch_id}/films.zip")
async def carry_away(viewer: ShopViewer, film_id: str, batch_id: str) -> Response:
    """All films that are made and passed their inspection, and a list of what every row became."""
    _one, batch = await viewer.read(_both, from_public("wrk", film_id), from_public("fbt", batch_id), viewer)
    ready = [row for row in batch.rows if row.render and row.state == "done"]
    if not ready:
        raise not_possible(FilmRefused("No film of this table is finished yet."), film_id)
    stopped, store, found = await viewer.read(_stopped, batch), media_store(viewer.house.settings), []
    for row in ready:
        assert row.render is not None  # noqa: S101 - chosen just above
        path = media_path(viewer.house.settings.data_folder, viewer.shop.tenant_id, row.render)
        found.append(ZippedFilm(_file_name(row.number, row.recipient), path))
    headers = {**SECURITY_HEADERS, "Content-Disposition": 'attachment; filename="films.zip"'}
    return StreamingResponse(
        zip_pieces(found, _list(batch, stopped), _at_hand(store.at_hand)), media_type="application/zip", headers=headers
    )


def _at_hand(fetch: Any) -> Any:
    def look(path: Path) -> bool:
        fetch(path)
        return path.is_file()

    return look


def _chosen(sent: Mapping[str, str]) -> dict[str, int] | None:
    """Which column fills which name, as the form says: `c_name=2`. None when nobody chose yet."""
    found = {name.removeprefix("c_"): value for name, value in sent.items() if name.startswith("c_")}
    return {name: int(value) for name, value in found.items() if value.isdecimal() and len(value) < 4} if found else None


def _file_name(number: int, recipient: str) -> str:
    """What a recipient's film is called in the archive: the row's number first, then letters any system can keep."""
    plain = "-".join("".join(letter if letter.isalnum() else " " for letter in recipient).split())[:60]
    return f"{number:03d}-{plain}.mp4" if plain else f"{number:03d}.mp4"


def _list(batch: BatchView, stopped: Mapping[int, str]) -> str:
    """What every row became, as a table of its own; `stopped` says by row why a film did not pass."""
    rows: list[Iterable[object]] = [("row", "recipient", "state", "code", "file", "why")]
    for row in batch.rows:
        name = _file_name(row.number, row.recipient) if row.state == "done" else ""
        why = row.problem or stopped.get(row.number) or (row.render.problem if row.render else "")
        rows.append((row.number, row.recipient, row.state, row.code, name, why))
    written = io.StringIO()
    safe = [[f"'{cell}" if str(cell).startswith(FORMULA_SIGNS) else cell for cell in row] for row in rows]
    csv.writer(written).writerows(safe)
    return written.getvalue()


def _stopped(session: Session, batch: BatchView) -> dict[int, str]:
    """Why films did not pass their inspection, by row."""
    held = {row.number: inspection_of(session, row.render.render_id) for row in batch.rows if row.render and row.state == "not_passed"}
    return {number: what_stopped(found) for number, found in held.items() if found}


def _both(session: Session, film_id: UUID, batch_id: UUID, viewer: Viewer) -> tuple[FilmView, BatchView]:
    """A film and one of its tables. Raises FilmUnknown, also for another film's table."""
    one, batch = film(session, film_id), batch_view(session, batch_id, viewer.now)
    if batch.film_id != one.film_id:
        raise FilmUnknown("There is no such table.")
    return one, batch


def _names(session: Session, film_id: UUID) -> list[str]:
    return names_of(resolved(session, film(session, film_id).script))


async def _ask_page(viewer: Viewer, film_id: UUID, *, status: int = 200, why: str = "") -> Response:
    one, names = await viewer.read(film, film_id), await viewer.read(_names, film_id)
    return page("film_table_new.html", status=status, **viewer.context("films"), one=one, names=names, why=why)


def _seen_page(viewer: Viewer, one: FilmView, seen: TableSeen, *, status: int = 200, why: str = "") -> Response:
    bad = [row for row in seen.rows if row.problem]
    context = {"one": one, "seen": seen, "bad": bad[:SHOWN_ROWS_MAX], "bad_count": len(bad), "why": why}
    context["good"] = [row for row in seen.rows if not row.problem][:SHOWN_ROWS_MAX]
    return page("film_table_seen.html", status=status, **viewer.context("films"), **context)
