"""The pages of the shop's own skills: described, refused, tried, switched on, taken away, and all of it written down."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from fakes.dashboard_person import send
from fakes.shop_history import Shop
from fakes.skill_system import SkillSystem, skill_system
from test_conversations_inbox import audit

from app.conversations.beside import beside_of
from app.wiring import House
from tenants.identifiers import to_public


@pytest.fixture(scope="module")
def system() -> Iterator[SkillSystem]:
    with skill_system() as running:
        yield running


@pytest.fixture
def house(house: House) -> House:
    """Webhooks may go to this machine, as in development."""
    return replace(house, settings=house.settings.model_copy(update={"webhooks_to_loopback": True}))


def words(system: SkillSystem) -> dict[str, str]:
    return {
        "name": "Order status", "url": system.url, "examples": "Where is my order?\nTrack my order", "nothing": "No such order.",
        "sentences": "It is {status}.\nIt reaches you on {arrives_on}.", "slot_key_0": "order_number", "slot_kind_0": "order_number",
        "slot_key_1": "email", "slot_kind_1": "email",
    }  # fmt: skip


async def test_a_skill_from_description_to_use(member: httpx.AsyncClient, house: House, shop: Shop, system: SkillSystem, now) -> None:
    place = f"/dashboard/teach/{to_public('emp', shop.employee_id)}/skills"
    assert "No skill has been described yet" in (await member.get(place)).text
    assert "Where is my parcel?" in (await member.get(f"{place}/new?begin=order_status")).text
    for wrong, said in (
        ({"url": "https://10.0.0.7/"}, "not one on the public internet"), ({"sentences": "All is well."}, "must say a field"),
        ({"slot_key_0": "Order Number"}, "small letters"), ({"name": ""}, "Give it a name"),
    ):  # fmt: skip
        refused = await send(member, f"{place}/new", place, **(words(system) | wrong))
        assert (refused.status_code, said in refused.text, "Track my order" in refused.text) == (422, True, True)
    made = await send(member, f"{place}/new", place, **words(system))
    assert made.status_code == 200, made.text
    system.secret = "whsec_" + made.text.partition("whsec_")[2].partition("<")[0]
    own = made.text.partition('href="/dashboard/skills/')[2].partition('"')[0]
    page = f"/dashboard/skills/{own}"
    tried = await send(member, page, f"{page}/try", value_order_number="KC-1042", value_email="ada@example.com")
    assert "It is on its way. It reaches you on 24 November 2026." in tried.text
    assert "skill.tried" in tried.text
    assert "&lt;b&gt;Postbote" in tried.text
    nothing = await send(member, page, f"{page}/try", value_order_number="KC-9", value_email="x")
    assert "No such order." in nothing.text
    with house.database.tenant_session(shop.tenant_id) as session:
        assert beside_of(session, employee_id=shop.employee_id, visitor_id=None, now=now).skills == ()
    assert (await send(member, page, f"{page}/on")).status_code == 303
    with house.database.tenant_session(shop.tenant_id) as session:
        [skill] = beside_of(session, employee_id=shop.employee_id, visitor_id=None, now=now).skills
    assert (skill.description.name, skill.vectors.shape[0]) == ("Order status", 2)
    rotated = await send(member, page, f"{page}/secret")
    assert "signs nothing any more" in rotated.text
    assert "It answered 401" in (await send(member, page, f"{page}/try")).text
    assert (await send(member, f"{page}/change", f"{page}/change", **(words(system) | {"name": "Parcels"}))).status_code == 303
    assert "Parcels" in (await member.get(place)).text
    await send(member, page, f"{page}/remove")
    assert (await member.get(page)).status_code == 404
    told = audit(shop)
    steps = ("added", "tried", "switched_on", "secret_rotated", "changed", "removed")
    assert [told.count(f"skill.{what}") for what in steps] == [1, 3, 1, 1, 1, 1]


async def test_a_neighbour_and_a_clerk_reach_nothing(
    member: httpx.AsyncClient, kim: httpx.AsyncClient, shop: Shop, neighbour: Shop, system: SkillSystem
) -> None:
    place = f"/dashboard/teach/{to_public('emp', shop.employee_id)}/skills"
    assert (await member.get(f"/dashboard/teach/{to_public('emp', neighbour.employee_id)}/skills")).status_code == 404
    assert (await kim.get(place)).status_code == 200
    assert (await kim.get(f"{place}/new")).status_code == 403
    assert (await member.get("/dashboard/skills/skl_0")).status_code == 404
