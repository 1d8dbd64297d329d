"""Install over HTTP: the snippet for each kind of shop, the places and where she was seen, and the pages around it."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import pytest
from fakes.dashboard_person import Hands, send
from fakes.shop_history import Shop

from app.api.links import CLICK_PARAMETER
from app.api.widget_press import WIDGET_FOLDER
from app.dashboard.widget_api import widget_api
from app.installation.sightings import note_sighting
from app.wiring import House
from billing.connectors.marks import read_marks
from tenants.audit import AuditFilter, audit_entries
from tenants.employee import employee_view
from tenants.identifiers import new_id, to_public
from tenants.tenant import tenant_view

INSTALL = "/dashboard/install"


def key_of(house: House, shop: Shop) -> str:
    with house.database.tenant_session(shop.tenant_id) as session:
        return employee_view(session, shop.employee_id).widget_key


def copied(html: str, identifier: str) -> str:
    """The text somebody who copies a block of code gets."""
    found = re.search(rf'<code id="{identifier}">(.*?)</code>', html, re.DOTALL)
    assert found, f"there is nothing to copy called {identifier}"
    return unescape(found.group(1))


@pytest.mark.parametrize("platform", ["html", "shopify", "woocommerce", "tag-manager"])
async def test_each_kind_of_shop_gets_a_snippet_of_its_own(member: httpx.AsyncClient, shop: Shop, house: House, platform: str):
    html = (await member.get(INSTALL, params={"shop": platform})).text
    snippet = copied(html, "snippet-text")
    assert key_of(house, shop) in snippet
    assert "http://localhost:8700/w/loader.js" in snippet
    assert snippet.count("loader.js") == 1
    assert ("dataset.key" in snippet) == (platform == "tag-manager")
    assert ("add_action" in snippet) == (platform == "woocommerce")


async def test_strict_pages_get_no_inline_script_or_a_nonce(member: httpx.AsyncClient, shop: Shop):
    bare = copied((await member.get(INSTALL, params={"style": "no-inline"})).text, "snippet-text")
    assert re.fullmatch(r'<script async src="[^"]+" data-key="wk_[\w-]+"></script>', bare)
    nonced = copied((await member.get(INSTALL, params={"style": "nonce"})).text, "snippet-text")
    assert nonced.count('nonce="YOUR-NONCE"') == nonced.count("<script") == 2
    policy = copied((await member.get(INSTALL)).text, "policy-text")
    assert policy.splitlines() == [f"{name} http://localhost:8700;" for name in ("script-src", "connect-src", "img-src", "frame-src")]


async def test_a_place_is_added_and_removed_by_people_and_noted(member: httpx.AsyncClient, shop: Shop, house: House):
    assert (await send(member, INSTALL, f"{INSTALL}/places", place=" Beans.Example ")).status_code == 303
    assert (await send(member, INSTALL, f"{INSTALL}/places", place="https://*.kestrel.example")).status_code == 303
    with house.database.tenant_session(shop.tenant_id) as session:
        assert tenant_view(session).allowed_origins == ("https://kestrel.example", "https://beans.example", "https://*.kestrel.example")
    html = (await member.get(INSTALL)).text
    assert "every subdomain of kestrel.example" in html
    await send(member, INSTALL, f"{INSTALL}/places/remove", place="https://beans.example")
    with house.database.tenant_session(shop.tenant_id) as session:
        assert tenant_view(session).allowed_origins == ("https://kestrel.example", "https://*.kestrel.example")
        actions = [entry.action for entry in audit_entries(session, AuditFilter(), limit=50) if entry.action.startswith("widget.")]
    assert sorted(actions) == ["widget.place_allowed", "widget.place_allowed", "widget.place_removed"]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("shop", "not a whole domain"), ("http://shop.example", "must come by https"), ("https://*.myshopify.com", "every shop at"),
        ("https://a.*.example", "only at the front"), ("https://*", "star stands only"), ("ftp://shop.example", "not a web address"),
        ("", "Type the address"), ("https://shop.example:99999", "not a web address"),
    ],
)  # fmt: skip
async def test_what_is_no_place_is_refused_in_words(member: httpx.AsyncClient, shop: Shop, typed: str, why: str):
    answer = await send(member, INSTALL, f"{INSTALL}/places", place=typed)
    assert answer.status_code == 422
    assert why in unescape(answer.text)
    if typed:
        assert f'value="{typed}"' in answer.text


async def test_the_page_says_where_she_was_seen_and_refused(member: httpx.AsyncClient, shop: Shop, house: House, hands: Hands):
    assert "Not seen yet" in (await member.get(INSTALL)).text
    with house.database.tenant_session(shop.tenant_id) as session:
        for origin, is_allowed in (("https://kestrel.example", True), ("https://copycat.example", False)):
            note_sighting(session, origin=origin, employee_id=shop.employee_id, is_allowed=is_allowed, now=hands.now)
    hands.now += timedelta(seconds=12)
    html = (await member.get(INSTALL)).text
    assert re.search(r"Seen on kestrel\.example\s+12 s ago", html)
    assert 'data-refused="https://copycat.example"' in html
    assert (await send(member, INSTALL, f"{INSTALL}/places", place="https://copycat.example")).status_code == 303
    assert "data-refused" not in (await member.get(INSTALL)).text


async def test_the_live_region_is_sent_only_when_something_changed(member: httpx.AsyncClient, shop: Shop):
    first = await member.get(INSTALL, headers={"HX-Request": "true"})
    seen = re.search(r'"X-Seen": "(\w+)"', unescape(first.text))
    assert seen
    again = await member.get(INSTALL, headers={"HX-Request": "true", "X-Seen": seen.group(1)})
    assert (first.status_code, again.status_code) == (200, 204)


async def test_a_shop_without_a_site_has_a_page_a_code_and_a_card(member: httpx.AsyncClient, shop: Shop, house: House):
    html = (await member.get(f"{INSTALL}/page")).text
    assert copied(html, "hosted-address") == f"http://localhost:8700/w/{key_of(house, shop)}/hosted"
    assert 'class="qr' in html
    assert "Ask " in (await member.get(f"{INSTALL}/card")).text


async def test_the_playground_opens_its_policy_for_the_widget_only(member: httpx.AsyncClient, shop: Shop):
    answer = await member.get(f"{INSTALL}/playground", params={"theme": "dark", "mode": "inline", "position": "sideways"})
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self' http://localhost:8700;" in policy
    assert policy.endswith("frame-src http://localhost:8700")
    assert "unsafe" not in policy
    assert 'data-theme="dark" data-mode="inline" data-target="#stage"' in answer.text
    assert "sideways" not in answer.text


async def test_a_secret_is_shown_once_and_the_one_before_last_ends(member: httpx.AsyncClient, shop: Shop, hands: Hands):
    page, made = f"{INSTALL}/visitors", []
    for _ in range(3):
        hands.now += timedelta(minutes=1)
        made.append(copied((await send(member, page, page)).text, "secret"))
    html = (await member.get(page)).text
    assert len(set(made)) == 3
    assert not any(secret in html for secret in made)
    assert [secret[-4:] for secret in reversed(made[1:])] == re.findall(r"vis_…([\w-]{4})", html)
    withdraw = re.search(r'action="([^"]+/withdraw)"', html)
    assert withdraw
    assert (await send(member, page, withdraw.group(1))).status_code == 303
    assert (await send(member, page, withdraw.group(1))).status_code == 404


async def test_the_api_page_says_what_the_types_say_and_the_loader_does(member: httpx.AsyncClient, shop: Shop):
    html, loader = (await member.get(f"{INSTALL}/api")).text, (WIDGET_FOLDER / "loader.js").read_text()
    api = widget_api()
    commands = re.search(r"const commands = \{(.*?)\n  \};", loader, re.DOTALL)
    assert commands
    known = set(re.findall(r"(?:^|[{,]\s)\s*(\w+)(?=[,:] )", commands.group(1), re.MULTILINE)) & {entry.name for entry in api.commands}
    assert known | {"attribution", "visitor"} == {entry.name for entry in api.commands}
    passed_on = re.search(r"const EVENTS = \[(.*?)\]", loader)
    assert passed_on
    own = {"ready", "open", "close", "consent"}
    assert set(re.findall(r'"([\w:]+)"', passed_on.group(1))) | own == {entry.name for entry in api.events}
    for entry in (*api.commands, *api.events, *api.options):
        assert entry.prose.endswith("."), entry.name
        assert entry.name in html
    assert all(entry.example for entry in api.commands)


async def test_the_names_that_travel_are_those_the_connectors_read(member: httpx.AsyncClient, shop: Shop):
    script = copied((await member.get(INSTALL, params={"shop": "shopify"})).text, "cart-text")
    marks = {"tillhand_visitor", "tillhand_click", "tillhand_coupon", "tillhand_work"}
    assert set(re.findall(r"_(tillhand_\w+):", script)) == marks
    visitor, click = new_id(datetime.now(UTC)), new_id(datetime.now(UTC))
    read = read_marks({"_tillhand_visitor": str(visitor), "_tillhand_click": to_public("tch", click), "_tillhand_coupon": "K7"})
    assert (read.visitor_id, read.click_id, read.codes) == (visitor, click, ("K7",))
    assert f'landing.get("{CLICK_PARAMETER}")' in (WIDGET_FOLDER / "loader.js").read_text()
