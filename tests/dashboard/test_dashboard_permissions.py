"""Every route says what it needs, and every role is tried on every route: what it may not do is answered by a page that names who can."""

import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fakes.dashboard_person import field, sign_in
from fakes.one_app import app_of
from fakes.shop_history import PASSWORD, Shop
from fastapi.routing import APIRoute

from app.dashboard.permissions import Needs
from app.dashboard.routes import router
from app.dashboard.routes_operator import operator_viewer
from app.dashboard.viewer import viewer_of
from app.wiring import House
from tenants.identifiers import new_id, to_public
from tenants.roles_of_members import ROLES_OF_MEMBERS, Permission, may
from tenants.sign_in import add_member

PUBLIC = "http://127.0.0.1:8700"
OPEN_TO_ALL = {
    "/": "leads to Home, which asks",
    "/dashboard/sign-in": "a door",
    "/dashboard/sign-in/code": "a door",
    "/dashboard/sign-up": "a door",
    "/dashboard/open-shop/{token}": "a door whose key is the token",
    "/dashboard/reset": "a door",
    "/dashboard/reset/{token}": "a door whose key is the token",
    "/dashboard/invitation/{token}": "a door whose key is the token",
    "/dashboard/demo-shop/{token}": "brings a removed demo shop back; the key is the token",
    "/dashboard/language": "the switch of languages is everybody's",
    "/films/{key}": "a published film, for whoever has its address",
    "/films/{key}/film.{kind}": "the same film itself",
    "/films/{key}/embed": "the same film in a page of the shop",
    "/films/{key}/seen": "a view of it, which is a touch of whoever watched",
    "/films/{key}/go": "a click on it, on its way to the shop",
    "/verify": "anybody may ask what a film proves",
    "/mail": "exists on a machine of one's own only",
    "/dashboard/static/{fingerprint}/{name}": "style sheets",
    "/dashboard/{path:path}": "says that nothing is there",
}
OWN_AFFAIRS = {
    "/dashboard/sign-out", "/dashboard/leave", "/dashboard/shops", "/dashboard/shops/switch", "/dashboard/shops/open",
    "/dashboard/security", "/dashboard/security/password", "/dashboard/security/authenticator/offer",
    "/dashboard/security/authenticator/enrol", "/dashboard/security/authenticator/remove", "/dashboard/security/recovery-codes",
    "/dashboard/security/sessions/{sign_in_id}/end", "/dashboard/security/sign-out-everywhere",
}  # fmt: skip
"""What every member may do for themselves."""
ROLES = tuple(ROLES_OF_MEMBERS)
WALKERS = [pytest.param(role, marks=[pytest.mark.long] if role in {"owner", "manager"} else []) for role in ROLES]
"""Whoever may do nearly everything walks longest and can be offered least that is refused."""


def routes_of(router_or_app: object) -> Iterator[APIRoute]:
    for route in getattr(router_or_app, "routes", []):
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes_of(route.original_router)


ALL_ROUTES = list(routes_of(router))


def need_of(route: APIRoute) -> Needs | None:
    """What a route declares, found in its dependencies."""
    found = [one.call for one in route.dependant.dependencies if isinstance(one.call, Needs)]
    assert len(found) <= 1, route.path
    return found[0] if found else None


def test_the_walk_sees_the_whole_dashboard() -> None:
    assert len(ALL_ROUTES) >= 45
    assert {"/dashboard/earnings", "/dashboard/members/invite", "/dashboard/audit.csv"} <= {route.path for route in ALL_ROUTES}


@pytest.mark.parametrize("route", ALL_ROUTES, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_every_route_declares_what_it_needs(route: APIRoute) -> None:
    asks_who = any(one.call is viewer_of for one in route.dependant.dependencies)
    is_operators = any(one.call is operator_viewer for one in route.dependant.dependencies)  # nobody of a shop, whatever their role
    declared = [need_of(route) is not None, route.path in OPEN_TO_ALL, route.path in OWN_AFFAIRS, is_operators]
    assert declared.count(True) == 1
    assert asks_who == (route.path in OWN_AFFAIRS)


@pytest.fixture
async def team(house: House, shop: Shop, now) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """One signed-in client for each role."""
    app, clients = app_of(house), {}
    for role in ROLES:
        if role != "owner":
            with house.database.tenant_session(shop.tenant_id) as session:
                add_member(session, email=f"{role}@kestrel.example", password=PASSWORD, display_name=f"The {role}", role=role, now=now)
        clients[role] = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=PUBLIC)
        answer = await sign_in(clients[role], shop.email if role == "owner" else f"{role}@kestrel.example")
        assert answer.status_code == 303
    yield clients
    for client in clients.values():
        await client.aclose()


PREFIXES = {
    "employee_id": "emp", "order_id": "ord", "event_id": "evt", "conversation_id": "cnv", "person_id": "per",
    "invitation_id": "inv", "api_key_id": "key", "sign_in_id": "sgn", "offer_id": "off", "coupon_id": "cpn",
    "connection_id": "con", "note_id": "nte", "answer_id": "rev", "turn_id": "trn", "film_id": "wrk",
    "render_id": "rnd",
}  # fmt: skip
"""Ids of another kind are unreadable to their page, which is a page too (404); only the permission is asked about here."""


def example_path(route: APIRoute, now) -> str:
    """The route's address with ids of the right shape that nobody has."""
    return re.sub(r"{(\w+)(:\w+)?}", lambda found: to_public(PREFIXES.get(found.group(1), "any"), new_id(now)), route.path)


async def is_refused(client: httpx.AsyncClient, route: APIRoute, now) -> bool:
    answer = await client.request(min(route.methods), example_path(route, now), data={} if "POST" in route.methods else None)
    return answer.status_code == 403 and "Your role may not" in answer.text


async def test_who_may_and_who_may_not_on_every_route(team: dict[str, httpx.AsyncClient], now) -> None:
    """One role of each kind on each route, in turn; every role on every route is a long test."""
    for number, (route, need) in enumerate((route, need_of(route)) for route in ALL_ROUTES):
        for is_allowed in (True, False):
            roles = [role for role in ROLES if need and may(role, need.permission) == is_allowed]
            if roles:
                role = roles[number % len(roles)]
                assert await is_refused(team[role], route, now) != is_allowed, (role, route.path)


@pytest.mark.long
async def test_every_role_on_every_route(team: dict[str, httpx.AsyncClient], now) -> None:
    guarded = [(route, need) for route in ALL_ROUTES if (need := need_of(route))]
    for route, need in guarded:
        for role, client in team.items():
            assert await is_refused(client, route, now) != may(role, need.permission), (role, route.path)
    assert len(guarded) >= 20


async def test_the_refusal_says_who_can(team: dict[str, httpx.AsyncClient]) -> None:
    page = (await team["staff"].get("/dashboard/earnings")).text
    assert "Your role may not see what was earned and paid" in page
    assert "You can ask Robin Vale (owner)" in page
    assert "The finance (finance)" in page


@pytest.mark.parametrize("role", WALKERS)
async def test_no_page_offers_what_its_reader_may_not_press(team: dict[str, httpx.AsyncClient], role: str, shop: Shop, now) -> None:
    """Every link and every form on every page a role may see leads somewhere it may go."""
    talk = shop.talk("Any discount?", ["Yes."], now=now, coupon=True)
    shop.sell("K-1", "12.60", now=now, talk=talk)
    client, seen, waiting = team[role], set(), ["/dashboard" if may(role, Permission.SEE_EARNINGS) else "/dashboard/conversations"]
    while waiting:
        path = waiting.pop()
        answer = await client.get(path, follow_redirects=True)
        assert answer.status_code == 200, (role, path, answer.status_code)
        for method, address in links_and_forms(answer.text):
            if method == "get" and address not in seen:
                seen.add(address)
                waiting.append(address)
            elif method == "post":
                need = next((need_of(route) for route in ALL_ROUTES if "POST" in route.methods and route.path_regex.match(address)), None)
                assert need is None or may(role, need.permission), (role, path, address)
    assert len(seen) >= 6


def links_and_forms(html: str) -> set[tuple[str, str]]:
    """The dashboard's own addresses on a page. Live regions and pictures count too; the filter forms' answers are their own page."""
    links = {("get", found.split("#")[0].replace("&amp;", "&")) for found in re.findall(r'(?:href|hx-get)="(/dashboard[^"]*)"', html)}
    forms = {("post", action) for action in re.findall(r'<form method="post"[^>]*action="([^"]+)"', html)}
    return {one for one in links | forms if "/static/" not in one[1]}


async def test_a_form_needs_the_sessions_secret_after_the_permission(team: dict[str, httpx.AsyncClient]) -> None:
    for path in ("/dashboard/members/invite", "/dashboard/api-keys", "/dashboard/members/second-factor"):
        answer = await team["owner"].post(path, data={"csrf_token": "guessed", "email": "a@b.example", "role": "staff", "name": "x"})
        assert (answer.status_code, "out of date" in answer.text) == (403, True), path


async def test_a_shop_that_requires_an_authenticator_shows_nothing_without(team: dict[str, httpx.AsyncClient]) -> None:
    owner, staff = team["owner"], team["staff"]
    members = (await owner.get("/dashboard/members")).text
    answer = await owner.post("/dashboard/members/second-factor", data={"csrf_token": field(members, "csrf_token"), "required": "true"})
    assert answer.status_code == 303
    for client in (owner, staff):
        for path in ("/dashboard", "/dashboard/conversations", "/dashboard/members", "/dashboard/audit.csv"):
            assert (await client.get(path)).headers.get("location") == "/dashboard/security", path
        region = await client.get("/dashboard/conversations", headers={"HX-Request": "true"})
        assert (region.status_code, region.headers["hx-redirect"]) == (401, "/dashboard/security")
        assert "requires an authenticator" in (await client.get("/dashboard/security")).text
