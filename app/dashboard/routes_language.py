"""The switch of languages, for everyone: kept in this browser, and for whoever is signed in also with their membership."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response

from app.dashboard.door import HouseOfRequest, any_own_path
from app.dashboard.language import LANGUAGE_COOKIE, LANGUAGE_DAYS, LANGUAGES
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to
from app.dashboard.viewer import person_of
from tenants.members import keep_language

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Choice = Annotated[str, Form(max_length=10)]
Address = Annotated[str, Form(max_length=2000)]


@router.post("/dashboard/language")
async def choose_language(request: Request, house: HouseOfRequest, language: Choice, next_path: Address = "") -> Response:
    """Keep the choice and go back to where the reader was; the browser says so itself, or the form does.

    It asks for no secret of the form: another site could at most change the language, and a session's cookie does not come along from
    there, so not even the membership's.
    """
    response = go_to(any_own_path(next_path or _path_before(request)))
    if language in LANGUAGES:
        is_secure = house.settings.public_url.startswith("https://")
        seconds = LANGUAGE_DAYS * 24 * 3600
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=seconds, path="/", secure=is_secure, httponly=True, samesite="lax")
        person = await person_of(request, house)
        if person is not None:
            await house.run(person.tenant_id, keep_language, person.person_id, language)
    return response


def _path_before(request: Request) -> str:
    parts = urlsplit(request.headers.get("referer", ""))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
