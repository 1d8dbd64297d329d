"""A forgotten password: a link by mail sets a new one, once, within an hour, and every session of the person ends."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from app.dashboard.door import HouseOfRequest, Text, check_door_form, door_page
from app.dashboard.guess_limit import caller_of, count_try
from app.dashboard.language import language, said
from app.dashboard.letters import address, compose, post_letter
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to
from app.dashboard.routes_sign_up import letter_is_on_its_way
from app.wiring import House
from tenants.email_address import normal_email
from tenants.errors import EmailUnreadable, PasswordTooWeak
from tenants.mail import Letter
from tenants.reset_password import RESET_HOURS, ask_for_reset, email_of_reset, reset_password

router = APIRouter(route_class=PageRoute, include_in_schema=False)


class ResetForm(BaseModel):
    """The new password."""

    password: str = Field("", max_length=1000)
    csrf_token: str = Field("", max_length=1000)


@router.get("/dashboard/reset")
async def show_question(request: Request, house: HouseOfRequest) -> Response:
    """Ask for the address."""
    return door_page(request, house, "reset_ask.html", email="", why="")


@router.post("/dashboard/reset")
async def ask(request: Request, house: HouseOfRequest, email: Text = "", csrf_token: Text = "") -> Response:
    """Answer first, look the address up afterwards: neither the answer nor its time tells who has an account."""
    check_door_form(request, csrf_token)
    try:
        wanted = normal_email(email)
    except EmailUnreadable as error:
        return door_page(request, house, "reset_ask.html", status=422, email=email, why=said(error))
    count_try(request, (f"letters {caller_of(request)}", f"letters to {wanted}"), house.clock())
    response = letter_is_on_its_way(request, house, wanted)
    response.background = BackgroundTask(house.run_call, _send_link, house, wanted, language())
    return response


@router.get("/dashboard/reset/{token}")
async def show_form(request: Request, house: HouseOfRequest, token: str) -> Response:
    """Behind the link: choose a new password."""
    email = await house.run_call(email_of_reset, house.database, token, house.clock())
    return door_page(request, house, "reset_choose.html", email=email, why="")


@router.post("/dashboard/reset/{token}")
async def choose(request: Request, house: HouseOfRequest, token: str, form: Annotated[ResetForm, Form()]) -> Response:
    """Set the password, end every session, tell the person by mail, and let them sign in with it."""
    check_door_form(request, form.csrf_token)
    email = await house.run_call(email_of_reset, house.database, token, house.clock())
    try:
        await house.run_call(reset_password, house.database, token, form.password, house.clock())
    except PasswordTooWeak as error:
        return door_page(request, house, "reset_choose.html", status=422, email=email, why=said(error))
    await house.run_call(post_letter, house, password_changed(house, email))
    return go_to("/dashboard/sign-in?done=reset")


def password_changed(house: House, email: str) -> Letter:
    """The letter that tells a person their password is another now: the first they hear of it, if it was not them."""
    return compose("password_changed", email, reset=address(house, "/dashboard/reset"))


def _send_link(house: House, email: str, reads: str) -> None:
    token = ask_for_reset(house.database, email, house.clock())
    if token is not None:
        link = address(house, f"/dashboard/reset/{token}")
        post_letter(house, compose("reset_password", email, reads=reads, link=link, hours=RESET_HOURS))
