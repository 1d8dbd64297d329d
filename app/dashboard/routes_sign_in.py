"""Signing in and out: a form, a password check with a limit on guesses, and a cookie no script can read."""

import secrets
from hmac import compare_digest
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, Field

from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.problems import form_refused
from app.dashboard.sign_in_limit import SignInLimit
from app.dashboard.viewer import SESSION_COOKIE, SignedInViewer
from app.wiring import House, house_of
from tenants.errors import SignInRefused
from tenants.sign_in import SESSION_HOURS, sign_in, sign_out

router = APIRouter(route_class=PageRoute, include_in_schema=False)

FORM_COOKIE: Final = "tillhand_form"
"""Before anyone is signed in, the form's secret lives in this cookie and must come back in the form (double submit)."""
FORM_MINUTES: Final = 60
COOKIE_PATH: Final = "/dashboard"

HouseOfRequest = Annotated[House, Depends(house_of)]
Text = Annotated[str, Form(max_length=1000)]


class SignInForm(BaseModel):
    """The form's fields. Lengths are bounded here; what they say is judged below."""

    email: str = Field(max_length=1000)
    password: str = Field(max_length=1000)
    csrf_token: str = Field("", max_length=1000)
    next_path: str = Field("", max_length=1000)


@router.get("/dashboard/sign-in")
async def show_form(request: Request, house: HouseOfRequest, next: str = "/dashboard") -> Response:  # noqa: A002 - the address says next
    """Show the form."""
    return _form_page(request, house, next_path=next)


@router.post("/dashboard/sign-in")
async def check_password(request: Request, house: HouseOfRequest, form: Annotated[SignInForm, Form()]) -> Response:
    """Check the form's secret, the limit and the password, in this order; open a session and go where the person wanted to."""
    if not _form_is_ours(request, form.csrf_token):
        raise form_refused()
    now, limit = house.clock(), limit_of(request)
    keys = (f"from {request.client.host if request.client else 'nowhere'}", f"to {form.email.strip().lower()}")
    wait_seconds = limit.wait_seconds(keys, now)
    if wait_seconds:
        response = _form_page(request, house, status=429, next_path=form.next_path, email=form.email, wait_seconds=wait_seconds)
        response.headers["Retry-After"] = str(wait_seconds)
        return response
    try:
        token = await house.run_call(sign_in, house.database, form.email.replace("\x00", ""), form.password, now)
    except SignInRefused:
        limit.note_failure(keys, now)
        return _form_page(request, house, status=401, next_path=form.next_path, email=form.email, is_refused=True)
    limit.forgive(keys[1])
    response = go_to(own_path(form.next_path))
    _set_cookie(response, house, SESSION_COOKIE, token, seconds=SESSION_HOURS * 3600)
    response.delete_cookie(FORM_COOKIE, path=COOKIE_PATH)
    return response


@router.post("/dashboard/sign-out")
async def end_session(request: Request, viewer: SignedInViewer, csrf_token: Text = "") -> Response:
    """End the session here and in the database."""
    viewer.check_form(csrf_token)
    await viewer.house.run_call(sign_out, viewer.house.database, request.cookies[SESSION_COOKIE], viewer.now)
    response = go_to("/dashboard/sign-in")
    response.delete_cookie(SESSION_COOKIE, path=COOKIE_PATH)
    return response


def own_path(wanted: str) -> str:
    """Only a path of the dashboard itself is followed after signing in, never another site's address."""
    parts = urlsplit(wanted.replace("\\", "/"))
    is_ours = not parts.scheme and not parts.netloc and (parts.path == "/dashboard" or parts.path.startswith("/dashboard/"))
    return wanted if is_ours and wanted.isprintable() and not parts.path.startswith("/dashboard/sign-") else "/dashboard"


def limit_of(request: Request) -> SignInLimit:
    """This process's count of failed tries."""
    state: Any = request.app.state
    if not hasattr(state, "sign_in_limit"):
        state.sign_in_limit = SignInLimit()
    limit: SignInLimit = state.sign_in_limit
    return limit


def _form_is_ours(request: Request, csrf_token: str) -> bool:
    expected = request.cookies.get(FORM_COOKIE, "")
    return bool(expected) and compare_digest(expected.encode(), csrf_token.encode())


def _form_page(request: Request, house: House, *, status: int = 200, next_path: str, **context: Any) -> Response:
    secret = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    shown = {"email": "", "is_refused": False, "wait_seconds": 0, **context}
    response = page("sign_in.html", status=status, csrf_token=secret, next_path=own_path(next_path), **shown)
    _set_cookie(response, house, FORM_COOKIE, secret, seconds=FORM_MINUTES * 60)
    return response


def _set_cookie(response: Response, house: House, name: str, value: str, *, seconds: int) -> None:
    is_secure = house.settings.public_url.startswith("https://")
    response.set_cookie(name, value, max_age=seconds, path=COOKIE_PATH, secure=is_secure, httponly=True, samesite="lax")
