"""The settings' pages as people use them: inviting and joining, keys, the audit log, and one person in several shops."""

import csv
import io
import re
from datetime import timedelta

import httpx
import pytest
from fakes.dashboard_person import Hands, field, link_in_mail, send, sign_in
from fakes.one_app import app_of
from fakes.shop_history import PASSWORD, Shop

from app.dashboard.device import device_of
from app.dashboard.guess_limit import FAILURES_MAX
from app.dashboard.routes_audit import ROWS_PER_PAGE, as_csv
from app.wiring import House
from tenants.audit import AuditEntry, note
from tenants.identifiers import new_id

NEW_PASSWORD = "violet lantern under bridges"
SAM = "sam@kestrel.example"


@pytest.fixture
async def guest(house: House):
    """A second browser, of somebody else."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(house)), base_url="http://127.0.0.1:8700") as client:
        yield client


async def invite(member: httpx.AsyncClient, email: str = SAM, role: str = "staff") -> httpx.Response:
    return await send(member, "/dashboard/members", "/dashboard/members/invite", email=email, role=role)


async def join(member: httpx.AsyncClient, guest: httpx.AsyncClient, role: str = "staff") -> None:
    await invite(member, role=role)
    answer = await send(guest, await link_in_mail(guest, SAM), display_name="Sam Seller", password=NEW_PASSWORD)
    assert answer.headers["location"] == "/dashboard"


def action_of(html: str, verb: str) -> str:
    """The address of the first form whose action ends in a verb."""
    found = re.search(rf'action="(/dashboard/[^"]*/{verb})"', html)
    assert found, verb
    return found.group(1)


async def test_somebody_is_invited_joins_and_is_removed(member: httpx.AsyncClient, guest: httpx.AsyncClient) -> None:
    assert (await invite(member)).headers["location"] == "/dashboard/members?done=invited"
    page = (await member.get("/dashboard/members?done=invited")).text
    assert "The invitation is on its way." in page
    assert f'data-invited="{SAM}"' in page
    link = await link_in_mail(guest, SAM)
    opened = (await guest.get(link)).text
    assert "Join Kestrel Coffee &amp; Snacks" in opened
    assert "Robin Vale invites you as" in opened
    assert (await send(guest, link, display_name="", password=NEW_PASSWORD)).status_code == 422
    assert (await send(guest, link, display_name="Sam", password="password1234")).status_code == 422
    assert (await send(guest, link, display_name="Sam Seller", password=NEW_PASSWORD)).headers["location"] == "/dashboard"
    assert (await guest.get("/dashboard/conversations")).status_code == 200
    assert (await guest.get(link)).status_code == 410
    page = (await member.get("/dashboard/members")).text
    assert f'data-email="{SAM}"' in page
    changed = await send(member, "/dashboard/members", action_of(page, "role"), role="finance")
    assert changed.headers["location"] == "/dashboard/members?done=changed"
    assert (await guest.get("/dashboard/conversations")).status_code == 303
    await sign_in(guest, SAM, NEW_PASSWORD)
    assert (await guest.get("/dashboard/conversations")).status_code == 403
    assert (await guest.get("/dashboard/earnings")).status_code == 200
    await send(member, "/dashboard/members", action_of(page, "remove"))
    assert (await guest.get("/dashboard/earnings")).status_code == 303
    assert (await sign_in(guest, SAM, NEW_PASSWORD)).status_code == 401


async def test_an_invitation_is_sent_again_and_withdrawn(member: httpx.AsyncClient, guest: httpx.AsyncClient, hands: Hands) -> None:
    await invite(member)
    first = await link_in_mail(guest, SAM)
    hands.now += timedelta(hours=1)
    page = (await member.get("/dashboard/members")).text
    await send(member, "/dashboard/members", action_of(page, "resend"))
    second = await link_in_mail(guest, SAM)
    assert first != second
    assert (await guest.get(first)).status_code == 410
    await send(member, "/dashboard/members", action_of(page, "withdraw"))
    assert (await guest.get(second)).status_code == 410


@pytest.mark.parametrize(
    ("email", "why"), [("sam", "Write an address like"), ("robin@kestrel.example", "is a member of this shop already")]
)
async def test_an_invitation_that_cannot_be_is_said_beside_the_form(member: httpx.AsyncClient, email: str, why: str) -> None:
    answer = await invite(member, email=email)
    assert answer.status_code == 422
    assert why in answer.text


async def test_one_address_is_not_flooded_with_invitations(member: httpx.AsyncClient) -> None:
    for _ in range(FAILURES_MAX):
        assert (await invite(member)).status_code == 303
    assert (await invite(member)).status_code == 429


async def test_the_last_owner_and_the_mighty_are_safe(member: httpx.AsyncClient, guest: httpx.AsyncClient) -> None:
    left = await send(member, "/dashboard/members", "/dashboard/leave")
    assert left.status_code == 403
    assert "Make somebody else an owner first" in left.text
    await join(member, guest, role="manager")
    page = (await guest.get("/dashboard/members")).text
    assert "/role" not in page.split("Robin Vale")[1].split("</tr>")[0]
    assert (await send(guest, "/dashboard/members", "/dashboard/leave")).headers["location"] == "/dashboard/sign-in?done=left"


async def test_a_key_is_shown_once_used_and_withdrawn(member: httpx.AsyncClient, guest: httpx.AsyncClient) -> None:
    made = await send(member, "/dashboard/api-keys", name="Till 1", scopes="coupons.check")
    secret = re.search(r">(sk_[^<]+)<", made.text).group(1)  # type: ignore[union-attr]
    headers = {"Authorization": f"Bearer {secret}"}
    cart = {"code": "NONE", "cart_total_minor": 100, "currency": "USD"}
    assert (await guest.post("/api/v1/coupons/validate", json=cart, headers=headers)).status_code == 404
    refused = await guest.post("/api/v1/coupons/redeem", json={**cart, "order_ref": "1"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "ApiKeyScopeMissing")
    page = (await member.get("/dashboard/api-keys")).text
    assert secret not in page
    assert f"{secret[:7]}…{secret[-4:]}" in page
    assert "never" not in page.split('data-key="Till 1"')[1].split("</tr>")[0]
    await send(member, "/dashboard/api-keys", action_of(page, "withdraw"))
    assert (await guest.post("/api/v1/coupons/validate", json=cart, headers=headers)).status_code == 401
    nameless = await send(member, "/dashboard/api-keys", name=" ", scopes="coupons.check")
    assert nameless.status_code == 422


async def test_the_audit_log_says_who_did_what_filters_and_is_a_file(member: httpx.AsyncClient, guest: httpx.AsyncClient) -> None:
    await join(member, guest)
    await send(member, "/dashboard/api-keys", name="=HYPERLINK(evil)", scopes="coupons.check")
    page = (await member.get("/dashboard/audit")).text
    assert re.findall(r'data-action="([^"]+)"', page).count("member.joined") == 1
    assert "Sam Seller" in page
    one = (await member.get("/dashboard/audit?action=member.invited")).text
    assert set(re.findall(r'data-action="([^"]+)"', one)) == {"member.invited"}
    assert "Nothing in the log fits" in (await member.get("/dashboard/audit?end=2020-01-01")).text
    assert (await member.get("/dashboard/audit?start=nonsense")).status_code == 422
    file = await member.get("/dashboard/audit.csv?action=api_key.made")
    assert file.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert [(row["action"], row["actor_name"]) for row in rows] == [("api_key.made", "Robin Vale")]


async def test_a_long_log_goes_on(member: httpx.AsyncClient, house: House, shop: Shop, now) -> None:
    with house.database.tenant_session(shop.tenant_id) as session:
        for second in range(ROWS_PER_PAGE + 7):
            note(session, "operator", "shop.tested", f"line {second}", {}, now=now + timedelta(seconds=second))
    page = (await member.get("/dashboard/audit?action=shop.tested")).text
    older = re.search(r'href="(/dashboard/audit\?[^"]*before=[^"]+)"', page)
    assert older is not None
    rest = (await member.get(older.group(1).replace("&amp;", "&"))).text
    assert [len(re.findall("data-action=", one)) for one in (page, rest)] == [ROWS_PER_PAGE, 7]
    assert "line 0" in rest


def test_a_cell_is_never_a_formula(now) -> None:
    entry = AuditEntry(new_id(now), now, "=cmd", "+x", "@y", {})
    cells = list(csv.reader(io.StringIO(as_csv([entry], {"=cmd": "-z"}))))[1]
    assert cells[1:6] == ["'=cmd", "'-z", "'+x", "'@y", ""]


async def test_one_person_moves_between_shops_and_opens_another(
    member: httpx.AsyncClient, guest: httpx.AsyncClient, neighbour: Shop
) -> None:
    await invite(member, email=neighbour.email, role="read_only")
    link = await link_in_mail(guest, neighbour.email)
    assert "has an account already" in (await guest.get(link)).text
    assert (await send(guest, link, display_name="Kim", password="not the password")).status_code == 422
    assert (await send(guest, link, display_name="Kim", password=PASSWORD)).headers["location"] == "/dashboard"
    shops = (await guest.get("/dashboard/shops")).text
    assert "Harbour Books" in shops
    assert "You are here" in shops
    before = guest.cookies["tillhand_session"]
    await send(guest, "/dashboard/shops", "/dashboard/shops/switch", shop_id=field(shops, "shop_id"))
    assert guest.cookies["tillhand_session"] != before
    assert "Harbour Books" in (await guest.get("/dashboard")).text
    opened = await send(guest, "/dashboard/shops", "/dashboard/shops/open", shop_name="Harbour Two", time_zone="Europe/Oslo")
    assert opened.headers["location"] == "/dashboard"
    assert "Harbour Two" in (await guest.get("/dashboard")).text
    unknown = await send(guest, "/dashboard/shops", "/dashboard/shops/open", shop_name="X", time_zone="Mars")
    assert unknown.status_code == 422
    stranger = await send(member, "/dashboard/shops", "/dashboard/shops/switch", shop_id=field(shops, "shop_id"))
    assert stranger.status_code == 404


def test_a_device_has_a_name() -> None:
    edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0"
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/604.1"
    assert [device_of(text) for text in (edge, phone, "", "curl/8")] == ["Edge on Windows", "Safari on iPhone", "A browser", "A browser"]
