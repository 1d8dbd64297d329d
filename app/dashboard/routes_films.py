"""Films: the list, the form, and one film with its renders, its comments, its way to the public and what it brought."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.film_days import film_charts
from app.dashboard.film_form import FilmForm, draft_from, form_from, form_of, new_form, turned
from app.dashboard.inspection_words import inspection_lines
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, live_page, page
from app.dashboard.permissions import FilmMaker, ShopViewer
from app.dashboard.routes_offers import Sent
from app.dashboard.viewer import Viewer
from app.studio.check_script import SCENES_MAX
from app.studio.choose_engine import waits_for_room
from app.studio.concepts import concepts
from app.studio.errors import FilmRefused, ScriptFaulty
from app.studio.films import CommentView, Draft, FilmView, change_film, comments_of, create_film, film, films, note_link
from app.studio.foresee_render import Foreseen, foreseen
from app.studio.picture_names import picture_file
from app.studio.pictures import pictures
from app.studio.read_batches import batches_of
from app.studio.release_gate import first_try_yield, inspection_of
from app.studio.renders import Kind, RenderView, ask_render, current_sha256, newest_done, renders_by_film, renders_of
from avatar_pipeline.shoot import names_in
from billing.links import create_link
from billing.read_offers import offers
from billing.read_works import WorkBrought, WorkDay, work_brought, works_brought
from tenants.audit import person_actor
from tenants.employee import EmployeeView, employees
from tenants.identifiers import PublicIdUnreadable, from_public, to_public
from tenants.members import members

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/films"
DONE: Final = {
    "kept": N_("The film is kept."),
    "stopped": N_("It was stopped. Sentences that were finished are kept."),
    "said": N_("Your comment is kept."),
    "approved": N_("The film is approved."),
    "published": N_("The film is published. Anybody who has its address can see it."),
    "withdrawn": N_("The film's page is gone."),
    "deleted": N_("The film was deleted. What it sold stays in the books."),
}
FRAME_PX: Final = {"16:9": (640, 400), "9:16": (360, 680), "1:1": (480, 520)}
"""How large a film stands in a shop's page, its foot included. In a narrower page it shrinks as a whole, so that no black band is left
above and below; where the foot takes two lines, it keeps `FRAME_HEIGHT_MIN_PX`."""
FRAME_HEIGHT_MIN_PX: Final = 230
Done = Annotated[str, Query(max_length=20)]


@router.get("/dashboard/films")
async def list_films(request: Request, viewer: ShopViewer, done: Done = "") -> Response:
    """Every film, the last changed first; the region keeps itself fresh."""
    found, people, passed, brought = await viewer.read(_all)
    context = {"found": found, "people": people, "passed": passed, "brought": brought, "done": _(DONE.get(done, ""))}
    return live_page(request, "films", **viewer.context("films"), **context)


@router.get("/dashboard/films/new")
async def ask(viewer: FilmMaker) -> Response:
    """The form of a new film."""
    people = await viewer.read(_hands)
    return await _form_page(viewer, people, new_form(to_public("emp", people[0].employee_id) if people else ""))


@router.post("/dashboard/films/new")
async def make(viewer: FilmMaker, sent: Sent) -> Response:
    """Keep the film, or show the form again: with a scene more or less, or with each fault beside its field."""
    return await _take(viewer, sent, None)


@router.get("/dashboard/films/{film_id}")
async def show_film(request: Request, viewer: ShopViewer, film_id: str, done: Done = "") -> Response:
    """One film: the player, how far it is, comments, and what can be done next."""
    one, renders, comments, people, names = await viewer.read(_one, from_public("wrk", film_id))
    sha256 = await viewer.read(current_sha256, one.script)
    brought, days = await viewer.read(_brought, one.film_id, viewer.shop.time_zone)
    whole = newest_done(renders, kind="full", sha256=sha256)
    inspection = await viewer.read(inspection_of, whole.render_id) if whole else None
    kind = _next_kind(renders, sha256)
    context = {
        "foreseen": await _foreseen(viewer, one, kind) if whole is None and not any(render.is_in_hand for render in renders) else None,
        "one": one, "renders": renders, "comments": comments, "people": people, "done": _(DONE.get(done, "")),
        "in_hand": [render for render in renders if render.is_in_hand], "sha256": sha256, "shown": _shown(renders),
        "card_wait": await viewer.read(waits_for_room, viewer.now) if any(one.needs_engine and one.is_in_hand for one in renders) else None,
        "has_current": newest_done(renders, sha256=sha256) is not None,
        "batches": await viewer.read(batches_of, one.film_id), "names": names, "is_for_many": bool(names_in(one.script)),
        "embed_code": embed_code(one, viewer.house.settings.public_url), "whole": whole, "inspection": inspection,
        "inspection_lines": inspection_lines(inspection) if inspection else [], "public_url": viewer.house.settings.public_url.rstrip("/"),
        "brought": brought, "watched": film_charts(days, today=viewer.now.astimezone(ZoneInfo(viewer.shop.time_zone)).date()),
    }  # fmt: skip
    return live_page(request, "film", **viewer.context("films"), **context)


@router.get("/dashboard/films/{film_id}/edit")
async def ask_change(viewer: FilmMaker, film_id: str) -> Response:
    """The form over a film."""
    one, people = await viewer.read(_form_parts, from_public("wrk", film_id))
    return await _form_page(viewer, people, form_of(one), one=one)


@router.post("/dashboard/films/{film_id}/edit")
async def change(viewer: FilmMaker, film_id: str, sent: Sent) -> Response:
    """Keep the changed film; it is a draft again."""
    return await _take(viewer, sent, from_public("wrk", film_id))


async def _take(viewer: Viewer, sent: Mapping[str, list[str]], film_id: UUID | None) -> Response:
    viewer.check_form(next(iter(sent.get("csrf_token", [])), ""))
    form, wish = form_from(sent), next(iter(sent.get("do", [])), "keep")
    one, people = await viewer.read(_form_parts, film_id) if film_id else (None, await viewer.read(_hands))
    if wish not in ("keep", "preview"):
        return await _form_page(viewer, people, turned(form, wish), one=one)
    try:
        kept = await viewer.read(_keep, viewer, draft_from(form), one, version=form.head.get("version", ""), is_preview=wish == "preview")
    except ScriptFaulty as faulty:
        return await _form_page(viewer, people, form, one=one, errors={place: said(why) for place, why in faulty.faults.items()})
    except FilmRefused as refused:
        return await _form_page(viewer, people, form, one=one, errors={"": said(refused)})
    except PublicIdUnreadable:
        return await _form_page(viewer, people, form, one=one, errors={"employee": _("Choose who appears in it.")})
    return go_to(f"{PATH}/{to_public('wrk', kept)}?done={'asked' if wish == 'preview' else 'kept'}")


def _keep(session: Session, viewer: Viewer, draft: Draft, one: FilmView | None, *, version: str, is_preview: bool) -> UUID:
    """Keep the film, give it its tracked link, and perhaps put its preview in line: all or nothing."""
    by, now = person_actor(viewer.person.person_id), viewer.now
    if one is None:
        film_id = create_film(session, draft, by=by, now=now)
    else:
        film_id, seen = one.film_id, int(version) if version.isdecimal() and len(version) < 9 else 0
        change_film(session, film_id=film_id, draft=draft, seen_version=seen, by=by, now=now)
    if draft.target_url:
        slug = film(session, film_id).link_slug
        if slug is None:
            slug = create_link(session, employee_id=draft.employee_id, target_url=draft.target_url, work_id=film_id, now=now).slug
        note_link(session, film_id=film_id, slug=slug, address=f"{viewer.house.settings.public_url.rstrip('/')}/l/{slug}")
    if is_preview:
        ask_render(session, film_id=film_id, kind="preview", by=by, now=now)
    return film_id


async def _foreseen(viewer: Viewer, one: FilmView, kind: Kind) -> Foreseen | None:
    folder = viewer.house.settings.data_folder
    return await viewer.read(
        foreseen, film_id=one.film_id, kind=kind, data_folder=folder, voice=viewer.house.voice, now=viewer.house.clock()
    )


def embed_code(one: FilmView, public_url: str) -> str:
    """What a shop pastes into its own page; nothing while the film has no page."""
    if one.public_key is None:
        return ""
    width, height = FRAME_PX.get(one.script.get("shape", ""), FRAME_PX["16:9"])
    address, title = f"{public_url.rstrip('/')}/films/{one.public_key}/embed", escape(one.title)
    return (
        f'<iframe src="{address}" title="{title}" width="{width}" height="{height}" loading="lazy" '
        f'allow="autoplay; fullscreen" style="border:0;width:100%;max-width:{width}px;'
        f'height:auto;min-height:{FRAME_HEIGHT_MIN_PX}px;aspect-ratio:{width}/{height}"></iframe>'
    )


def _next_kind(renders: list[RenderView], sha256: str) -> Kind:
    """The size that is likely made next: full once this version's preview is there, or where nobody ever made a preview."""
    has_preview = newest_done(renders, kind="preview") is not None
    return "full" if newest_done(renders, kind="preview", sha256=sha256) or not has_preview else "preview"


def _shown(renders: list[RenderView]) -> RenderView | None:
    """What the player shows: the newest finished one."""
    return newest_done(renders)


_Films = tuple[list[tuple[FilmView, list[RenderView]]], dict[UUID, EmployeeView], tuple[int, int], dict[UUID, WorkBrought]]


def _all(session: Session) -> _Films:
    renders = renders_by_film(session)
    found = [(one, renders.get(one.film_id, [])) for one in films(session)]
    brought = works_brought(session, [one.film_id for one, _renders in found])
    return found, {one.employee_id: one for one in employees(session)}, first_try_yield(session), brought


def _one(session: Session, film_id: UUID) -> tuple[FilmView, list[RenderView], list[CommentView], dict[UUID, EmployeeView], dict[str, str]]:
    names = {person_actor(one.person_id): one.display_name for one in members(session)}
    people = {one.employee_id: one for one in employees(session)}
    return film(session, film_id), renders_of(session, film_id), comments_of(session, film_id), people, names


def _brought(session: Session, film_id: UUID, time_zone: str) -> tuple[WorkBrought, list[WorkDay]]:
    return work_brought(session, film_id, time_zone=time_zone)


def _form_parts(session: Session, film_id: UUID) -> tuple[FilmView, list[EmployeeView]]:
    found = film(session, film_id)
    return found, [one for one in employees(session) if one.employee_id == found.employee_id]


def _choices(session: Session, now: datetime) -> dict[str, Any]:
    """What a scene may be given: offers that run or will, pictures, and named things by what they are."""
    things = concepts(session)
    return {
        "offers": [one for one in offers(session, now=now) if one.state in ("planned", "running", "paused")],
        "pictures": pictures(session), "picture_file": picture_file, "called": [f"@{one.name}" for one in things],
        "places": [one for one in things if one.kind == "place"], "named": [one for one in things if one.kind in ("product", "logo")],
    }  # fmt: skip


def _hands(session: Session) -> list[EmployeeView]:
    """Who may appear in a new film: everyone who works here."""
    return [one for one in employees(session) if not one.is_retired and not one.is_applicant]


async def _form_page(
    viewer: Viewer, people: list[EmployeeView], form: FilmForm, *, one: FilmView | None = None, errors: Mapping[str, str] | None = None
) -> Response:
    context: dict[str, Any] = {"people": people, "form": form, "one": one, "errors": errors or {}, "scenes_max": SCENES_MAX}
    context |= await viewer.read(_choices, viewer.now)
    return page("film_form.html", status=422 if errors else 200, **viewer.context("films"), **context)
