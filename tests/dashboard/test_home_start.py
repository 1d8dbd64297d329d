"""Home's steps are seen from facts, never ticked by hand; the funnel's figures are those of the pages they lead to."""

import re
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from fakes.dashboard_person import Hands, send, sign_in
from fakes.shop_history import PASSWORD, Shop
from sqlalchemy import select

from app.installation.sightings import note_sighting
from app.wiring import House
from billing.assign_holdout import assign_holdout
from billing.close_connections import close_connections, is_closed_address, reopen_connections
from tenants.close_demo_shop import bring_back_demo_shop, close_demo_shop, free_closed_shops
from tenants.directory import look_up
from tenants.employee import employee_at_work, employees
from tenants.errors import ShopClosed, ShopNotClosed
from tenants.identifiers import new_id
from tenants.sign_in import SignedIn, add_member
from tenants.tables import AuditLog, Tenant
from tenants.tenant import open_tenant


def steps(html: str) -> dict[str, bool]:
    return {key: state == "done" for state, key in re.findall(r'class="is-(done|open)" data-step="(\w+)"', html)}


def stages(html: str) -> dict[str, int]:
    return {name: int(count) for name, count in re.findall(r'data-stage="(\w+)" data-count="(\d+)"', html)}


@pytest.fixture
async def newcomer(house: House, visitor: httpx.AsyncClient, now) -> httpx.AsyncClient:
    """The owner of a shop in which nothing has been done yet."""
    tenant_id: UUID = new_id(now)
    with house.database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Quay Ceramics", time_zone="UTC", allowed_origins=(), now=now)
        add_member(session, email="noa@quay.example", password=PASSWORD, display_name="Noa Quay", role="owner", now=now)
    assert (await sign_in(visitor, "noa@quay.example")).status_code == 303
    return visitor


async def test_a_new_shop_sees_every_step_open_and_every_step_leads_on(newcomer: httpx.AsyncClient) -> None:
    page = (await newcomer.get("/dashboard")).text
    assert steps(page) == dict.fromkeys(("hire", "teach", "offer", "install", "order"), False)
    assert "0 of 5 done" in page
    assert stages(page) == {}
    for address in re.findall(r'<a class="button button-small" href="([^"]+)"', page):
        assert (await newcomer.get(address)).status_code == 200, address


async def test_steps_are_done_by_facts_and_the_list_goes_with_the_last(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    now = hands.now
    page = (await member.get("/dashboard")).text
    assert steps(page) == {"hire": True, "teach": True, "offer": True, "install": False, "order": False}
    assert "house_rules.md" in page
    with shop.database.tenant_session(shop.tenant_id) as session:
        note_sighting(session, origin="https://copycat.example", employee_id=shop.employee_id, is_allowed=False, now=now)
    assert not steps((await member.get("/dashboard")).text)["install"]  # a foreign page with a copied line is no installation
    with shop.database.tenant_session(shop.tenant_id) as session:
        note_sighting(session, origin="https://kestrel.example", employee_id=shop.employee_id, is_allowed=True, now=now)
    assert steps((await member.get("/dashboard")).text)["install"]
    talk = shop.talk("Any discount?", ["Yes."], now=now - timedelta(hours=1), coupon=True)
    shop.sell("K-1", "40.00", now=now - timedelta(minutes=30), talk=talk)
    assert steps((await member.get("/dashboard")).text) == {}


async def test_the_funnel_counts_what_its_links_show(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    at = hands.now - timedelta(hours=3)
    buyer = shop.talk("Any discount?", ["Yes."], now=at, coupon=True)
    shop.talk("Are you open on Sunday?", ["No."], now=at + timedelta(minutes=1), cited=0)
    shop.talk("Long ago?", ["Yes."], now=at - timedelta(days=40), cited=0)
    shop.sell("K-1", "40.00", now=at + timedelta(minutes=9), talk=buyer)
    with shop.database.tenant_session(shop.tenant_id) as session:
        for number in range(5):
            assign_holdout(session, visitor_id=new_id(at + timedelta(seconds=number)), employee_id=shop.employee_id, now=at)
    page = (await member.get("/dashboard")).text
    assert stages(page) == {"shown": 5, "talks": 2, "offered": 1, "orders": 1}
    for address in re.findall(r'<a class="why" href="([^"]+)"', page):
        assert (await member.get(address.replace("&amp;", "&"))).status_code == 200, address


async def test_the_demo_shop_says_so_and_can_be_removed_and_no_other(house: House, visitor: httpx.AsyncClient, shop: Shop, now) -> None:
    with house.database.tenant_session(shop.tenant_id) as session:
        session.get_one(Tenant, shop.tenant_id).is_demo = True
        key = employees(session)[0].widget_key
    await sign_in(visitor, shop.email)
    home = (await visitor.get("/dashboard")).text
    assert "its orders and its money are invented" in home
    assert 'href="/dashboard/shops#demo"' in home
    assert look_up(house.database, "widget_key", key) is not None
    hook = f"/api/v1/hooks/{shop.connection.public_key}"
    assert (await visitor.post(hook, json={})).status_code == 401
    way_back = (await send(visitor, "/dashboard/shops", "/dashboard/shops/remove-demo")).headers["location"]
    closed = await visitor.get(
        f"http://localhost:8700/w/{key}/boot", params={"visitor": str(uuid4())}, headers={"Origin": "https://kestrel.example"}
    )
    assert (closed.status_code, "closed" in closed.json()["detail"]) == (410, True)
    assert (await visitor.post(hook, json={})).status_code == 410
    assert (await visitor.get("/dashboard")).headers["location"].startswith("/dashboard/sign-in")
    assert "Sign in" in (await sign_in(visitor, shop.email)).text
    with house.database.tenant_session(shop.tenant_id) as session:
        assert [row.action for row in session.scalars(select(AuditLog))][-1] == "demo_shop.removed"
    assert "can be brought back" in (await visitor.get(way_back)).text
    assert (await send(visitor, way_back)).headers["location"] == "/dashboard/sign-in?done=brought_back"
    assert "open again" in (await visitor.get("/dashboard/sign-in?done=brought_back")).text
    assert (await visitor.get(way_back)).status_code == 404
    assert (await visitor.post(hook, json={})).status_code == 401
    assert (await sign_in(visitor, shop.email)).status_code == 303
    assert (await visitor.get("/dashboard")).status_code == 200


async def test_a_removed_shops_addresses_are_gone_until_it_is_back_and_freed_when_it_cannot_be(house: House, shop: Shop, now) -> None:
    by = SignedIn(shop.tenant_id, new_id(now), "Robin", "owner", "", new_id(now), used_code=False)
    key = shop.connection.public_key
    with house.database.tenant_session(shop.tenant_id) as session:
        session.get_one(Tenant, shop.tenant_id).is_demo = True
    for day, taken in ((0, True), (20, False)):
        moment = now + timedelta(days=day)
        with house.database.tenant_session(shop.tenant_id) as session:
            closed = close_demo_shop(session, by=by, now=moment)
            assert closed is not None
            assert close_demo_shop(session, by=by, now=moment) is None
            close_connections(session, now=moment)
        assert is_closed_address(house.database, key)
        assert free_closed_shops(house.database, moment + timedelta(days=13)) == 0
        late = moment + timedelta(days=14 if taken else 15)
        with suppress(ShopNotClosed), house.database.tenant_session(shop.tenant_id) as session:
            reopen_connections(session, closed_at=bring_back_demo_shop(session, closed.token, now=late))
        assert is_closed_address(house.database, key) is not taken
    assert free_closed_shops(house.database, late) == 1
    assert free_closed_shops(house.database, late) == 0
    with house.database.tenant_session(shop.tenant_id) as session, pytest.raises(ShopClosed):
        employee_at_work(session, shop.employee_id, late)
    assert not is_closed_address(house.database, "con_nobody")
    assert not is_closed_address(house.database, "x" * 65)


async def test_a_real_shop_cannot_be_removed(member: httpx.AsyncClient) -> None:
    page = (await member.get("/dashboard/shops")).text
    assert "remove-demo" not in page
    refused = await send(member, "/dashboard/shops", "/dashboard/shops/remove-demo")
    assert (refused.status_code, "This is no demo shop" in refused.text) == (409, True)
    assert (await member.get("/dashboard")).status_code == 200
