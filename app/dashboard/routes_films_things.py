"""What scripts call by name, and the pictures they show: listed, made, changed, deleted."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, File, Query, Response, UploadFile
from sqlalchemy.orm import Session

from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import FilmMaker, ShopViewer
from app.dashboard.problems import PageProblem
from app.dashboard.routes_offers import Sent
from app.dashboard.viewer import Viewer
from app.studio.concepts import KINDS, ConceptDraft, ConceptView, concept, concepts, delete_concept, keep_concept
from app.studio.errors import FilmRefused, ScriptFaulty
from app.studio.picture_names import picture_file, picture_id_of
from app.studio.pictures import PictureView, delete_picture, hand_in_picture, picture_body, pictures
from avatar_pipeline.scene_picture import FILE_BYTES_MAX
from tenants.audit import person_actor
from tenants.identifiers import from_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/films/things"
FIELDS: Final = ("name", "kind", "title", "say", "detail", "note", "picture")
LETTERS_KEPT_MAX: Final = 1_000
DONE: Final = {
    "kept": N_("It is kept. Films that call it are made with it from now on."),
    "forgotten": N_("It is forgotten."),
    "picture": N_("The picture is kept."),
    "gone": N_("The picture is gone."),
}


@router.get("/dashboard/films/things")
async def show(viewer: ShopViewer, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Every named thing with the films that call it, and every picture."""
    return await _list_page(viewer, done=_(DONE.get(done, "")))


@router.get("/dashboard/films/things/new")
async def ask(viewer: FilmMaker) -> Response:
    """The form of a new thing."""
    return await _form_page(viewer, {"kind": KINDS[1]}, None)


@router.post("/dashboard/films/things/new")
async def make(viewer: FilmMaker, sent: Sent) -> Response:
    """Keep it, or show the form again with each fault beside its field."""
    return await _take(viewer, sent, None)


@router.post("/dashboard/films/things/pictures")
async def bring(
    viewer: FilmMaker, file: Annotated[UploadFile | None, File()] = None, csrf_token: Text = ""
) -> Response:  # fmt: skip
    """Keep a picture, or say what is wrong with it."""
    viewer.check_form(csrf_token)
    content, name = await file.read(FILE_BYTES_MAX + 1) if file is not None else b"", (file.filename if file is not None else None) or ""
    by = person_actor(viewer.person.person_id)
    try:
        await viewer.read(hand_in_picture, name=name, content=content, by=by, now=viewer.now)
    except FilmRefused as refused:
        return await _list_page(viewer, status=422, why=said(refused))
    return go_to(f"{PATH}?done=picture")


@router.get("/dashboard/films/things/pictures/{name}")
async def picture(viewer: ShopViewer, name: str) -> Response:
    """A picture's file."""
    body = await viewer.read(picture_body, picture_id_of(name) or UUID(int=0))
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=86400, immutable"}
    return Response(body, media_type="image/webp", headers=headers)


@router.post("/dashboard/films/things/pictures/{name}/delete")
async def remove_picture(viewer: FilmMaker, name: str, csrf_token: Text = "") -> Response:
    """Delete a picture that nothing shows."""
    viewer.check_form(csrf_token)
    by = person_actor(viewer.person.person_id)
    try:
        await viewer.read(delete_picture, picture_id=picture_id_of(name) or UUID(int=0), by=by, now=viewer.now)
    except FilmRefused as refused:
        raise _not_possible(refused) from refused
    return go_to(f"{PATH}?done=gone")


@router.get("/dashboard/films/things/{concept_id}")
async def ask_change(viewer: FilmMaker, concept_id: str) -> Response:
    """The form over a thing, and the films that a change would touch."""
    one = await viewer.read(concept, from_public("cpt", concept_id))
    return await _form_page(viewer, _fields_of(one), one)


@router.post("/dashboard/films/things/{concept_id}")
async def change(viewer: FilmMaker, concept_id: str, sent: Sent) -> Response:
    """Keep what was changed."""
    return await _take(viewer, sent, await viewer.read(concept, from_public("cpt", concept_id)))


@router.post("/dashboard/films/things/{concept_id}/delete")
async def forget(viewer: FilmMaker, concept_id: str, csrf_token: Text = "") -> Response:
    """Forget a thing that no film calls."""
    viewer.check_form(csrf_token)
    by = person_actor(viewer.person.person_id)
    try:
        await viewer.read(delete_concept, concept_id=from_public("cpt", concept_id), by=by, now=viewer.now)
    except FilmRefused as refused:
        raise _not_possible(refused) from refused
    return go_to(f"{PATH}?done=forgotten")


async def _take(viewer: Viewer, sent: Mapping[str, list[str]], one: ConceptView | None) -> Response:
    viewer.check_form(next(iter(sent.get("csrf_token", [])), ""))
    first = {name: sent[name][0][:LETTERS_KEPT_MAX] for name in FIELDS if sent.get(name)}
    fields = {name: " ".join(value.replace("\x00", "").split()) for name, value in first.items()}
    fields["name"] = fields.get("name", "").removeprefix("@")
    chosen = picture_id_of(fields.get("picture", ""))
    words = {name: fields.get(name, "") for name in FIELDS if name != "picture"}
    by = person_actor(viewer.person.person_id)
    try:
        draft = ConceptDraft(**words, picture_id=chosen)
        await viewer.read(keep_concept, draft, concept_id=one.concept_id if one else None, by=by, now=viewer.now)
    except ScriptFaulty as faulty:
        return await _form_page(viewer, fields, one, errors={place: said(why) for place, why in faulty.faults.items()})
    except FilmRefused as refused:
        return await _form_page(viewer, fields, one, errors={"name": said(refused)})
    return go_to(f"{PATH}?done=kept")


def _fields_of(one: ConceptView) -> dict[str, str]:
    words = {name: getattr(one, name) for name in FIELDS if name != "picture"}
    return {**words, "picture": picture_file(one.picture_id) if one.picture_id else ""}


async def _form_page(
    viewer: Viewer, fields: Mapping[str, str], one: ConceptView | None, *, errors: Mapping[str, str] | None = None
) -> Response:
    context: dict[str, Any] = {"fields": fields, "one": one, "errors": errors or {}, "kinds": KINDS, "picture_file": picture_file}
    context["pictures"] = await viewer.read(pictures)
    return page("film_thing.html", status=422 if errors else 200, **viewer.context("films"), **context)


async def _list_page(viewer: Viewer, *, status: int = 200, done: str = "", why: str = "") -> Response:
    things, shown = await viewer.read(_all)
    context: dict[str, Any] = {"things": things, "pictures": shown, "picture_file": picture_file, "done": done, "why": why}
    return page("film_things.html", status=status, **viewer.context("films"), **context)


def _all(session: Session) -> tuple[list[ConceptView], list[PictureView]]:
    return concepts(session), pictures(session)


def _not_possible(refused: FilmRefused) -> PageProblem:
    return PageProblem(409, _("That is not possible"), said(refused), _("Back to the named things"), PATH)
