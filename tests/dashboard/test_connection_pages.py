"""The pages about the shop's systems: a connection of each kind made by clicking, watched, tried, its secret changed without a gap."""

import base64
import hashlib
import hmac
import json
import re
from datetime import timedelta

import httpx
import pytest
from fakes.dashboard_person import Hands, field, sign_in
from fakes.shop_history import Shop

from app.wiring import House
from billing.handle_inbox import handle_inbox

KINDS = {
    "shopify": {"secret": "shpss_0123456789abcdef", "address": "kestrel.myshopify.com", "token": "shpat_1"},
    "woocommerce": {"address": "https://kestrel.example"},
    "stripe": {"secret": "whsec_0123456789abcdef"},
    "square": {"secret": "square-key-0123456789", "token": "EAAA", "is_sandbox": "true"},
    "generic": {},
}


async def made(member: httpx.AsyncClient, kind: str, **changed: str) -> httpx.Response:
    page = await member.get(f"/dashboard/connections/new/{kind}")
    assert page.status_code == 200
    form = {"name": f"Our {kind}", "channel": kind, "is_order_book": "true", **KINDS[kind], **changed}
    return await member.post(f"/dashboard/connections/new/{kind}", data={**form, "csrf_token": field(page.text, "csrf_token")})


def key_in(page: str) -> str:
    found = re.search(r"/api/v1/hooks/(con_\w+)", page)
    assert found
    return found.group(1)


def copied(page: str, name: str) -> str:
    found = re.search(rf'id="{name}">([^<]+)<', page)
    assert found
    return found.group(1)


async def act(member: httpx.AsyncClient, key: str, what: str, **data: str) -> httpx.Response:
    page = await member.get(f"/dashboard/connections/{key}")
    return await member.post(f"/dashboard/connections/{key}/{what}", data={**data, "csrf_token": field(page.text, "csrf_token")})


@pytest.mark.parametrize("kind", KINDS)
async def test_a_connection_of_each_kind_is_made_tried_and_watched(
    member: httpx.AsyncClient, house: House, hands: Hands, shop: Shop, kind: str
) -> None:
    answer = await made(member, kind)
    assert answer.status_code == 200, answer.text
    key = key_in(answer.text)
    assert ('id="secret"' in answer.text) == (kind in ("generic", "woocommerce"))
    assert "Not heard yet" in (await member.get("/dashboard/connections")).text
    tried = await act(member, key, "test")
    assert tried.status_code == 303
    handle_inbox(house.database, clock=house.clock)
    page = (await member.get(tried.headers["location"])).text
    assert "A test: it was signed rightly and could be read; nothing of it is booked." in page
    assert "Not heard yet" in (await member.get(f"/dashboard/connections/{key}")).text, "a test of ours is not the other system's voice"
    hands.now += timedelta(hours=25)
    await sign_in(member, shop.email)
    assert "Silent" in (await member.get("/dashboard/connections")).text


async def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(member: httpx.AsyncClient) -> None:
    no_secret = await made(member, "stripe", secret="")
    assert no_secret.status_code == 422
    assert "Paste the signing secret exactly" in no_secret.text
    assert 'value="Our stripe"' in no_secret.text
    assert (await made(member, "generic", name=" ")).status_code == 422
    assert (await made(member, "generic")).status_code == 200
    taken = await made(member, "generic")
    assert (taken.status_code, "already has its order book" in taken.text) == (422, True)
    assert (await member.get("/dashboard/connections/new/fax")).status_code == 404


def shopify_headers(secret: str, body: bytes, delivery_id: str) -> dict[str, str]:
    signature = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    own = {"x-shopify-hmac-sha256": signature, "x-shopify-webhook-id": delivery_id, "x-shopify-topic": "orders/paid"}
    return {"content-type": "application/json", **own}


async def test_a_new_secret_leaves_no_gap_and_the_old_one_ends(member: httpx.AsyncClient, hands: Hands) -> None:
    key = key_in((await made(member, "shopify")).text)
    old, new = KINDS["shopify"]["secret"], "shpss_the_new_secret_1234"

    async def send(secret: str, delivery_id: str) -> int:
        address = f"/api/v1/hooks/{key}"
        return (await member.post(address, content=b"{}", headers=shopify_headers(secret, b"{}", delivery_id))).status_code

    assert (await act(member, key, "secret", secret="short")).status_code == 422
    assert (await send(old, "1"), await send(new, "2")) == (202, 401)
    assert (await act(member, key, "secret", secret=new, grace_hours="1")).status_code == 303
    assert "The old secret is accepted until" in (await member.get(f"/dashboard/connections/{key}")).text
    assert (await send(old, "3"), await send(new, "4")) == (202, 202)
    hands.now += timedelta(hours=1)
    assert (await send(old, "5"), await send(new, "6")) == (401, 202)


async def test_a_secret_of_ours_is_shown_once(member: httpx.AsyncClient) -> None:
    first = (await made(member, "woocommerce")).text
    key, secret = key_in(first), copied(first, "secret")
    assert secret not in (await member.get(f"/dashboard/connections/{key}")).text
    fresh = copied((await act(member, key, "secret", grace_hours="5")).text, "secret")
    assert fresh != secret


async def test_failing_signatures_are_seen_with_their_first_bytes(member: httpx.AsyncClient) -> None:
    key = key_in((await made(member, "shopify")).text)
    body = b'{"note":"<script>alert(1)</script>\xff"}' + b"x" * 5000
    assert (
        await member.post(f"/api/v1/hooks/{key}", content=body, headers=shopify_headers("another-secret", body, "1"))
    ).status_code == 401
    page = (await member.get(f"/dashboard/connections/{key}")).text
    assert "Deliveries refused" in page
    assert "was not made with the connection" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert page.count("xxxx") < 1100
    good = b"{}"
    await member.post(f"/api/v1/hooks/{key}", content=good, headers=shopify_headers(KINDS["shopify"]["secret"], good, "2"))
    assert "Deliveries refused" not in (await member.get("/dashboard/connections")).text


async def test_deliveries_are_found_downloaded_and_read_again(member: httpx.AsyncClient, house: House) -> None:
    key = key_in((await made(member, "shopify")).text)
    body = json.dumps({"id": 77, "number": "K-1077", "currency": "EURO"}).encode()
    headers = shopify_headers(KINDS["shopify"]["secret"], body, "needle-in-the-hay")
    await member.post(f"/api/v1/hooks/{key}", content=body, headers=headers)
    handle_inbox(house.database, clock=house.clock)
    for query in (
        "words=needle",
        "words=not+a+currency",
        "words=K-1077",
        "state=set_aside",
        f"connection={key}",
        f"words=NEEDLE&state=set_aside&connection={key}",
    ):
        assert "not a currency" in (await member.get(f"/dashboard/deliveries?{query}")).text, query
    for query in ("words=thimble", "state=handled", "state=waiting", "words=%25"):
        assert "No delivery fits" in (await member.get(f"/dashboard/deliveries?{query}")).text, query
    listed = (await member.get("/dashboard/deliveries?words=needle")).text
    address = re.search(r'href="(/dashboard/deliveries/evt_\w+)"', listed)
    assert address
    raw = await member.get(f"{address.group(1)}/bytes")
    assert (raw.content, raw.headers["content-type"]) == (body, "application/octet-stream")
    page = await member.get(address.group(1))
    again = await member.post(f"{address.group(1)}/replay", data={"csrf_token": field(page.text, "csrf_token")})
    assert again.status_code == 303
    assert "It is read again" in (await member.get(again.headers["location"])).text
    twice = await member.post(f"{address.group(1)}/replay", data={"csrf_token": field(page.text, "csrf_token")})
    assert (twice.status_code, "not been read for the first time" in twice.text) == (409, True)
    handle_inbox(house.database, clock=house.clock)
    assert "not a currency" in (await member.get(address.group(1))).text


async def test_an_address_that_is_none_is_told_on_the_form_and_can_be_mended_later(member: httpx.AsyncClient) -> None:
    for wrong in ({"address": "kestrel.example"}, {"address": "", "token": "shpat_1"}):
        refused = await made(member, "shopify", **wrong)
        assert (refused.status_code, "such as your-shop.myshopify.com" in refused.text) == (422, True)
    key = key_in((await made(member, "shopify", address="https://admin.shopify.com/store/kestrel")).text)
    assert 'value="kestrel.myshopify.com"' in (await member.get(f"/dashboard/connections/{key}")).text
    typo = await act(member, key, "address", address="kestrel..")
    assert (typo.status_code, 'value="kestrel.."' in typo.text) == (422, True)
    mended = await act(member, key, "address", address="kestrel-two")
    page = (await member.get(mended.headers["location"])).text
    assert "The shop&#39;s address was changed." in page
    assert 'value="kestrel-two.myshopify.com"' in page
    own = key_in((await made(member, "generic", name="Own", channel="own")).text)
    assert 'name="address"' not in (await member.get(f"/dashboard/connections/{own}")).text


async def test_access_is_kept_and_forgotten_and_a_closed_connection_is_gone(member: httpx.AsyncClient, shop: Shop) -> None:
    key = key_in((await made(member, "square")).text)
    for token in ("EAAA-2", ""):
        assert (await act(member, key, "access", token=token)).status_code == 303
    closed = await act(member, key, "close")
    assert "The connection was closed" in (await member.get(closed.headers["location"])).text
    assert (await member.get(f"/dashboard/connections/{key}")).status_code == 404
    assert (await member.post(f"/api/v1/hooks/{key}", content=b"{}")).status_code == 404
    assert "connection.closed" in (await member.get("/dashboard/audit")).text or "connection" in (await member.get("/dashboard/audit")).text
