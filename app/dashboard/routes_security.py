"""One's own security: the password, and the devices that are signed in."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request, Response

from app.dashboard.device import device_of
from app.dashboard.door import COOKIE_PATH, Text, let_in
from app.dashboard.guess_limit import limit_of
from app.dashboard.language import N_, _, said
from app.dashboard.letters import post_letter
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to
from app.dashboard.routes_reset import password_changed
from app.dashboard.security_page import SECURITY_PATH, count_guess, email_of, security_page
from app.dashboard.viewer import SESSION_COOKIE, SignedInViewer, Viewer
from tenants.errors import PasswordTooWeak, SignInRefused
from tenants.identifiers import from_public
from tenants.reset_password import change_password, end_sessions_everywhere
from tenants.sessions import end_session
from tenants.sign_in import Opened, open_session

router = APIRouter(route_class=PageRoute, include_in_schema=False)

DONE: Final = {
    "password": N_("Your password was changed, and your other devices were signed out."),
    "removed": N_("Your authenticator was removed. The password alone opens your account now."),
    "ended": N_("That device was signed out."),
}
Password = Annotated[str, Form(max_length=1000)]


@router.get("/dashboard/security")
async def show_security(viewer: SignedInViewer, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Everything about how this person signs in."""
    return await security_page(viewer, done=_(DONE.get(done, "")))


@router.post("/dashboard/security/password")
async def set_password(
    request: Request, viewer: SignedInViewer, present: Password = "", wanted: Password = "", csrf_token: Text = ""
) -> Response:
    """Change the password; other devices are signed out, this one gets a new session, and a letter tells of it."""
    viewer.check_form(csrf_token)
    key, device = count_guess(request, viewer), device_of(request.headers.get("user-agent", ""))
    try:
        opened = await viewer.house.run_call(_change_password, viewer, present, wanted, device)
    except (SignInRefused, PasswordTooWeak) as error:
        return await security_page(viewer, status=422, why_password=said(error))
    limit_of(request).forgive(key)
    letter = password_changed(viewer.house, await viewer.read(email_of, viewer))
    await viewer.house.run_call(post_letter, viewer.house, letter)
    return let_in(viewer.house, opened, next_path=f"{SECURITY_PATH}?done=password")


@router.post("/dashboard/security/sessions/{sign_in_id}/end")
async def end_one(viewer: SignedInViewer, sign_in_id: str, csrf_token: Text = "") -> Response:
    """Sign one device out."""
    viewer.check_form(csrf_token)
    await viewer.read(end_session, by=viewer.person, sign_in_id=from_public("sgn", sign_in_id), now=viewer.now)
    return go_to(f"{SECURITY_PATH}?done=ended")


@router.post("/dashboard/security/sign-out-everywhere")
async def sign_out_everywhere(viewer: SignedInViewer, csrf_token: Text = "") -> Response:
    """End every session of this person, in every shop, this one too."""
    viewer.check_form(csrf_token)
    verb, database = end_sessions_everywhere, viewer.house.database
    await viewer.house.run_call(verb, database, viewer.person.person_id, action="member.signed_out_everywhere", now=viewer.now)
    response = go_to("/dashboard/sign-in?done=everywhere")
    response.delete_cookie(SESSION_COOKIE, path=COOKIE_PATH)
    return response


def _change_password(viewer: Viewer, present: str, wanted: str, device: str) -> Opened:
    """The password first: were the process to stop half-way, old sessions would outlive it, but never an old password the sessions."""
    database, person = viewer.house.database, viewer.person
    with database.tenant_session(person.tenant_id) as session:
        change_password(session, by=person, present=present, wanted=wanted, now=viewer.now)
    end_sessions_everywhere(database, person.person_id, action="member.signed_out_everywhere", now=viewer.now)
    with database.tenant_session(person.tenant_id) as session:
        return open_session(session, person_id=person.person_id, now=viewer.now, device=device, code_was_given=person.used_code)
