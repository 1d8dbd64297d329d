"""One's own sign-in: authenticator, codes, password and devices, through the pages."""

import re
from base64 import b32decode
from datetime import datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from fakes.dashboard_person import Hands, field, link_in_mail, send, sign_in
from fakes.shop_history import PASSWORD, Shop

from app.dashboard.guess_limit import FAILURES_MAX
from app.dashboard.qr import qr_svg

NEW_PASSWORD = "violet lantern under bridges"
SECURITY = "/dashboard/security"


def code_at(secret_text: str, at: datetime) -> str:
    return TOTP(b32decode(secret_text), 6, SHA1(), 30).generate(int(at.timestamp())).decode()  # noqa: S303


async def enrolled(member: httpx.AsyncClient, hands: Hands) -> tuple[str, list[str]]:
    """Set an authenticator up; return its secret and the recovery codes."""
    await send(member, SECURITY, f"{SECURITY}/authenticator/offer")
    page = (await member.get(SECURITY)).text
    secret = re.search(r'key-text">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")  # type: ignore[union-attr]
    assert '<svg viewBox="0 0' in page
    done = await send(member, SECURITY, f"{SECURITY}/authenticator/enrol", code=code_at(secret, hands.now))
    codes = re.search(r'id="codes">([^<]+)<', done.text).group(1).split()  # type: ignore[union-attr]
    hands.now += timedelta(minutes=5)
    return secret, codes


async def test_with_an_authenticator_signing_in_takes_a_code(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    before = member.cookies["tillhand_session"]
    secret, codes = await enrolled(member, hands)
    assert len(codes) == 10
    assert member.cookies["tillhand_session"] != before
    assert "In force" in (await member.get(SECURITY)).text
    answer = await sign_in(member, shop.email, next_path="/dashboard/audit?actor=&start=2026-01-01")
    assert answer.headers["location"].startswith("/dashboard/sign-in/code?next=")
    assert (await member.get("/dashboard")).status_code == 303
    asked = answer.headers["location"]
    assert (await send(member, asked, "/dashboard/sign-in/code", code="000000")).status_code == 401
    half = member.cookies["tillhand_session"]
    form = (await member.get(asked)).text
    fields = {"csrf_token": field(form, "csrf_token"), "next_path": field(form, "next_path")}
    done = await member.post("/dashboard/sign-in/code", data={**fields, "code": code_at(secret, hands.now)})
    assert done.headers["location"] == "/dashboard/audit?actor=&start=2026-01-01"
    assert member.cookies["tillhand_session"] != half
    assert (await member.get("/dashboard")).status_code == 200


async def test_a_recovery_code_stands_in_once(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    _, codes = await enrolled(member, hands)
    for status in (303, 401):
        asked = (await sign_in(member, shop.email)).headers["location"]
        assert (await send(member, asked, "/dashboard/sign-in/code", code=codes[0])).status_code == status


async def test_codes_cannot_be_guessed(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    secret, _ = await enrolled(member, hands)
    asked = (await sign_in(member, shop.email)).headers["location"]
    for _ in range(FAILURES_MAX):
        assert (await send(member, asked, "/dashboard/sign-in/code", code="000000")).status_code == 401
    right = await send(member, asked, "/dashboard/sign-in/code", code=code_at(secret, hands.now))
    assert right.status_code == 429
    again = (await sign_in(member, shop.email)).headers["location"]
    assert (await send(member, again, "/dashboard/sign-in/code", code=code_at(secret, hands.now))).status_code == 429


async def test_a_code_page_needs_a_password_before(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/dashboard/sign-in/code?next=/dashboard/team")).headers["location"] == (
        "/dashboard/sign-in?next=%2Fdashboard%2Fteam"
    )


async def test_removing_the_authenticator_takes_the_password_and_tells_the_person(
    member: httpx.AsyncClient, shop: Shop, hands: Hands
) -> None:
    await enrolled(member, hands)
    wrong = await send(member, SECURITY, f"{SECURITY}/authenticator/remove", present="wrong")
    assert wrong.status_code == 422
    assert "The password is wrong" in wrong.text
    again = await send(member, SECURITY, f"{SECURITY}/recovery-codes", present=PASSWORD)
    assert "Keep these recovery codes" in again.text
    assert (await send(member, SECURITY, f"{SECURITY}/authenticator/offer")).status_code == 409
    done = await send(member, SECURITY, f"{SECURITY}/authenticator/remove", present=PASSWORD)
    assert done.headers["location"] == f"{SECURITY}?done=removed"
    assert await link_in_mail(member, shop.email) == "/dashboard/reset"
    assert (await sign_in(member, shop.email)).headers["location"] == "/dashboard"


async def test_changing_the_password_signs_other_devices_out(member: httpx.AsyncClient, shop: Shop) -> None:
    elsewhere = member.cookies["tillhand_session"]
    await sign_in(member, shop.email)
    assert (await send(member, SECURITY, f"{SECURITY}/password", present="wrong", wanted=NEW_PASSWORD)).status_code == 422
    assert (await send(member, SECURITY, f"{SECURITY}/password", present=PASSWORD, wanted="short")).status_code == 422
    done = await send(member, SECURITY, f"{SECURITY}/password", present=PASSWORD, wanted=NEW_PASSWORD)
    assert done.headers["location"] == f"{SECURITY}?done=password"
    assert "Your password was changed" in (await member.get(done.headers["location"])).text
    assert await link_in_mail(member, shop.email) == "/dashboard/reset"
    member.cookies.set("tillhand_session", elsewhere, domain="127.0.0.1", path="/dashboard")
    assert (await member.get("/dashboard")).status_code == 303


async def test_ones_own_password_cannot_be_guessed_from_an_open_browser(member: httpx.AsyncClient) -> None:
    for _ in range(FAILURES_MAX):
        await send(member, SECURITY, f"{SECURITY}/password", present="wrong", wanted=NEW_PASSWORD)
    refused = await send(member, SECURITY, f"{SECURITY}/password", present=PASSWORD, wanted=NEW_PASSWORD)
    assert refused.status_code == 429


async def test_devices_are_listed_and_signed_out(member: httpx.AsyncClient, shop: Shop) -> None:
    elsewhere = member.cookies["tillhand_session"]
    await sign_in(member, shop.email)
    page = (await member.get(SECURITY)).text
    (end,) = re.findall(rf'action="({SECURITY}/sessions/[^"]+/end)"', page)
    assert (await send(member, SECURITY, end)).headers["location"] == f"{SECURITY}?done=ended"
    here = member.cookies["tillhand_session"]
    member.cookies.set("tillhand_session", elsewhere, domain="127.0.0.1", path="/dashboard")
    assert (await member.get("/dashboard")).status_code == 303
    member.cookies.clear()
    member.cookies.set("tillhand_session", here, domain="127.0.0.1", path="/dashboard")
    assert (await send(member, SECURITY, f"{SECURITY}/sign-out-everywhere")).headers["location"] == "/dashboard/sign-in?done=everywhere"
    member.cookies.set("tillhand_session", here, domain="127.0.0.1", path="/dashboard")
    assert (await member.get("/dashboard")).status_code == 303


def test_a_qr_code_is_read_back() -> None:
    """By OpenCV's reader, from the drawing's own path commands."""
    cv2 = pytest.importorskip("cv2")
    numpy = pytest.importorskip("numpy")
    text = "otpauth://totp/Tillhand:a%40b.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tillhand"
    drawn = str(qr_svg(text))
    assert "style=" not in drawn
    side = int(re.search(r'viewBox="0 0 (\d+)', drawn).group(1))  # type: ignore[union-attr]
    picture, x, y = numpy.full((side, side), 255, dtype=numpy.uint8), 0, 0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", re.search(r' d="([^"]+)"', drawn).group(1)):  # type: ignore[union-attr]
        values = [float(number) for number in numbers.split()]
        if command == "h":
            picture[y, x : x + int(values[0])] = 0
            x += int(values[0])
        else:
            x, y = (int(values[0]), int(values[1])) if command == "M" else (x + int(values[0]), y + int(values[1]))
    read, *_ = cv2.QRCodeDetectorAruco().detectAndDecode(cv2.resize(picture, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST))
    assert read == text
