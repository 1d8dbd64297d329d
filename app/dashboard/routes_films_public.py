"""A published film's page, for anybody who has its address: the film, who made it, that she is not real, and the way to the shop."""

from typing import Final

from fastapi import APIRouter, Response

from app.dashboard.door import HouseOfRequest
from app.dashboard.language import N_
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import page
from app.dashboard.problems import page_missing
from app.dashboard.routes_films_hands import media_answer
from app.studio.publish_film import Showing, showing_of
from app.studio.renders import media_path
from app.wiring import House

router = APIRouter(route_class=PageRoute, include_in_schema=False)

KINDS: Final = ("mp4", "vtt")


@router.get("/films/{key}")
async def show(house: HouseOfRequest, key: str) -> Response:
    """The page. An address that leads nowhere says so, whether there ever was a film or not."""
    return page("film_public.html", film=await _showing(house, key), key=key)


@router.get("/films/{key}/film.{kind}")
async def media(house: HouseOfRequest, key: str, kind: str) -> Response:
    """The film itself, or its captions."""
    shown = await _showing(house, key)
    if kind not in KINDS:
        raise page_missing(N_("film"))
    return media_answer(media_path(house.settings.data_folder, shown.tenant_id, shown.render), kind)


async def _showing(house: House, key: str) -> Showing:
    found = await house.run_call(showing_of, house.database, key)
    if found is None:
        raise page_missing(N_("film"))
    return found
