"""The manners of the public API: a repeated request is answered alike and served once, the rate is said, versions are dated."""

import asyncio
from datetime import timedelta

import pytest
from test_hooks_and_till import at_the_till, is_problem
from test_hooks_and_till import shop as shop  # noqa: PLC0414 - the fixture of the same shop

from app.api.kept_answers import RUNNING_MAX, Answered, finish, start
from app.api.rate_limits import RateLimit


async def redeem(public, shop, key=None, version=None, **changes):
    headers = {"authorization": f"Bearer {shop['key']}"} | ({"idempotency-key": key} if key else {})
    headers |= {"tillhand-version": version} if version else {}
    return await public.post("/api/v1/coupons/redeem", json=at_the_till(shop, **changes), headers=headers)


async def test_a_repetition_gets_the_first_answer_and_another_body_is_refused(public, shop):
    first, again = await redeem(public, shop, '"k-1"'), await redeem(public, shop, '"k-1"')
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert is_problem(await redeem(public, shop, '"k-1"', order_ref="A-2"), 422)
    bare = await redeem(public, shop, "k-1")
    assert bare.headers["idempotency-replayed"] == "true", "quoted or bare, it is the same key"


async def test_a_refusal_is_repeated_too(public, shop):
    await redeem(public, shop)
    first, again = await redeem(public, shop, '"k-2"', order_ref="B"), await redeem(public, shop, '"k-2"', order_ref="B")
    assert first.status_code == 409
    assert (again.status_code, again.json(), again.headers["content-type"]) == (409, first.json(), "application/problem+json")


@pytest.mark.parametrize("key", ['"', '""', '"open', "x" * 201, "a,b", "a;b", '"a\x7f"'])
async def test_a_key_that_cannot_be_read(public, shop, key):
    assert is_problem(await redeem(public, shop, key), 400)


async def test_many_at_once_are_served_once(public, shop):
    answers = await asyncio.gather(*(redeem(public, shop, '"k-3"') for _ in range(6)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.text for answer in answers if answer.status_code == 200}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers if answer.status_code == 200) == 1


async def test_strangers_get_no_answer_kept(public, shop):
    for authorization in ({"authorization": "Bearer sk_wrong"}, {}):
        for _ in range(2):
            answer = await public.post("/api/v1/coupons/redeem", json=at_the_till(shop), headers={**authorization, "idempotency-key": "k"})
            assert is_problem(answer, 401)
            assert "idempotency-replayed" not in answer.headers


def test_a_request_that_died_may_be_tried_again_and_a_5xx_frees_its_key(database, shop, tenant_id, now):
    def begin(at):
        with database.tenant_session(tenant_id) as session:
            return start(session, endpoint="/x", key="k", fingerprint="f", now=at)

    died, second = begin(now), begin(now + RUNNING_MAX)
    with database.tenant_session(tenant_id) as session:
        finish(session, died, Answered(200, "text/plain", b"too late"))
        finish(session, second, Answered(503, "text/plain", b"busy"))
        finish(session, second, Answered(200, "text/plain", b"gone"))
    third = begin(now + RUNNING_MAX)
    with database.tenant_session(tenant_id) as session:
        finish(session, third, Answered(200, "text/plain", b"done"))
    assert begin(now + RUNNING_MAX) == Answered(200, "text/plain", b"done")


async def test_the_rate_and_the_version_are_said(public, shop):
    answer = await redeem(public, shop, version="2026-11-22")
    assert (answer.headers["ratelimit-policy"], answer.headers["ratelimit"]) == ('"default";q=600;w=60', '"default";r=599;t=1')
    assert answer.headers["tillhand-version"] == "2026-11-22"
    assert is_problem(await redeem(public, shop, version="1999-01-01"), 400)
    answers = await asyncio.gather(*(redeem(public, shop, version="x") for _ in range(600)))
    refused = [one for one in answers if one.status_code == 429]
    assert refused
    assert is_problem(refused[0], 429)
    assert refused[0].headers["retry-after"] == "1"


def test_requests_grow_back_evenly_and_strangers_are_forgotten_first(now):
    rate = RateLimit(quota=2, window_seconds=60)
    assert [rate.take("a", now).wait_seconds for _ in range(3)] == [0, 0, 30]
    assert rate.take("a", now + timedelta(seconds=30)).wait_seconds == 0
    assert rate.take("b", now).left == 1


async def test_the_door_takes_json_answers_pings_and_knows_no_strangers(public, shop):
    address = f"/api/v1/hooks/{shop['connection'].public_key}"
    for content_type in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        assert is_problem(await public.post(address, content=b"webhook_id=7", headers={"content-type": content_type}), 415)
    for content_type in ("application/json; charset=utf-8", "application/cloudevents+json", ""):
        assert is_problem(await public.post(address, content=b"{}", headers={"content-type": content_type}), 401)
    assert is_problem(
        await public.post(
            "/api/v1/hooks/con_nobody", content=b"webhook_id=7", headers={"content-type": "application/x-www-form-urlencoded"}
        ),
        404,
    )
