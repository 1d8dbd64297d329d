"""The public page that says what a film proves about itself. Anybody may bring one; nothing of it is kept.

A film is measured by the length its request announces before a byte is read, looked at in a process of its own, one at a time; each
caller has a few tries a minute. It changes nothing, so its form needs no secret.
"""

from typing import Any, Final

import anyio
import anyio.to_thread
from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from app.api.rate_limits import RateLimit
from app.dashboard.door import HouseOfRequest
from app.dashboard.film_words import answer_of
from app.dashboard.guess_limit import caller_of
from app.dashboard.language import N_, _, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import page
from app.dashboard.problems import tried_too_often
from app.studio.house_papers import certificate_of
from app.studio.uploads import FILM_BYTES_MAX, FilmTooLarge, look_at_upload
from app.studio.works import known_film
from app.wiring import House
from avatar_pipeline.provenance import MediaReport, MediaUnreadable

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PATH: Final = "/verify"
TRIES, TRIES_SECONDS = 6, 60
WAITING_MAX: Final = 4
"""Callers that may stand in line for the one reader; the next one is asked to come back."""
FORM_BYTES_MAX: Final = 100_000
"""What the form itself may take beside the film."""
TOO_LARGE: Final = N_("The film is larger than %(megabytes)s MB. Cut a minute out of it and bring that: the mark is all over it.")


class Reader:
    """The one place where strangers' films are read in this process."""

    def __init__(self) -> None:
        self.rate = RateLimit(quota=TRIES, window_seconds=TRIES_SECONDS)
        self.line = anyio.CapacityLimiter(1)

    @property
    def is_busy(self) -> bool:
        """Whether the line is full."""
        return self.line.statistics().tasks_waiting >= WAITING_MAX


@router.get(PATH)
async def show(house: HouseOfRequest) -> Response:
    """The form."""
    return _page(house)


@router.post(PATH)
async def look(request: Request, house: HouseOfRequest) -> Response:
    """Look at the film that was brought."""
    reader = _reader_of(request)
    allowance = reader.rate.take(caller_of(request), house.clock())
    if allowance.wait_seconds:
        raise tried_too_often(allowance.wait_seconds)
    if reader.is_busy:
        raise tried_too_often(TRIES_SECONDS)
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        return _page(house, status=411, why=_("Choose a film first."))
    if int(length) > FILM_BYTES_MAX + FORM_BYTES_MAX:
        return _page(house, status=413, why=_(TOO_LARGE, megabytes=FILM_BYTES_MAX // 10**6))
    try:
        async with request.form(max_files=1, max_fields=4, max_part_size=FORM_BYTES_MAX) as form:
            film = form.get("film")
            if not isinstance(film, UploadFile) or not film.filename:
                return _page(house, status=422, why=_("Choose a film first."))
            name, report = film.filename, await _read(house, reader, film)
    except (MediaUnreadable, FilmTooLarge) as error:
        why = said(error) if isinstance(error, MediaUnreadable) else _(TOO_LARGE, megabytes=FILM_BYTES_MAX // 10**6)
        return _page(house, status=422, why=why)
    except MultiPartException:
        return _page(house, status=400, why=_("The upload broke off. Try again."))
    known = await house.run_call(known_film, house.database, report.film) if report.film else None
    return _page(house, answer=answer_of(report, known, house.settings.seller_name), name=name[:200])


async def _read(house: House, reader: Reader, film: UploadFile) -> MediaReport:
    certificate = await house.run_call(certificate_of, house.settings, house.clock())
    folder = house.settings.data_folder / "visiting"
    return await anyio.to_thread.run_sync(look_at_upload, film.file, folder, certificate.root, limiter=reader.line)


def _page(house: House, *, status: int = 200, **found: Any) -> Response:
    context = {"answer": None, "name": "", "why": "", **found}
    return page("verify.html", status=status, megabytes=FILM_BYTES_MAX // 10**6, house_name=house.settings.seller_name, **context)


def _reader_of(request: Request) -> Reader:
    """This process's reader."""
    state: Any = request.app.state
    if not hasattr(state, "film_reader"):
        state.film_reader = Reader()
    reader: Reader = state.film_reader
    return reader
