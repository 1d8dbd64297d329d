"""The page of first words: rules, words, refusals beside their field, and nothing told where nothing is known."""

import httpx
from fakes.dashboard_person import send
from fakes.shop_history import Shop
from test_conversations_inbox import audit

from app.wiring import House
from app.worker.learning_rounds import tally_openings
from tenants.identifiers import to_public


async def test_words_and_rules_are_kept_and_the_effect_is_honest(
    member: httpx.AsyncClient, visitor: httpx.AsyncClient, shop: Shop, neighbour: Shop, house: House
) -> None:
    place = f"/dashboard/teach/{to_public('emp', shop.employee_id)}/openings"
    shown = await member.get(place)
    assert "shows the usual greeting" in shown.text
    assert "No first words were written yet" in shown.text
    await send(member, place, f"{place}/add", text="Good morning!")
    assert "Nobody hears these words yet" in (await member.get(f"{place}?done=added")).text
    first = (await member.get(place)).text.partition("/dashboard/teach/openings/")[2].partition("/")[0]
    await send(member, place, f"/dashboard/teach/openings/{first}/remove")
    rules = {"is_on": "1", "per_week": "3", "quiet_from": "21:00", "quiet_until": "08:00", "days": "0"}
    assert (await send(member, place, **rules)).headers["location"].endswith("done=set")
    for wrong, words in (
        ({"per_week": "many"}, "number of times"),
        ({"quiet_from": "25"}, "time of day"),
        ({"days": "9"}, "at least one day"),
    ):
        refused = await send(member, place, **(rules | wrong))
        assert (refused.status_code, words in refused.text) == (422, True)
    empty = await send(member, place, f"{place}/add", text=" ", page_words="/cart")
    assert (empty.status_code, 'value="/cart"' in empty.text) == (422, True)
    await send(member, place, f"{place}/add", text="Shall I <b>check</b> your size?", page_words="/cart")
    tally_openings(house.database, house.clock)
    listed = (await member.get(place)).text
    assert "Shall I &lt;b&gt;check&lt;/b&gt; your size?" in listed
    assert ("too few have bought" in listed, "Nobody hears these words yet" in listed) == (True, False)
    own = listed.partition("/dashboard/teach/openings/")[2].partition("/")[0]
    assert (await send(member, place, f"/dashboard/teach/openings/{own}/remove")).status_code == 303
    assert (await send(member, place, f"/dashboard/teach/openings/{own}/remove")).status_code == 404
    assert (await member.get(f"/dashboard/teach/{to_public('emp', neighbour.employee_id)}/openings")).status_code == 404
    told = audit(shop)
    assert [told.count(f"opening.{what}") for what in ("rules_set", "added", "removed")] == [1, 2, 2]
