"""Every page of the dashboard, found from its routes, with addresses that exist in a furnished shop.

A route whose ids the shop cannot give is an error: a page nobody visits is a page nobody looks after.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import text

from tenants.identifiers import to_public

NO_PAGE: Final = re.compile(
    r"\.(csv|wav|webp|txt|py|\{kind\}|\{ending\}|svg|png|pdf|jsonl|mp4|vtt|js)$|/bytes$|/files/\{version\}/|/speech\.json$"
    r"|/go$|\.zip$|/pictures/\{name\}$|/static/|^/$|\{path:path\}$|^/dashboard/language$"
)
"""Files, what leads on to another page, and the page for addresses that lead nowhere."""

NEWEST: Final[Mapping[str, tuple[str, str, str]]] = {
    "conversation_id": ("cnv", "conversation", "conversation_id"),
    "turn_id": ("trn", "turn", "turn_id"),
    "answer_id": ("rev", "reviewed_answer", "answer_id"),
    "order_id": ("ord", "shop_order", "order_id"),
    "statement_id": ("stm", "statement", "statement_id"),
    "bill_id": ("stm", "bill", "statement_id"),
    "endpoint_id": ("end", "outgoing_endpoint", "endpoint_id"),
    "message_id": ("msg", "outgoing_message", "message_id"),
    "dispute_id": ("dsp", "dispute", "dispute_id"),
    "event_id": ("evt", "inbound_event", "event_id"),
    "import_id": ("imp", "order_import", "import_id"),
    "document_id": ("doc", "document", "document_id"),
    "offer_id": ("off", "offer", "offer_id"),
    "coupon_id": ("cpn", "coupon", "coupon_id"),
    "film_id": ("wrk", "film", "film_id"),
    "batch_id": ("fbt", "film_batch", "batch_id"),
    "concept_id": ("cpt", "film_concept", "concept_id"),
    "face_id": ("fce", "casting", "casting_id"),
    "skill_id": ("skl", "shop_skill", "skill_id"),
}
"""For an id in an address: its prefix, and the table and column whose newest row is visited."""
OF_SAME: Final = {"turn_id": "conversation_id", "coupon_id": "offer_id"}
"""These are visited together with the row they belong to."""
FIXED: Final = {"kind": "generic", "job_id": "shop_seller", "number": "1"}
DOORS: Final = ("sign-in", "sign-up", "reset", "open-shop", "invitation", "demo-shop")


@dataclass(frozen=True)
class Stop:
    """A page of the tour: its route, its address, whether it is for people who are not signed in."""

    route: str
    path: str
    is_door: bool = False

    @property
    def name(self) -> str:
        """A file's name for it."""
        plain = re.sub(r"\{\w+\}", "one", self.route.removeprefix("/dashboard"))
        return re.sub(r"\W+", "-", plain).strip("-") or "home"


def tour(router: APIRouter, shop: Any) -> list[Stop]:
    """Every page with an address in the shop (fakes.furnished_shop.Furnished); raises AssertionError naming what cannot be visited."""
    stops, lost = [], []
    for route in sorted({one.path for one in _routes(router) if "GET" in one.methods and not NO_PAGE.search(one.path)}):
        try:
            stops.append(Stop(route, _address(route, shop), _is_door(route)))
        except LookupError as missing:
            lost.append(f"{route} ({missing})")
    assert not lost, f"Give these pages something to show in tests/fakes/furnished_shop.py, or their ids a table here: {lost}"
    return stops


def _is_door(route: str) -> bool:
    return route in {"/mail", "/verify"} or route.removeprefix("/dashboard/").split("/")[0] in DOORS


def _routes(router: Any) -> Iterator[APIRoute]:
    for route in getattr(router, "routes", []):
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from _routes(route.original_router)


def _address(route: str, shop: Any) -> str:
    if route.startswith("/films/"):
        return route.replace("{key}", _published(shop))
    with_query = _with_query(route, shop)
    if with_query:
        return with_query
    address, names = route, re.findall(r"\{(\w+)\}", route)
    if "token" in names:
        return address.replace("{token}", shop.tokens[route.split("/")[2]])
    if "employee_id" in names:
        address = address.replace("{employee_id}", to_public("emp", _employee_of(route, shop)))
    for name in (name for name in names if name in FIXED):
        address = address.replace(f"{{{name}}}", FIXED[name])
    wanted = [name for name in names if f"{{{name}}}" in address]
    return address.format(**_newest(shop, wanted)) if wanted else address


def _published(shop: Any) -> str:
    with shop.database.tenant_session(shop.tenant_id) as session:
        found = session.scalar(text("SELECT public_key FROM film WHERE public_key IS NOT NULL LIMIT 1"))
    if found is None:
        raise LookupError("the shop has no published film")
    return str(found)


def _employee_of(route: str, shop: Any) -> UUID:
    if route.endswith("/probation"):
        return shop.beginner_id
    return shop.applicant_id if re.search(r"/employees/.*/(contract|interview)$", route) else UUID(shop.account.employee_id)


def _with_query(route: str, shop: Any) -> str:
    if route != "/dashboard/disputes/new":
        return ""
    sold = "SELECT order_id, contract_version_id FROM attribution_credit ORDER BY order_id DESC LIMIT 1"
    with shop.database.tenant_session(shop.tenant_id) as session:
        order_id, version_id = session.execute(text(sold)).one()
    return f"{route}?order={to_public('ord', order_id)}&version={to_public('ver', version_id)}"


def _newest(shop: Any, names: list[str]) -> dict[str, str]:
    """Public ids for the names in an address; a row and what it belongs to come together."""
    if names == ["connection_id"]:
        return {"connection_id": shop.account.connection_key}
    leading = next((name for name in names if name in OF_SAME and OF_SAME[name] in names), names[-1])
    if leading not in NEWEST or not set(names) <= set(NEWEST):
        raise LookupError(f"nothing is known about {names}")
    _, table, key = NEWEST[leading]
    columns = ", ".join(NEWEST[name][2] for name in names)
    with shop.database.tenant_session(shop.tenant_id) as session:
        row = session.execute(text(f"SELECT {columns} FROM {table} ORDER BY {key} DESC LIMIT 1")).one_or_none()
    if row is None:
        raise LookupError(f"the shop has no {table}")
    return {name: to_public(NEWEST[name][0], value) for name, value in zip(names, row, strict=True)}
