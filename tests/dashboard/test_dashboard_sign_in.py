"""Signing in and out: what opens the door, what does not, and what the cookie is worth."""

from datetime import timedelta

import httpx
import pytest
from fakes.dashboard_person import Hands, field, sign_in
from fakes.shop_history import PASSWORD, Shop

from app.dashboard.door import own_path
from app.dashboard.guess_limit import FAILURES_MAX, WINDOW_MINUTES
from tenants.sign_in import SESSION_HOURS


async def test_the_right_password_opens_home(visitor: httpx.AsyncClient, shop: Shop) -> None:
    answer = await sign_in(visitor, shop.email.upper())
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("tillhand_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/dashboard" in cookie
    assert "Kestrel Coffee &amp; Snacks" in (await visitor.get("/dashboard")).text


async def test_a_wrong_password_and_an_unknown_address_read_the_same(visitor: httpx.AsyncClient, shop: Shop) -> None:
    wrong, unknown = await sign_in(visitor, shop.email, "not the password"), await sign_in(visitor, "nobody@kestrel.example")
    assert [wrong.status_code, unknown.status_code] == [401, 401]
    assert "is wrong" in wrong.text
    assert wrong.text.replace(shop.email, "X") == unknown.text.replace("nobody@kestrel.example", "X")
    assert (await visitor.get("/dashboard")).headers["location"].startswith("/dashboard/sign-in")


async def test_after_many_wrong_passwords_even_the_right_one_waits(visitor: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    for _ in range(FAILURES_MAX):
        assert (await sign_in(visitor, shop.email, "not the password")).status_code == 401
    refused = await sign_in(visitor, shop.email)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert "tried too often" in refused.text
    hands.now += timedelta(minutes=WINDOW_MINUTES, seconds=1)
    assert (await sign_in(visitor, shop.email)).status_code == 303


async def test_a_sign_in_form_without_its_secret_is_refused(visitor: httpx.AsyncClient, shop: Shop) -> None:
    await visitor.get("/dashboard/sign-in")
    for token in ("", "guessed", "x" * 900, "é"):
        answer = await visitor.post("/dashboard/sign-in", data={"csrf_token": token, "email": shop.email, "password": PASSWORD})
        assert answer.status_code == 403
        assert "out of date" in answer.text
        assert "tillhand_session" not in answer.headers.get("set-cookie", "")


async def test_a_form_with_missing_or_monstrous_fields_is_a_page_not_a_fault(visitor: httpx.AsyncClient, shop: Shop) -> None:
    form = field((await visitor.get("/dashboard/sign-in")).text, "csrf_token")
    assert (await visitor.post("/dashboard/sign-in", data={"csrf_token": form})).status_code == 422
    assert (await visitor.post("/dashboard/sign-in", data={"csrf_token": form, "email": "a" * 5000, "password": "b"})).status_code == 422
    nul = await visitor.post("/dashboard/sign-in", data={"csrf_token": form, "email": "a\x00b@c.example", "password": "b\x00"})
    assert nul.status_code == 401


async def test_a_session_ends_by_itself(member: httpx.AsyncClient, hands: Hands) -> None:
    hands.now += timedelta(hours=SESSION_HOURS) - timedelta(seconds=1)
    assert (await member.get("/dashboard")).status_code == 200
    hands.now += timedelta(seconds=2)
    answer = await member.get("/dashboard/earnings?month=2026-10")
    assert answer.headers["location"] == "/dashboard/sign-in?next=%2Fdashboard%2Fearnings%3Fmonth%3D2026-10"
    region = await member.get("/dashboard", headers={"HX-Request": "true"})
    assert (region.status_code, region.headers["hx-redirect"]) == (401, "/dashboard/sign-in")


async def test_signing_out_needs_the_sessions_secret_and_ends_it_in_the_database(member: httpx.AsyncClient) -> None:
    token = member.cookies["tillhand_session"]
    assert (await member.post("/dashboard/sign-out", data={"csrf_token": "guessed"})).status_code == 403
    home = await member.get("/dashboard")
    assert home.status_code == 200
    left = await member.post("/dashboard/sign-out", data={"csrf_token": field(home.text, "csrf_token")})
    assert (left.status_code, left.headers["location"]) == (303, "/dashboard/sign-in")
    member.cookies.set("tillhand_session", token, domain="127.0.0.1", path="/dashboard")
    assert (await member.get("/dashboard")).status_code == 303


async def test_one_goes_on_to_the_page_one_wanted(visitor: httpx.AsyncClient, shop: Shop) -> None:
    assert (await sign_in(visitor, shop.email, next_path="/dashboard/deliveries")).headers["location"] == "/dashboard/deliveries"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/dashboard",
        "//evil.example",
        "/\\evil.example/dashboard",
        "/dashboard\r\nX: y",
        "/w/loader.js",
        "",
        "/dashboard/sign-out",
    ],
)
def test_no_other_place_is_followed_after_signing_in(wanted: str) -> None:
    assert own_path(wanted) == "/dashboard"


async def test_nothing_is_shown_to_strangers(visitor: httpx.AsyncClient, shop: Shop) -> None:
    visitor.cookies.set("tillhand_session", "stolen-or-guessed", domain="127.0.0.1", path="/dashboard")
    for path in ("", "/conversations", "/earnings", "/payslips", "/deliveries", "/team", "/portraits/amara.webp"):
        answer = await visitor.get(f"/dashboard{path}")
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/dashboard/sign-in")
        assert not answer.content
