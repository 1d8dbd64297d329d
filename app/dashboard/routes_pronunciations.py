"""How the shop's names are said: the list, a name put on it or taken off, and each one to listen to."""

import io
import wave
from contextlib import suppress
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from app.dashboard.door import Text
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import ShopViewer, Teacher
from app.dashboard.problems import PageProblem, page_missing
from app.dashboard.viewer import Viewer
from app.speaking.errors import PronunciationUnusable
from app.speaking.pronunciations import LETTERS_MAX, checked, forget_pronunciation, keep_pronunciation, pronunciations, with_sayings
from app.wiring import House
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.speak import SpokenSentence, speak
from avatar_pipeline.voice import OwnSaying
from tenants.audit import person_actor
from tenants.employee import employees

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/dashboard/pronunciations"
USUAL_VOICE: Final = "heart"
SEED: Final = 7
DONE: Final = {"kept": N_("From the next sentence on it is said so."), "forgotten": N_("It is said by the rules again.")}
Word = Annotated[str, Query(max_length=4 * LETTERS_MAX)]


@router.get("/dashboard/pronunciations")
async def show(viewer: ShopViewer, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """The whole list, and the form for one more."""
    return await _list_page(viewer, done=_(DONE.get(done, "")))


@router.post("/dashboard/pronunciations")
async def keep(viewer: Teacher, *, written: Text = "", said_as: Text = "", do: Text = "keep", csrf_token: Text = "") -> Response:
    """Keep a name, or let it be heard first; a fault stands beside its field."""
    viewer.check_form(csrf_token)
    typed = {"written": written, "said_as": said_as}
    try:
        if do == "try":
            return await _list_page(viewer, typed=typed, tried=checked(written, said_as))
        by = person_actor(viewer.person.person_id)
        await viewer.read(keep_pronunciation, written=written, said=said_as, by=by, now=viewer.now)
    except PronunciationUnusable as unusable:
        return await _list_page(viewer, status=422, typed=typed, wrong={unusable.about: said(unusable)})
    return go_to(f"{PATH}?done=kept")


@router.post("/dashboard/pronunciations/forget")
async def forget(viewer: Teacher, *, written: Text = "", csrf_token: Text = "") -> Response:
    """Take a name off the list."""
    viewer.check_form(csrf_token)
    if not await viewer.read(forget_pronunciation, written=written, by=person_actor(viewer.person.person_id), now=viewer.now):
        raise page_missing(N_("name"))
    return go_to(f"{PATH}?done=forgotten")


@router.get("/dashboard/pronunciations/heard.wav")
async def heard(viewer: ShopViewer, written: Word = "", said_as: Word = "") -> Response:
    """The name as it is said, by the voice of somebody who works here."""
    try:
        saying = checked(written, said_as)
    except PronunciationUnusable as unusable:
        raise PageProblem(422, _("That is not possible"), said(unusable), _("Back to the list"), PATH) from unusable
    team = await viewer.read(employees)
    voice_id = next((one.voice_id for one in team if not one.is_retired), USUAL_VOICE)
    sound = await viewer.house.run_call(_spoken, viewer.house, voice_id, saying)
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(sound, media_type="audio/wav", headers=headers)


def _spoken(house: House, voice_id: str, saying: OwnSaying) -> bytes:
    """The name alone as a WAV file: mono PCM16; of no length where no voice here can read it."""
    pieces: list[SpokenSentence] = []
    for one in (voice_id, USUAL_VOICE):  # their own voice may be away, or know another writing
        with suppress(StageRefusal):
            pieces = pieces or list(speak(saying.written, with_sayings(house.voice(one), (saying,)), seed=SEED))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(pieces[0].sample_rate_hz if pieces else 24_000)
        for piece in pieces:
            file.writeframes(piece.samples.astype("<i2").tobytes())
    return buffer.getvalue()


async def _list_page(
    viewer: Viewer, *, status: int = 200, done: str = "", typed: dict[str, str] | None = None, wrong: dict[str, str] | None = None,
    tried: OwnSaying | None = None,
) -> Response:  # fmt: skip
    found = await viewer.read(pronunciations)
    context: dict[str, Any] = {"found": found, "done": done, "tried": tried, "most": LETTERS_MAX}
    context |= {"typed": typed or {}, "wrong": wrong or {}}
    return page("pronunciations.html", status=status, **viewer.context("teach"), **context)
