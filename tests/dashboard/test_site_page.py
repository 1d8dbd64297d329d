"""The page of the shop's own site: refusals beside their field, a reading watched and called off, and its pages with what was taught."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest
from fakes.dashboard_person import send, sign_in
from fakes.one_app import app_of
from fakes.own_site import Site, own_site
from fakes.shop_history import PASSWORD, Shop, fixed_vectors
from test_conversations_inbox import audit

from app.conversations.read_site import read_site_waiting
from app.wiring import House
from tenants.identifiers import to_public
from tenants.sign_in import add_member


@pytest.fixture
def house(house: House) -> House:
    """A site may stand on this machine, as in development."""
    return replace(house, settings=house.settings.model_copy(update={"webhooks_to_loopback": True}))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with own_site() as running:
        words = "<html><main><h1>{0}</h1><p>{0} are described here.</p><a href='/plans'>more</a><a href='/gone'>x</a></main></html>"
        running.pages |= {"/": words.format("Returns"), "/plans": words.format("<b>Plans</b>"), "/list": (200, {}, b"x")}
        yield running


@pytest.fixture
async def reader(house: House, shop: Shop, now) -> AsyncIterator[httpx.AsyncClient]:
    """A colleague who may look and no more, signed in."""
    with house.database.tenant_session(shop.tenant_id) as session:
        add_member(session, email="lou@kestrel.example", password=PASSWORD, display_name="Lou", role="read_only", now=now)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(house)), base_url=house.settings.public_url) as client:
        assert (await sign_in(client, "lou@kestrel.example")).status_code == 303
        yield client


async def test_a_reading_from_the_form_to_taught_pages(member: httpx.AsyncClient, house: House, shop: Shop, site: Site) -> None:
    place = f"/dashboard/teach/{to_public('emp', shop.employee_id)}/site"
    assert "No page of your site was read yet." in (await member.get(place)).text
    for typed, pages, said in (
        ("", "5", "Give the address of your site"), ("ftp://shop.example", "5", "Give the address of your site"),
        ("http://shop.example", "5", "must begin with https://"), ("https://10.1.2.3/", "5", "not one on the public internet"),
        (site.url, "0", "from 1 to 200"), (site.url, "all", "from 1 to 200"), (site.url, "201", "from 1 to 200"),
    ):  # fmt: skip
        refused = await send(member, place, start_url=typed, pages_max=pages)
        assert (refused.status_code, said in refused.text) == (422, True), (typed, pages)
        assert (f'value="{typed}"' in refused.text, f'value="{pages}"' in refused.text) == (True, True), "what was typed stays"
    assert (await send(member, place, start_url=site.url, pages_max="9")).headers["location"].endswith("?done=asked")
    assert "waits to be read" in (await member.get(place)).text
    second = await send(member, place, start_url=site.url, pages_max="9")
    assert (second.status_code, "being read already" in second.text) == (422, True)
    assert read_site_waiting(house.database, fixed_vectors, clock=house.clock, is_loopback_allowed=True, pause=lambda _seconds: None) == 1
    read = (await member.get(place)).text
    assert "2 taught, 0 unchanged, 1 left out" in read
    assert f"{site.url}/plans</a>" in read
    page = read.partition('href="/dashboard/teach/documents/')[2].partition('"')[0]
    taught = await member.get(f"/dashboard/teach/documents/{page}")
    assert (taught.status_code, "described here" in taught.text) == (200, True)
    assert audit(shop).count("site.reading_asked") == 1


async def test_a_reading_is_called_off_by_its_own_shop_only(
    member: httpx.AsyncClient, reader: httpx.AsyncClient, shop: Shop, neighbour: Shop, site: Site
) -> None:
    place = f"/dashboard/teach/{to_public('emp', shop.employee_id)}/site"
    await send(member, place, start_url=site.url, pages_max="9")
    off = "/dashboard/teach/site/" + (await member.get(place)).text.partition("/dashboard/teach/site/")[2].partition('"')[0]
    assert off.endswith("/off")
    seen = await reader.get(place)
    assert (seen.status_code, "Stop reading" in seen.text, "Read it now" in seen.text) == (200, False, False)
    assert (await reader.post(off, data={})).status_code == 403
    assert (await send(member, place, off)).headers["location"].endswith("?done=off")
    assert "Stopped" in (await member.get(place)).text
    assert (await send(member, place, "/dashboard/teach/site/srd_0/off")).status_code == 404
    assert (await member.get(f"/dashboard/teach/{to_public('emp', neighbour.employee_id)}/site")).status_code == 404
    assert audit(shop).count("site.reading_called_off") == 1
