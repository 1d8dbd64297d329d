"""What every page before signing in shares: the form's secret in a cookie, the session's cookie, and where a person goes afterwards."""

import re
import secrets
from hmac import compare_digest
from typing import Annotated, Any, Final
from urllib.parse import quote, urlsplit

from fastapi import Depends, Form, Request, Response

from app.dashboard.pages import go_to, page
from app.dashboard.problems import form_refused
from app.dashboard.viewer import SESSION_COOKIE
from app.wiring import House, house_of
from tenants.sign_in import SESSION_HOURS, Opened

FORM_COOKIE: Final = "tillhand_form"
"""Before anyone is signed in, the form's secret lives in this cookie and must come back in the form (double submit)."""
FORM_MINUTES: Final = 60
COOKIE_PATH: Final = "/dashboard"

HouseOfRequest = Annotated[House, Depends(house_of)]
Text = Annotated[str, Form(max_length=1000)]


def door_page(request: Request, house: House, template: str, *, status: int = 200, **context: Any) -> Response:
    """Render a page whose forms carry the cookie's secret as `csrf_token`."""
    secret = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    response = page(template, status=status, csrf_token=secret, **context)
    set_cookie(response, house, FORM_COOKIE, secret, seconds=FORM_MINUTES * 60)
    return response


def check_door_form(request: Request, csrf_token: str) -> None:
    """Refuse a form that does not carry the cookie's secret."""
    expected = request.cookies.get(FORM_COOKIE, "")
    if not expected or not compare_digest(expected.encode(), csrf_token.encode()):
        raise form_refused()


def let_in(house: House, opened: Opened, *, next_path: str = "/dashboard") -> Response:
    """Hand the session's cookie over and lead on: to the code where one is awaited, else to where the person wanted."""
    wanted = own_path(next_path)
    response = go_to(f"/dashboard/sign-in/code?next={quote(wanted, safe='')}" if opened.awaits_code else wanted)
    set_cookie(response, house, SESSION_COOKIE, opened.token, seconds=SESSION_HOURS * 3600)
    response.delete_cookie(FORM_COOKIE, path=COOKIE_PATH)
    return response


def any_own_path(wanted: str) -> str:
    """The same for whoever only changes the language: the doors themselves and the guide too."""
    parts = urlsplit(wanted.replace("\\", "/"))
    is_ours = not parts.scheme and not parts.netloc and re.match(r"/(dashboard|guide|films)(/|$)|/(mail|verify)$", parts.path)
    return wanted if is_ours and wanted.isprintable() else "/dashboard"


def own_path(wanted: str) -> str:
    """Only a path of the dashboard itself is followed after signing in, never another site's address."""
    parts = urlsplit(wanted.replace("\\", "/"))
    is_ours = not parts.scheme and not parts.netloc and (parts.path == "/dashboard" or parts.path.startswith("/dashboard/"))
    return wanted if is_ours and wanted.isprintable() and not parts.path.startswith("/dashboard/sign-") else "/dashboard"


def set_cookie(response: Response, house: House, name: str, value: str, *, seconds: int) -> None:
    """Set a cookie no script can read and no other site can send with a form."""
    is_secure = house.settings.public_url.startswith("https://")
    response.set_cookie(name, value, max_age=seconds, path=COOKIE_PATH, secure=is_secure, httponly=True, samesite="lax")
