"""Setting an authenticator up, its recovery codes, and removing it. Whatever weakens the account asks for the password again."""

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from app.dashboard.door import Text, let_in, set_cookie
from app.dashboard.guess_limit import limit_of
from app.dashboard.language import said
from app.dashboard.letters import address, compose
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.routes_security import Password
from app.dashboard.security_page import SECURITY_PATH, count_guess, email_of, security_page
from app.dashboard.viewer import SESSION_COOKIE, SignedInViewer, Viewer
from tenants.audit import note, person_actor
from tenants.errors import CodeRefused, SecondFactorAlreadyEnrolled, SignInRefused
from tenants.mail import write_letter
from tenants.reset_password import confirm_password
from tenants.second_factor import enrol_authenticator, new_recovery_codes, offer_authenticator, remove_authenticator
from tenants.sign_in import SESSION_HOURS, Opened, replace_session

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/dashboard/security/authenticator/offer")
async def offer(viewer: SignedInViewer, csrf_token: Text = "") -> Response:
    """Make a secret; the page shows its QR code until the first code proves that it arrived."""
    viewer.check_form(csrf_token)
    try:
        await viewer.read(offer_authenticator, viewer.person.person_id, house_key=viewer.house.settings.signing_key)
    except SecondFactorAlreadyEnrolled as error:
        return await security_page(viewer, status=409, why_code=said(error))
    return go_to(f"{SECURITY_PATH}#authenticator")


@router.post("/dashboard/security/authenticator/enrol")
async def enrol(request: Request, viewer: SignedInViewer, code: Text = "", csrf_token: Text = "") -> Response:
    """Put the authenticator in force and show the recovery codes this once. The session is replaced, for it means more now."""
    viewer.check_form(csrf_token)
    key = count_guess(request, viewer)
    try:
        codes, opened = await viewer.read(_enrol, viewer, code)
    except (CodeRefused, SecondFactorAlreadyEnrolled) as error:
        return await security_page(viewer, status=422, why_code=said(error))
    limit_of(request).forgive(key)
    response = _codes_page(viewer, codes)
    set_cookie(response, viewer.house, SESSION_COOKIE, opened.token, seconds=SESSION_HOURS * 3600)
    return response


@router.post("/dashboard/security/recovery-codes")
async def replace_codes(request: Request, viewer: SignedInViewer, present: Password = "", csrf_token: Text = "") -> Response:
    """Make new recovery codes, which ends the old ones."""
    viewer.check_form(csrf_token)
    key = count_guess(request, viewer)
    try:
        codes = await viewer.read(_new_codes, viewer, present)
    except SignInRefused as error:
        return await security_page(viewer, status=422, why_code=said(error))
    limit_of(request).forgive(key)
    return _codes_page(viewer, codes)


@router.post("/dashboard/security/authenticator/remove")
async def remove(request: Request, viewer: SignedInViewer, present: Password = "", csrf_token: Text = "") -> Response:
    """Forget the authenticator, and tell the person by mail."""
    viewer.check_form(csrf_token)
    key = count_guess(request, viewer)
    try:
        opened = await viewer.read(_remove, viewer, present)
    except SignInRefused as error:
        return await security_page(viewer, status=422, why_code=said(error))
    limit_of(request).forgive(key)
    return let_in(viewer.house, opened, next_path=f"{SECURITY_PATH}?done=removed")


def _enrol(session: Session, viewer: Viewer, code: str) -> tuple[list[str], Opened]:
    key, person = viewer.house.settings.signing_key, viewer.person
    codes = enrol_authenticator(session, person.person_id, code, house_key=key, now=viewer.now)
    _note(session, viewer, "member.authenticator_enrolled")
    return codes, replace_session(session, sign_in_id=person.sign_in_id, now=viewer.now, code_was_given=True)


def _new_codes(session: Session, viewer: Viewer, password: str) -> list[str]:
    confirm_password(session, by=viewer.person, password=password)
    _note(session, viewer, "member.recovery_codes_replaced")
    return new_recovery_codes(session, viewer.person.person_id, now=viewer.now)


def _remove(session: Session, viewer: Viewer, password: str) -> Opened:
    confirm_password(session, by=viewer.person, password=password)
    remove_authenticator(session, viewer.person.person_id)
    _note(session, viewer, "member.authenticator_removed")
    letter = compose("second_factor_removed", email_of(session, viewer), reset=address(viewer.house, "/dashboard/reset"))
    write_letter(session, letter, now=viewer.now)
    return replace_session(session, sign_in_id=viewer.person.sign_in_id, now=viewer.now, code_was_given=False)


def _note(session: Session, viewer: Viewer, action: str) -> None:
    actor = person_actor(viewer.person.person_id)
    note(session, actor, action, actor, {}, now=viewer.now)


def _codes_page(viewer: Viewer, codes: list[str]) -> Response:
    return page("recovery_codes.html", **viewer.context("settings"), codes=codes)
