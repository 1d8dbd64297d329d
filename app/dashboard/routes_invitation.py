"""Answering an invitation: a new person chooses a name and a password, a known one signs in with theirs."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.dashboard.device import device_of
from app.dashboard.door import HouseOfRequest, check_door_form, door_page, let_in
from app.dashboard.guess_limit import caller_of, count_try, limit_of
from app.dashboard.language import _, language, said
from app.dashboard.page_route import PageRoute
from app.dashboard.problems import link_not_valid
from app.dashboard.routes_sign_up import NewPersonForm
from tenants.accept_invitation import Answer, accept_invitation, invitation_of
from tenants.errors import EmailAlreadyKnown, PasswordTooWeak, SignInRefused

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/dashboard/invitation/{token}")
async def show_invitation(request: Request, house: HouseOfRequest, token: str) -> Response:
    """Who invites, where to, and the form. Opening the page changes nothing."""
    invitation = await house.run_call(invitation_of, house.database, token, house.clock())
    return door_page(request, house, "invitation.html", invitation=invitation, display_name="", why="")


@router.post("/dashboard/invitation/{token}")
async def accept(request: Request, house: HouseOfRequest, token: str, form: Annotated[NewPersonForm, Form()]) -> Response:
    """Join and sign in. A known person's password is guessed at no faster here than at the sign-in page."""
    check_door_form(request, form.csrf_token)
    now = house.clock()
    invitation = await house.run_call(invitation_of, house.database, token, now)
    name, keys = " ".join(form.display_name.split()), (caller_of(request), f"to {invitation.email}")
    if not name or not name.isprintable():
        return door_page(
            request, house, "invitation.html", status=422, invitation=invitation, display_name="", why=_("Say your name; the team sees it.")
        )
    if invitation.is_known:
        count_try(request, keys, now)
    answer = Answer(name, form.password, device_of(request.headers.get("user-agent", "")), language())
    try:
        opened = await house.run_call(accept_invitation, house.database, token, answer, now)
    except (PasswordTooWeak, SignInRefused) as error:
        shown = {"invitation": invitation, "display_name": name, "why": said(error)}
        return door_page(request, house, "invitation.html", status=422, **shown)
    except EmailAlreadyKnown as error:
        raise link_not_valid(said(error)) from None
    limit_of(request).forgive(keys[1])
    return let_in(house, opened)
