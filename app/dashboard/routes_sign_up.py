"""Opening a shop: asked for here, opened by the mailed link; and the page where letters stay when no mail server is set."""

from typing import Annotated
from zoneinfo import ZoneInfoNotFoundError

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from app.dashboard.device import device_of
from app.dashboard.door import HouseOfRequest, check_door_form, door_page, let_in
from app.dashboard.guess_limit import caller_of, count_try
from app.dashboard.language import _, language, said
from app.dashboard.letters import address, compose, post_letter
from app.dashboard.page_route import PageRoute
from app.dashboard.problems import link_not_valid, page_missing
from app.dashboard.time_zones import zone_of_header
from app.wiring import House
from tenants.errors import EmailAlreadyKnown, EmailUnreadable, PasswordTooWeak, ShopNameMissing
from tenants.mail import kept_letters
from tenants.sign_up import SIGN_UP_HOURS, AskedShop, Owner, ask_for_shop, open_shop, read_sign_up, sign_up_of
from tenants.tenant import available_time_zones

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LETTERS_SHOWN = 30


class SignUpForm(BaseModel):
    """What is asked before a letter is sent."""

    shop_name: str = Field("", max_length=1000)
    email: str = Field("", max_length=1000)
    time_zone: str = Field("UTC", max_length=100)
    csrf_token: str = Field("", max_length=1000)


class NewPersonForm(BaseModel):
    """What is chosen behind the link. Invitations ask the same."""

    display_name: str = Field("", max_length=120)
    password: str = Field("", max_length=1000)
    csrf_token: str = Field("", max_length=1000)


@router.get("/dashboard/sign-up")
async def show_sign_up(request: Request, house: HouseOfRequest) -> Response:
    """Show the form."""
    form = SignUpForm.model_construct(time_zone=zone_of_header(request.headers.get("accept-language", "")))
    return door_page(request, house, "sign_up.html", form=form, why="", zones=available_time_zones(), is_first=True)


@router.post("/dashboard/sign-up")
async def ask(request: Request, house: HouseOfRequest, form: Annotated[SignUpForm, Form()]) -> Response:
    """Check what was typed, answer, and only then look whether the address is known: the answer and its time tell nothing."""
    check_door_form(request, form.csrf_token)
    try:
        asked = read_sign_up(form.email, form.shop_name, form.time_zone)
    except (EmailUnreadable, ShopNameMissing, ZoneInfoNotFoundError) as error:
        why = _("Choose a time zone from the list.") if isinstance(error, ZoneInfoNotFoundError) else said(error)
        return door_page(request, house, "sign_up.html", status=422, form=form, why=why, zones=available_time_zones(), is_first=False)
    count_try(request, (f"letters {caller_of(request)}", f"letters to {asked.email}"), house.clock())
    response = letter_is_on_its_way(request, house, asked.email)
    response.background = BackgroundTask(house.run_call, _send_link, house, asked, language())
    return response


@router.get("/dashboard/open-shop/{token}")
async def show_opening(request: Request, house: HouseOfRequest, token: str) -> Response:
    """Behind the link: choose a name and a password. Opening the page changes nothing, for mail programs open links by themselves."""
    asked = await house.run_call(sign_up_of, house.database, token, house.clock())
    return door_page(request, house, "open_shop.html", asked=asked, display_name="", why="")


@router.post("/dashboard/open-shop/{token}")
async def open_it(request: Request, house: HouseOfRequest, token: str, form: Annotated[NewPersonForm, Form()]) -> Response:
    """Open the shop and sign its owner in."""
    check_door_form(request, form.csrf_token)
    asked = await house.run_call(sign_up_of, house.database, token, house.clock())
    name, why = " ".join(form.display_name.split()), ""
    if not name or not name.isprintable():
        why = _("Say your name; your team sees it.")
    else:
        owner = Owner(name, form.password, device_of(request.headers.get("user-agent", "")), language())
        try:
            return let_in(house, await house.run_call(open_shop, house.database, token, owner, house.clock()))
        except PasswordTooWeak as error:
            why = said(error)
        except EmailAlreadyKnown as error:
            raise link_not_valid(said(error)) from None
    return door_page(request, house, "open_shop.html", status=422, asked=asked, display_name=form.display_name, why=why)


@router.get("/mail")
async def show_letters(request: Request, house: HouseOfRequest) -> Response:
    """The letters that would have been mailed; only where no mail server is set and only this machine reaches the dashboard."""
    if not house.settings.shows_letters_here:
        raise page_missing()
    letters = await house.run_call(kept_letters, house.database, limit=LETTERS_SHOWN)
    return door_page(request, house, "mail.html", letters=letters, now=house.clock())


def letter_is_on_its_way(request: Request, house: House, email: str) -> Response:
    """The same page whether the address is known or not."""
    settings = house.settings
    return door_page(
        request, house, "letter_sent.html", email=email, is_kept_here=settings.shows_letters_here, can_leave=settings.smtp_url is not None
    )


def _send_link(house: House, asked: AskedShop, reads: str) -> None:
    token = ask_for_shop(house.database, asked, house.clock())
    if token is None:
        links = {"sign_in": address(house, "/dashboard/sign-in"), "reset": address(house, "/dashboard/reset")}
        letter = compose("known_already", asked.email, reads=reads, **links)
    else:
        link = address(house, f"/dashboard/open-shop/{token}")
        letter = compose("open_shop", asked.email, reads=reads, shop_name=asked.shop_name, link=link, hours=SIGN_UP_HOURS)
    post_letter(house, letter)
