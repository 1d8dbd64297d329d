"""A published film's page, for whoever has its address: the film, who made it, that the speaker is not real, and the way to the shop."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from app.api.links import CLICK_PARAMETER, with_parameter
from app.casting.own_faces import shows_person
from app.dashboard.door import HouseOfRequest
from app.dashboard.film_pace import FilmPace
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import CONTENT_SECURITY_POLICY, page
from app.dashboard.problems import film_gone
from app.dashboard.routes_films_hands import media_answer
from app.studio.film_media import bring_media
from app.studio.film_touches import record_click, record_view
from app.studio.publish_film import Showing, showing_of
from app.studio.renders import media_path
from app.wiring import House, media_store
from tenants.identifiers import to_public

router = APIRouter(route_class=PageRoute, include_in_schema=False)

KINDS: Final = ("mp4", "vtt", "jpg")


class Viewing(BaseModel):
    """Who watches: a random name that lives in the page, or the one the shop's own page gave."""

    visitor: UUID


@router.head("/films/{key}")
@router.get("/films/{key}")
async def show(house: HouseOfRequest, key: str) -> Response:
    """The page. An address that leads nowhere says so, whether there ever was a film or not."""
    film = await _showing(house, key)
    is_person = await house.run(film.tenant_id, shows_person, film.employee.face_id)
    address = f"{house.settings.public_url.rstrip('/')}/films/{key}"
    response = page("film_public.html", film=film, key=key, is_person=is_person, address=address)
    del response.headers["Cross-Origin-Opener-Policy"]  # a page opened out of the sandboxed panel is refused with it
    return response


@router.head("/films/{key}/film.{kind}")
@router.get("/films/{key}/film.{kind}")
async def media(house: HouseOfRequest, key: str, kind: str) -> Response:
    """The film itself, its captions, or the picture that stands there before it plays."""
    shown = await _showing(house, key)
    if kind not in KINDS:
        raise film_gone()
    path = media_path(house.settings.data_folder, shown.tenant_id, shown.render)
    await house.run_call(bring_media, path, kind, media_store(house.settings).at_hand)
    return media_answer(path, kind)


@router.head("/films/{key}/embed")
@router.get("/films/{key}/embed")
async def embed(house: HouseOfRequest, key: str) -> Response:
    """The film alone, for a page of the shop's own: browsers show it there and in the dashboard's own house, nowhere else."""
    shown = await _showing(house, key)
    response = page("film_embed.html", film=shown, key=key)
    origins = " ".join(("'self'", *shown.origins))
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {origins}")
    del response.headers["X-Frame-Options"], response.headers["Cross-Origin-Opener-Policy"]
    return response


@router.post("/films/{key}/seen")
async def seen(request: Request, house: HouseOfRequest, key: str, viewing: Viewing) -> Response:
    """Somebody watched a few seconds. More than a page can mean to say is not written down, and the answer is the same."""
    shown, now = await _showing(house, key), house.clock()
    if _pace(request).may_tell(request.client.host if request.client else "", now):
        await house.run(shown.tenant_id, record_view, film_id=shown.film_id, visitor_id=viewing.visitor, now=now)
    return Response(status_code=204)


@router.get("/films/{key}/go")
async def go(house: HouseOfRequest, key: str, visitor: str = "") -> Response:
    """To the shop, with the click in the address for its cart. A name that is none keeps nobody from the shop: the click has no visitor."""
    shown = await _showing(house, key)
    if not shown.target_url:
        raise film_gone()
    click = await house.run(shown.tenant_id, record_click, film_id=shown.film_id, visitor_id=_named(visitor), now=house.clock())
    target = with_parameter(click.target_url, CLICK_PARAMETER, to_public("tch", click.touch_id))
    return RedirectResponse(target, status_code=302, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _named(visitor: str) -> UUID | None:
    try:
        return UUID(visitor)
    except ValueError:
        return None


def _pace(request: Request) -> FilmPace:
    """This process's count."""
    state: Any = request.app.state
    if not hasattr(state, "film_pace"):
        state.film_pace = FilmPace()
    pace: FilmPace = state.film_pace
    return pace


async def _showing(house: House, key: str) -> Showing:
    found = await house.run_call(showing_of, house.database, key)
    if found is None:
        raise film_gone()
    return found
