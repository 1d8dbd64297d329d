"""The page about remembering visitors: off until an owner says so, days refused beside their field, and erased when it is switched off."""

import httpx
from fakes.dashboard_person import send
from fakes.shop_history import Shop
from test_conversations_inbox import audit

from app.conversations.remember import Fact, memory_of, memory_rules, remember_facts
from tenants.identifiers import new_id

PAGE = "/dashboard/memory"


async def test_the_setting_is_kept_and_switching_off_erases(member: httpx.AsyncClient, shop: Shop, now) -> None:
    shown = (await member.get(PAGE)).text
    assert "Nothing is kept before a clear yes" in shown
    assert "0 visitors" in shown
    assert 'name="is_on" value="1" checked' not in shown
    for days in ("", "0", "731", "many", "-3", "1e3"):
        refused = await send(member, PAGE, is_on="1", days_kept=days)
        assert (refused.status_code, "Say a number of days from 1 to 730." in refused.text) == (422, True), days
        assert (f'value="{days}"' in refused.text, 'value="1" checked' in refused.text) == (True, True), "what was typed stays"
    assert (await send(member, PAGE, is_on="1", days_kept="30")).headers["location"] == f"{PAGE}?done=set"
    visitor_id = new_id(now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert (memory_rules(session).is_on, memory_rules(session).days_kept) == (True, 30)
        said = (Fact("name", "Noor", "My name is Noor."),)
        assert remember_facts(session, said, visitor_id=visitor_id, turn_id=visitor_id, consent_sentence="Yes, please.", now=now)
    kept = (await member.get(f"{PAGE}?done=set")).text
    assert ("1 visitor<" in kept, "It holds from the next conversation on." in kept, "Noor" in kept) == (True, True, False), (
        "who they are is not listed"
    )
    await send(member, PAGE, days_kept="30")
    assert "0 visitors" in (await member.get(PAGE)).text
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert not memory_of(session, visitor_id, now=now).is_on
    assert audit(shop).count("memory.rules_set") == 2


async def test_a_clerk_reads_it_and_a_neighbour_has_a_setting_of_its_own(
    member: httpx.AsyncClient, kim: httpx.AsyncClient, shop: Shop, neighbour: Shop
) -> None:  # fmt: skip
    await send(member, PAGE, is_on="1", days_kept="90")
    read = await kim.get(PAGE)
    assert (read.status_code, "An owner can change this." in read.text, 'value="90"' in read.text) == (200, True, True)
    assert "<button" not in read.text.partition('name="is_on"')[2].partition("</section>")[0]
    forged = await kim.post(PAGE, data={"days_kept": "1"})
    assert forged.status_code == 403
    with neighbour.database.tenant_session(neighbour.tenant_id) as session:
        assert not memory_rules(session).is_on
