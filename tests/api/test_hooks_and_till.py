"""The merchant's two doors, with everything that may come through them: right status, a problem document, never a 500."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from billing.connections import create_connection
from billing.issue_coupon import issue_coupon
from billing.offers import OfferTerms, create_offer
from billing.read_deliveries import deliveries
from billing.receive_webhook import BODY_BYTES_MAX
from tenants.api_keys import issue_api_key
from tenants.hire_employee import Applicant, add_applicant
from tenants.tenant import open_tenant

APPLICANT = Applicant("Amara", "Shop seller", "amara", "heart", "Hello!", "Sell coffee.")


@pytest.fixture
def shop(database, tenant_id, now):
    """A shop with a connection, a secret key and one coupon."""
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel", time_zone="UTC", allowed_origins=("http://127.0.0.2:8701",), now=now)
        employee = add_applicant(session, APPLICANT, now=now)
        offer = OfferTerms("Welcome", "USD", 5, now, now + timedelta(days=30), percent_ppm=100_000, minimum_minor=500)
        offer_id = create_offer(session, employee_id=employee.employee_id, offer=offer, now=now)
        coupon = issue_coupon(session, offer_id=offer_id, visitor_id=None, conversation_id=None, turn_id=None, now=now)
        connection = create_connection(session, name="Web shop", channel="web", is_order_book=True, now=now)
        return {"connection": connection, "key": issue_api_key(session, name="till", now=now), "code": coupon.code}


def signed(secret: str, body: bytes, now, delivery_id: str = "msg_1") -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), f"{delivery_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": delivery_id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{base64.b64encode(digest).decode()}"}


def is_problem(response, status: int) -> bool:
    body = response.json()
    return (
        response.status_code == status == body["status"]
        and response.headers["content-type"] == "application/problem+json"
        and bool(body["title"] and body["detail"])
    )


BODIES = {
    "an order": b'{"type":"order.paid","data":{}}',
    "no JSON": b"{" * 5000,
    "deep nesting": b"[" * 100_000,
    "not UTF-8": b"\xff\xfe\x00",
    "empty": b"",
    "NaN": b'{"type":"order.paid","data":{"total":NaN}}',
    "a number of a million digits": b'{"type":' + b"9" * 900_000 + b"}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_whatever_is_signed_is_kept_and_never_breaks_us(public, database, shop, tenant_id, now, body):
    """Reading comes later; a signed body that makes no sense is set aside with its reason, not lost and not a 500."""
    connection = shop["connection"]
    response = await public.post(f"/api/v1/hooks/{connection.public_key}", content=body, headers=signed(connection.secret, body, now))
    assert response.status_code == 202
    assert response.json()["event"].startswith("evt_")
    with database.tenant_session(tenant_id) as session:
        assert len(deliveries(session, limit=10).deliveries) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"webhook-id": "msg_1", "webhook-timestamp": "now", "webhook-signature": "v1,aaaa"}, 401),
        ({"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "garbage"}, 401),
        ({"webhook-id": "msg_1", "webhook-timestamp": "9" * 400, "webhook-signature": "v1,"}, 401),
    ],
)
async def test_unsigned_deliveries_are_refused(public, shop, headers, status):
    response = await public.post(f"/api/v1/hooks/{shop['connection'].public_key}", content=b"{}", headers=headers)
    assert is_problem(response, status)


async def test_a_signature_of_another_body_or_secret_is_refused(public, shop, now):
    connection = shop["connection"]
    address = f"/api/v1/hooks/{connection.public_key}"
    assert is_problem(await public.post(address, content=b"{} ", headers=signed(connection.secret, b"{}", now)), 401)
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    assert is_problem(await public.post(address, content=b"{}", headers=signed(other, b"{}", now)), 401)
    assert is_problem(await public.post(address, content=b"{}", headers=signed(connection.secret, b"{}", now - timedelta(hours=1))), 401)
    assert is_problem(await public.post(address, content=b"{}", headers=signed(connection.secret, b"{}", now + timedelta(hours=1))), 401)


@pytest.mark.parametrize("key", ["con_unknown", "con_%00", "x" * 3000, "%FF%FE"])
async def test_unknown_addresses_are_404(public, shop, now, key):
    response = await public.post(f"/api/v1/hooks/{key}", content=b"{}", headers=signed(shop["connection"].secret, b"{}", now))
    assert is_problem(response, 404)


async def test_a_huge_body_is_refused_before_it_is_read(public, shop, now):
    response = await public.post(f"/api/v1/hooks/{shop['connection'].public_key}", content=b"x" * (BODY_BYTES_MAX + 1))
    assert is_problem(response, 413)


async def test_the_same_id_with_other_bytes_is_a_conflict(public, shop, now):
    connection = shop["connection"]
    address = f"/api/v1/hooks/{connection.public_key}"
    first = await public.post(address, content=b"{}", headers=signed(connection.secret, b"{}", now))
    again = await public.post(address, content=b"{}", headers=signed(connection.secret, b"{}", now))
    assert (again.status_code, again.json()) == (202, {**first.json(), "repeat": True})
    assert is_problem(await public.post(address, content=b"[]", headers=signed(connection.secret, b"[]", now)), 409)


def at_the_till(shop, **changes):
    return {"code": shop["code"], "cart_total_minor": 2000, "currency": "USD", "order_ref": "A-1", **changes}


async def ask(public, shop, step, **changes):
    headers = {"authorization": f"Bearer {shop['key']}"}
    return await public.post(f"/api/v1/coupons/{step}", json=at_the_till(shop, **changes), headers=headers)


async def test_a_coupons_life_at_the_till(public, shop):
    for step in ("validate", "reserve", "redeem", "redeem"):
        response = await ask(public, shop, step)
        assert (response.status_code, response.json()["discount_minor"]) == (200, 200)
    refused = await ask(public, shop, "redeem", order_ref="A-2")
    assert is_problem(refused, 409)
    assert refused.json()["code"] == "CouponAlreadyRedeemed"
    assert is_problem(await ask(public, shop, "release"), 409)


async def test_a_released_coupon_is_free_again(public, shop):
    assert (await ask(public, shop, "reserve")).status_code == 200
    held = await ask(public, shop, "reserve", order_ref="A-2")
    assert (held.status_code, held.json()["code"]) == (409, "CouponReservedElsewhere")
    assert (await ask(public, shop, "release")).status_code == 204
    assert (await ask(public, shop, "redeem", order_ref="A-2")).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"code": "KES-NOPE-NOPE"}, 404),
        ({"code": "\x00"}, 404),
        ({"code": ""}, 422),
        ({"cart_total_minor": 100}, 422),
        ({"cart_total_minor": -1}, 422),
        ({"cart_total_minor": 10**30}, 422),
        ({"cart_total_minor": "many"}, 422),
        ({"cart_total_minor": "2000.00"}, 422),  # read as a number it would be twenty dollars, and meant were two thousand
        ({"currency": "EUR"}, 422),
        ({"currency": "DOLLARS"}, 422),
        ({"order_ref": ""}, 422),
    ],
)
@pytest.mark.parametrize("step", ["reserve", "redeem"])
async def test_bad_questions_at_the_till(public, shop, step, changes, status):
    assert is_problem(await ask(public, shop, step, **changes), status)


@pytest.mark.parametrize("authorization", [None, "Bearer sk_wrong", "Basic abc", "Bearer \xff"])
async def test_strangers_at_the_till(public, shop, authorization):
    headers = {} if authorization is None else {"authorization": authorization.encode("latin-1")}
    response = await public.post("/api/v1/coupons/validate", json=at_the_till(shop), headers=headers)
    assert is_problem(response, 401)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", json.dumps({"code": []}).encode()])
async def test_bodies_that_are_no_question(public, shop, content):
    headers = {"authorization": f"Bearer {shop['key']}", "content-type": "application/json"}
    response = await public.post("/api/v1/coupons/validate", content=content, headers=headers)
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"


async def test_two_hostnames_two_worlds(public):
    assert is_problem(await public.get("/w/loader.js"), 404)
    assert is_problem(await public.get("/health/ready", headers={"host": "evil.example"}), 404) is False
    assert is_problem(await public.get("/sign-in", headers={"host": "evil.example"}), 404)
    assert (await public.get("/health/ready")).json() == {"status": "ready"}
