"""From nothing to an empty dashboard, and back in after a forgotten password, only by what a person sees: pages and letters."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fakes.dashboard_person import Hands, field, link_in_mail, send, sign_in
from fakes.shop_history import Shop, fixed_vectors, routed

from app.dashboard.guess_limit import FAILURES_MAX
from app.main import create_app
from app.settings import Settings
from app.wiring import House
from avatar_pipeline.voice import Voice
from tenants.database import Database

EMAIL, NEW_PASSWORD = "wen@wren.example", "violet lantern under bridges"
ASKED = {"shop_name": "Wren & Sons Teas", "email": EMAIL, "time_zone": "Asia/Shanghai"}


async def ask(client: httpx.AsyncClient, **changes: str) -> httpx.Response:
    return await send(client, "/dashboard/sign-up", **{**ASKED, **changes})


async def test_from_nothing_to_an_empty_dashboard(visitor: httpx.AsyncClient, house: House) -> None:
    sent = await ask(visitor)
    assert sent.status_code == 200
    assert "Look into your mailbox" in sent.text
    link = await link_in_mail(visitor, EMAIL)
    page = (await visitor.get(link)).text
    assert "Open Wren &amp; Sons Teas" in page
    answer = await send(visitor, link, display_name="Wen Wren", password=NEW_PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    home = (await visitor.get("/dashboard")).text
    assert "Wren &amp; Sons Teas" in home
    assert "Wen Wren" in home
    assert "Nobody has been hired yet" in home
    again = await visitor.get(link)
    assert again.status_code == 410
    assert "opens nothing any more" in again.text


@pytest.mark.parametrize(
    ("accepted", "zone"),
    [
        ("de-AT,de;q=0.9", "Europe/Vienna"), ("zh-Hans-CN,zh;q=0.8", "Asia/Shanghai"), ("ja-JP", "Asia/Tokyo"), ("de-DE", "Europe/Berlin"),
        ("en-US,en;q=0.5", "UTC"), ("fr", "UTC"), ("", "UTC"), ("x" * 9000, "UTC"), ("en-ZZ", "UTC"),
    ],
)  # fmt: skip
async def test_the_time_zone_begins_with_the_country_behind_the_language(visitor: httpx.AsyncClient, accepted: str, zone: str) -> None:
    page = (await visitor.get("/dashboard/sign-up", headers={"accept-language": accepted})).text
    assert f"<option selected>{zone}</option>" in page
    assert page.count("<option selected>") == 1
    assert "data-own-zone" in page, "a browser that runs scripts puts its own in"


async def test_a_zone_that_was_chosen_stays_when_something_else_was_wrong(visitor: httpx.AsyncClient) -> None:
    again = await ask(visitor, email="nobody", time_zone="Pacific/Auckland")
    assert again.status_code == 422
    assert "<option selected>Pacific/Auckland</option>" in again.text
    assert "data-own-zone" not in again.text


async def test_a_letter_is_plain_text_with_its_subject(visitor: httpx.AsyncClient) -> None:
    await ask(visitor)
    mail = (await visitor.get("/mail")).text
    assert "<h2>Open Wren &amp; Sons Teas on Tillhand</h2>" in mail
    assert "Hello,\n\nsomebody asked to open Wren &amp; Sons Teas" in mail
    assert "within 24 hours" in mail


async def test_known_and_unknown_addresses_get_the_same_page_and_different_letters(visitor: httpx.AsyncClient, shop: Shop) -> None:
    unknown, known = await ask(visitor), await ask(visitor, email=shop.email.upper())
    assert unknown.text.replace(EMAIL, "X") == known.text.replace(shop.email, "X")
    mail = (await visitor.get("/mail")).text
    assert "You have a Tillhand account already" in mail
    assert await link_in_mail(visitor, shop.email) == "/dashboard/sign-in"


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"email": "wen"}, "Write an address like"), ({"shop_name": "  "}, "Name your shop"), ({"time_zone": "Mars"}, "Choose a time zone")],
)
async def test_what_cannot_be_is_said_beside_the_form(visitor: httpx.AsyncClient, changes: dict[str, str], why: str) -> None:
    answer = await ask(visitor, **changes)
    assert answer.status_code == 422
    assert why in answer.text
    assert "No letter" in (await visitor.get("/mail")).text


async def test_a_weak_password_or_no_name_leaves_the_link_good(visitor: httpx.AsyncClient) -> None:
    await ask(visitor)
    link = await link_in_mail(visitor, EMAIL)
    weak = await send(visitor, link, display_name="Wen", password="password1234")
    nameless = await send(visitor, link, display_name=" ", password=NEW_PASSWORD)
    assert [weak.status_code, nameless.status_code] == [422, 422]
    assert "among the first a program would try" in weak.text
    assert (await send(visitor, link, display_name="Wen", password=NEW_PASSWORD)).status_code == 303


async def test_forms_without_their_secret_are_refused(visitor: httpx.AsyncClient) -> None:
    for path in ("/dashboard/sign-up", "/dashboard/reset", "/dashboard/sign-in/code"):
        answer = await visitor.post(path, data={**ASKED, "csrf_token": "guessed", "code": "1"})
        assert answer.status_code == 403, path


async def test_nobody_makes_us_a_mailing_machine(visitor: httpx.AsyncClient, hands: Hands) -> None:
    for _ in range(FAILURES_MAX):
        assert (await ask(visitor)).status_code == 200
    refused = await ask(visitor, email="another@wren.example")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    hands.now += timedelta(minutes=16)
    assert (await ask(visitor)).status_code == 200


async def test_a_forgotten_password_is_set_anew_by_mail_and_every_device_is_signed_out(visitor: httpx.AsyncClient, shop: Shop) -> None:
    await sign_in(visitor, shop.email)
    assert (await visitor.get("/dashboard")).status_code == 200
    asked = await send(visitor, "/dashboard/reset", email=shop.email)
    assert "Look into your mailbox" in asked.text
    link = await link_in_mail(visitor, shop.email)
    assert (await send(visitor, link, password="kestrel.example")).status_code == 422
    done = await send(visitor, link, password=NEW_PASSWORD)
    assert done.headers["location"] == "/dashboard/sign-in?done=reset"
    assert (await visitor.get("/dashboard")).status_code == 303
    assert (await sign_in(visitor, shop.email)).status_code == 401
    assert (await sign_in(visitor, shop.email, NEW_PASSWORD)).status_code == 303
    assert (await visitor.get(link)).status_code == 410
    assert "Your Tillhand password was changed" in (await visitor.get("/mail")).text


async def test_asking_for_a_reset_tells_nothing_about_who_exists(visitor: httpx.AsyncClient, shop: Shop) -> None:
    known = await send(visitor, "/dashboard/reset", email=shop.email)
    unknown = await send(visitor, "/dashboard/reset", email="nobody@kestrel.example")
    assert known.text.replace(shop.email, "X") == unknown.text.replace("nobody@kestrel.example", "X")
    assert await link_in_mail(visitor, "nobody@kestrel.example") == ""


async def test_letters_are_shown_only_where_nobody_else_can_come(database: Database, hands: Hands, tmp_path: Path) -> None:
    def no_voice(_voice_id: str) -> Voice:
        raise AssertionError

    elsewhere = Settings(data_folder=tmp_path, public_url="https://tillhand.example", widget_url="http://localhost:8700")
    mailing = Settings(data_folder=tmp_path, smtp_url="smtp://mail.example")  # type: ignore[arg-type]
    for settings, words in ((elsewhere, "no mail server yet"), (mailing, "Nothing after")):
        house = House(settings, routed(database), lambda: hands.now, fixed_vectors, no_voice, tmp_path)
        transport = httpx.ASGITransport(app=create_app(house))
        async with httpx.AsyncClient(transport=transport, base_url=settings.public_url) as client:
            assert (await client.get("/mail")).status_code == 404
            sent = await ask(client)
            assert words in sent.text
            assert "/mail" not in sent.text


async def test_the_link_of_a_letter_never_comes_from_the_request(visitor: httpx.AsyncClient, shop: Shop) -> None:
    """A forged Host header would otherwise send the reset link to whoever forged it; here it is not even answered."""
    form = (await visitor.get("/dashboard/reset")).text
    fields = {"csrf_token": field(form, "csrf_token"), "email": shop.email}
    forged = await visitor.post("/dashboard/reset", data=fields, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    assert forged.status_code == 404
    await visitor.post("/dashboard/reset", data=fields, headers={"x-forwarded-host": "evil.example"})
    assert "evil.example" not in (await visitor.get("/mail")).text
