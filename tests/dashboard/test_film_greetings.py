"""Greetings in the chat on the dashboard: begun with a ready text, switched on once approved, changed, and switched off."""

from datetime import datetime
from html import unescape

import httpx
import pytest
from fakes.dashboard_person import send
from fakes.shop_history import Shop

from app.studio.films import films
from app.studio.greetings import greetings_of
from app.studio.tables import Film
from tenants.identifiers import to_public

PATH = "/dashboard/films/greetings"
LIMITS = {"per_visitor": "2", "per_day": "20", "kept_days": "3"}


async def begun(member: httpx.AsyncClient, shop: Shop) -> str:
    """A birthday film from the ready text, by its public id."""
    answer = await send(member, PATH, employee=to_public("emp", shop.employee_id), occasion="birthday", do="begin")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("/")[-2]


async def test_a_greeting_is_begun_approved_switched_on_changed_and_off(member: httpx.AsyncClient, shop: Shop, now: datetime) -> None:
    assert "Begin with a ready text" in (await member.get(PATH)).text
    film = await begun(member, shop)
    with shop.database.tenant_session(shop.tenant_id) as session:
        (one,) = films(session)
        assert "{name}" in one.script["scenes"][0]["text"]
    fields = {"employee": to_public("emp", shop.employee_id), "occasion": "birthday", "film": film, **LIMITS}
    early = await send(member, PATH, **fields, do="on")
    assert (early.status_code, "Approve the film first" in unescape(early.text)) == (422, True)
    with shop.database.tenant_session(shop.tenant_id) as session:
        session.get_one(Film, (shop.tenant_id, one.film_id)).state = "approved"
    assert (await send(member, PATH, **fields, do="on")).headers["location"] == f"{PATH}?done=on"
    assert "In use" in (await member.get(PATH)).text
    assert (await send(member, PATH, **(fields | {"per_day": "7"}), do="on")).status_code == 303
    with shop.database.tenant_session(shop.tenant_id) as session:
        (had,) = greetings_of(session, shop.employee_id)
        assert (had.occasion, had.limits.per_visitor, had.limits.per_day, had.limits.kept_days, had.is_ready) == ("birthday", 2, 7, 3, True)
    assert (await send(member, PATH, **fields, do="off")).headers["location"] == f"{PATH}?done=off"
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert greetings_of(session, shop.employee_id) == []
    member.cookies.set("tillhand_language", "zh")
    assert "对话中的祝福短片" in (await member.get(PATH)).text


@pytest.mark.parametrize("wrong", [{"per_visitor": "many"}, {"per_day": "0"}, {"kept_days": "61"}, {"film": "wrk_nothing"}, {"film": ""}])
async def test_what_cannot_be_is_told_and_nothing_is_kept(member: httpx.AsyncClient, shop: Shop, wrong: dict[str, str]) -> None:
    film = await begun(member, shop)
    with shop.database.tenant_session(shop.tenant_id) as session:
        session.get_one(Film, (shop.tenant_id, films(session)[0].film_id)).state = "approved"
    fields = {"employee": to_public("emp", shop.employee_id), "occasion": "birthday", "film": film, **LIMITS}
    answer = await send(member, PATH, **(fields | wrong), do="on")
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert greetings_of(session, shop.employee_id) == []
