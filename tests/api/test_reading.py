"""What a shop's programs may read: page by page, each thing once, only by a key made for it, and never another shop's."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fakes.shop_history import Shop, open_shop
from test_hooks_and_till import is_problem

from app.api.listing import by_id
from app.api.reading import CREDITS
from billing.read_pages import CreditPlace, credits_since
from billing.seal_ledger import seal_ledger
from tenants.api_keys import SCOPES, issue_api_key
from tenants.identifiers import new_id

LISTS = ("orders", "touches", "credits", "statements", "coupons", "conversations")


@pytest.fixture
def shop(database, tenant_id, now) -> Shop:
    """Three talks, each with a coupon and a sale."""
    opened = open_shop(database, tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")
    for day in range(3):
        at = now - timedelta(days=5 - day)
        talk = opened.talk("Any discount?", ["Yes."], now=at, coupon=True)
        opened.sell(f"K-{day}", "20.00", now=at + timedelta(hours=1), talk=talk)
    with database.tenant_session(tenant_id) as session:
        seal_ledger(session, now=now)
    return opened


def key_for(shop: Shop, now: Any, *scopes: str) -> dict[str, str]:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return {"authorization": f"Bearer {issue_api_key(session, name='report', now=now, scopes=scopes or SCOPES)}"}


async def everything(public: httpx.AsyncClient, name: str, headers: dict[str, str], limit: int) -> tuple[list[dict[str, Any]], int]:
    """All rows of a list and the number of pages."""
    rows: list[dict[str, Any]] = []
    after, pages = "", 0
    while True:
        answer = await public.get(f"/api/v1/{name}", params={"limit": limit, "after": after}, headers=headers)
        assert answer.status_code == 200, answer.text
        page, pages = answer.json(), pages + 1
        rows += page["data"]
        assert page["has_more"] is (page["next"] is not None)
        if not page["has_more"]:
            return rows, pages
        assert len(page["data"]) == limit
        after = page["next"]


async def test_every_list_tells_each_thing_once(public, shop, now) -> None:
    headers = key_for(shop, now)
    for name in LISTS:
        whole, _ = await everything(public, name, headers, 100)
        parts, pages = await everything(public, name, headers, 1)
        assert whole == parts, name
        assert len({row["id"] for row in whole}) == len(whole)
        assert pages == max(1, len(whole))
    rows = {name: (await everything(public, name, headers, 100))[0] for name in LISTS}
    assert [row["reference"] for row in rows["orders"]] == ["K-2", "K-1", "K-0"]
    assert sum(row["earned_minor"] for row in rows["orders"]) == sum(row["amount_minor"] for row in rows["credits"]) > 0
    assert {row["conversation"] for row in rows["orders"]} <= {row["id"] for row in rows["conversations"]}
    assert [row["state"] for row in rows["coupons"]] == ["redeemed"] * 3
    assert {row["coupon"] for row in rows["touches"]} >= {row["id"] for row in rows["coupons"]}
    assert rows["statements"] == []
    with shop.database.tenant_session(shop.tenant_id) as session:
        followed = credits_since(session, since=CreditPlace(0, 0, 0), limit=100)
    assert [row.amount_minor for row in followed] == [row["amount_minor"] for row in reversed(rows["credits"])]


async def test_a_closed_month_is_listed(public, shop, now, the_house) -> None:
    from billing.close_period import close_due

    later = now + timedelta(days=60)
    assert close_due(shop.database, clock=lambda: later) > 0
    rows, _ = await everything(public, "statements", key_for(shop, now), 1)
    assert [row["period"] for row in rows][-1] == "2026-11"
    assert all(len(row["root"]) == 64 for row in rows)


async def test_a_key_reads_only_what_it_was_made_for(public, shop, now) -> None:
    headers = key_for(shop, now, "orders.read")
    assert (await public.get("/api/v1/orders", headers=headers)).status_code == 200
    for name in LISTS[1:]:
        assert is_problem(await public.get(f"/api/v1/{name}", headers=headers), 403)
    assert is_problem(await public.get("/api/v1/orders"), 401)
    till = {"authorization": f"Bearer {shop_key(shop, now)}"}
    assert is_problem(await public.get("/api/v1/orders", headers=till), 403), "a till's key reads nothing unless told to"


def shop_key(shop: Shop, now: Any) -> str:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return issue_api_key(session, name="till", now=now)


async def test_another_shop_sees_nothing_of_this_one(public, shop, now) -> None:
    other = open_shop(shop.database, new_id(now), now=now, email="kim@harbour.example", name="Harbour Books")
    headers, mine = key_for(other, now), key_for(shop, now)
    for name in LISTS:
        page = (await public.get(f"/api/v1/{name}", params={"limit": 1}, headers=mine)).json()
        seen = await public.get(f"/api/v1/{name}", params={"after": page["next"] or ""}, headers=headers)
        assert seen.json()["data"] == [], "also with a cursor of theirs"


async def test_odd_cursors_and_limits_are_refused(public, shop, now) -> None:
    headers = key_for(shop, now)
    odd = [
        "x",
        "%%%",
        "é",
        by_id("orders").written(new_id(now)),
        "Y3JlZGl0czphLmIuYw",
        CREDITS.written(CreditPlace(2**31, 0, 0)),
        "a" * 200,
    ]
    for cursor in odd:
        assert is_problem(await public.get("/api/v1/credits", params={"after": cursor}, headers=headers), 400), cursor
    for limit in ("0", "101", "many"):
        assert is_problem(await public.get("/api/v1/credits", params={"limit": limit}, headers=headers), 422)
    assert is_problem(await public.get("/api/v1/credits", params={"after": "a" * 201}, headers=headers), 422)


async def test_who_has_the_page_is_told_so(public, shop, now) -> None:
    headers = key_for(shop, now)
    first = await public.get("/api/v1/coupons", headers=headers)
    again = await public.get("/api/v1/coupons", headers=headers | {"if-none-match": f'W/{first.headers["etag"]}, "x"'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert {"ratelimit", "ratelimit-policy", "tillhand-version"} <= set(again.headers)
    shop.talk("Any discount?", ["Yes."], now=now, coupon=True)
    fresh = await public.get("/api/v1/coupons", headers=headers | {"if-none-match": first.headers["etag"]})
    assert (fresh.status_code, len(fresh.json()["data"])) == (200, 4)
