"""Signing in and out: a password with a limit on guesses, a code where the person has an authenticator, and a cookie no script can read."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from app.dashboard.device import device_of
from app.dashboard.door import COOKIE_PATH, HouseOfRequest, Text, check_door_form, door_page, let_in, own_path
from app.dashboard.guess_limit import caller_of, limit_of
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to
from app.dashboard.viewer import SESSION_COOKIE, TOKEN_LENGTH_MAX, SignedInViewer
from app.wiring import House
from tenants.errors import CodeRefused, SignInRefused
from tenants.second_factor import use_code
from tenants.sign_in import AwaitingCode, Opened, person_awaiting_code, replace_session, sign_in, sign_out

router = APIRouter(route_class=PageRoute, include_in_schema=False)


class SignInForm(BaseModel):
    """The form's fields. Lengths are bounded here; what they say is judged below."""

    email: str = Field(max_length=1000)
    password: str = Field(max_length=1000)
    csrf_token: str = Field("", max_length=1000)
    next_path: str = Field("", max_length=1000)


class CodeForm(BaseModel):
    """Six digits of an authenticator, or a recovery code."""

    code: str = Field(max_length=100)
    csrf_token: str = Field("", max_length=1000)
    next_path: str = Field("", max_length=1000)


@router.get("/dashboard/sign-in")
async def show_form(request: Request, house: HouseOfRequest, next: str = "/dashboard", done: str = "") -> Response:  # noqa: A002
    """Show the form."""
    return _form_page(request, house, next_path=next, done=done)


@router.post("/dashboard/sign-in")
async def check_password(request: Request, house: HouseOfRequest, form: Annotated[SignInForm, Form()]) -> Response:
    """Check the form's secret, the limit and the password, in this order; open a session and go where the person wanted to."""
    check_door_form(request, form.csrf_token)
    now, limit = house.clock(), limit_of(request)
    keys = (caller_of(request), f"to {form.email.strip().lower()}")
    wait_seconds = limit.wait_seconds(keys, now)
    if wait_seconds:
        response = _form_page(request, house, status=429, next_path=form.next_path, email=form.email, wait_seconds=wait_seconds)
        response.headers["Retry-After"] = str(wait_seconds)
        return response
    device = device_of(request.headers.get("user-agent", ""))
    try:
        opened = await house.run_call(sign_in, house.database, form.email.replace("\x00", ""), form.password, now, device=device)
    except SignInRefused:
        limit.note_failure(keys, now)
        return _form_page(request, house, status=401, next_path=form.next_path, email=form.email, is_refused=True)
    limit.forgive(keys[1])
    return let_in(house, opened, next_path=form.next_path)


@router.get("/dashboard/sign-in/code")
async def show_code_form(request: Request, house: HouseOfRequest, next: str = "/dashboard") -> Response:  # noqa: A002
    """Ask for the code, if this browser's password was right a moment ago."""
    if await _awaiting(request, house) is None:
        return go_to(f"/dashboard/sign-in?next={quote(own_path(next), safe='')}")
    return door_page(request, house, "sign_in_code.html", next_path=own_path(next), is_refused=False, wait_seconds=0)


@router.post("/dashboard/sign-in/code")
async def check_code(request: Request, house: HouseOfRequest, form: Annotated[CodeForm, Form()]) -> Response:
    """Check the code within its own limit, and replace the waiting session by a full one."""
    check_door_form(request, form.csrf_token)
    awaiting = await _awaiting(request, house)
    if awaiting is None:
        return go_to(f"/dashboard/sign-in?next={quote(own_path(form.next_path), safe='')}")
    now, limit, key = house.clock(), limit_of(request), f"code of {awaiting.person_id}"
    wait_seconds = limit.wait_seconds((key,), now)
    shown = {"next_path": own_path(form.next_path), "is_refused": not wait_seconds, "wait_seconds": wait_seconds}
    if wait_seconds:
        return door_page(request, house, "sign_in_code.html", status=429, **shown)
    try:
        opened = await house.run_call(_finish, house, awaiting, form.code)
    except CodeRefused:
        limit.note_failure((key,), now)
        return door_page(request, house, "sign_in_code.html", status=401, **shown)
    limit.forgive(key)
    return let_in(house, opened, next_path=form.next_path)


@router.post("/dashboard/sign-out")
async def end_session(request: Request, viewer: SignedInViewer, csrf_token: Text = "") -> Response:
    """End the session here and in the database."""
    viewer.check_form(csrf_token)
    await viewer.house.run_call(sign_out, viewer.house.database, request.cookies[SESSION_COOKIE], viewer.now)
    response = go_to("/dashboard/sign-in")
    response.delete_cookie(SESSION_COOKIE, path=COOKIE_PATH)
    return response


async def _awaiting(request: Request, house: House) -> AwaitingCode | None:
    token = request.cookies.get(SESSION_COOKIE, "")
    if not 0 < len(token) <= TOKEN_LENGTH_MAX:
        return None
    return await house.run_call(person_awaiting_code, house.database, token, house.clock())


def _finish(house: House, awaiting: AwaitingCode, code: str) -> Opened:
    now = house.clock()
    with house.database.tenant_session(awaiting.tenant_id) as session:
        use_code(session, awaiting.person_id, code, house_key=house.settings.signing_key, now=now)
        return replace_session(session, sign_in_id=awaiting.sign_in_id, now=now, code_was_given=True)


def _form_page(request: Request, house: House, *, status: int = 200, next_path: str, **context: Any) -> Response:
    shown = {"email": "", "is_refused": False, "wait_seconds": 0, "done": "", **context}
    return door_page(request, house, "sign_in.html", status=status, next_path=own_path(next_path), **shown)
