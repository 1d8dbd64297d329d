"""Home's steps are seen from facts, never ticked by hand; the funnel's figures are those of the pages they lead to."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from fakes.dashboard_person import Hands, send, sign_in
from fakes.shop_history import PASSWORD, Shop
from sqlalchemy import select

from app.installation.sightings import note_sighting
from app.wiring import House
from billing.assign_holdout import assign_holdout
from tenants.directory import look_up
from tenants.employee import employees
from tenants.identifiers import new_id
from tenants.sign_in import add_member
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
    assert (await send(visitor, "/dashboard/shops", "/dashboard/shops/remove-demo")).headers["location"] == "/dashboard/sign-in?done=left"
    assert look_up(house.database, "widget_key", key) is None
    assert (await visitor.get("/dashboard")).headers["location"].startswith("/dashboard/sign-in")
    assert "Sign in" in (await sign_in(visitor, shop.email)).text
    with house.database.tenant_session(shop.tenant_id) as session:
        assert [row.action for row in session.scalars(select(AuditLog))][-1] == "demo_shop.removed"


async def test_a_real_shop_cannot_be_removed(member: httpx.AsyncClient) -> None:
    page = (await member.get("/dashboard/shops")).text
    assert "remove-demo" not in page
    refused = await send(member, "/dashboard/shops", "/dashboard/shops/remove-demo")
    assert (refused.status_code, "This is no demo shop" in refused.text) == (409, True)
    assert (await member.get("/dashboard")).status_code == 200
