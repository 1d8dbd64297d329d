"""A greeting film that was ordered in a talk, for its own panel: where it can be watched, and the picture that stands for it.

The film itself is at its own address on the dashboard's hostname, which whoever ordered it may pass on; the panel leads there.
"""

from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from app.api.errors import ApiProblem
from app.api.widget_door import Counter, CounterOf, VisitOf, public_id
from app.api.widget_tokens import Visit
from app.studio.film_media import POSTER, bring_media
from app.studio.greeting_films import GreetingPage, greeting_of_turn
from app.studio.renders import RenderView, media_path, render
from app.wiring import media_store

router = APIRouter()

HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@router.get("/w/{key}/conversations/{conversation}/films/{turn}")
async def film(turn: str, visit: VisitOf, counter: CounterOf) -> JSONResponse:
    """Its address, and how long it is. 404 until it is finished, and when it is erased."""
    page, made = await _found(turn, visit, counter)
    address = f"{counter.house.settings.public_url.rstrip('/')}/films/{page.key}"
    return JSONResponse({"url": address, "duration_ms": made.duration_ms}, headers=HEADERS)


@router.get("/w/{key}/conversations/{conversation}/films/{turn}/poster")
async def poster(turn: str, visit: VisitOf, counter: CounterOf) -> Response:
    """The picture that stands for it, as JPEG."""
    _page, made = await _found(turn, visit, counter)
    house = counter.house
    path = media_path(house.settings.data_folder, visit.tenant_id, made)
    await house.run_call(bring_media, path, POSTER, media_store(house.settings).at_hand)
    picture = path.with_suffix(f".{POSTER}")
    if not await house.run_call(picture.is_file):
        raise ApiProblem(404, "No picture", "There is no picture of this film.")
    return Response(await house.run_call(picture.read_bytes), media_type="image/jpeg", headers=HEADERS)


async def _found(turn: str, visit: Visit, counter: Counter) -> tuple[GreetingPage, RenderView]:
    turn_id = public_id("trn", turn, "turn")

    def verb(session: Session) -> tuple[GreetingPage, RenderView] | None:
        page = greeting_of_turn(session, conversation_id=visit.conversation_id, turn_id=turn_id)
        return None if page is None else (page, render(session, page.render_id))

    found = await counter.house.run(visit.tenant_id, verb)
    if found is None:
        raise ApiProblem(404, "No film", "No finished film was ordered in this turn.")
    return found
