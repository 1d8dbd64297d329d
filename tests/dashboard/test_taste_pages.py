"""The page of taste: pairs, a proposal, the second look of a colleague, and the way back."""

import html
import re

import httpx
from fakes.dashboard_person import send
from fakes.shop_history import Shop
from test_conversations_inbox import audit

from tenants.identifiers import to_public


async def test_a_taste_from_pairs_to_use_and_back(member: httpx.AsyncClient, kim: httpx.AsyncClient, shop: Shop) -> None:
    place = f"/dashboard/teach/{to_public('emp', shop.employee_id)}/taste"
    assert "No version yet" in (await member.get(place)).text
    refused = await send(member, place, f"{place}/propose")
    assert (refused.status_code, "Tell some more" in refused.text) == (409, True)
    for _ in range(26):
        shown = (await member.get(place)).text
        pairs = re.findall(r'name="better" value="([^"]*)"><input type="hidden" name="worse" value="([^"]*)"', shown)
        better, worse = next((one for one in pairs if "follow_up" in one[0] or "warm" in one[0]), pairs[-1])
        assert (await send(member, place, f"{place}/pair", better=html.unescape(better), worse=html.unescape(worse))).status_code == 303
    same = await send(member, place, f"{place}/pair", better="warm", worse="warm")
    assert same.status_code == 303
    await send(member, place, f"{place}/propose")
    version = re.search(r'taste/(tst_\w+)/approve"', (await member.get(place)).text)
    assert version
    alone = await send(member, place, f"{place}/{version[1]}/approve")
    assert (alone.status_code, "Somebody else has to look" in alone.text) == (409, True)
    assert (await send(kim, place, f"{place}/{version[1]}/approve")).status_code == 303
    used = (await member.get(place)).text
    assert "In use" in used
    assert "Is there anything else you would like to know?" in used
    await send(kim, place, f"{place}/plain")
    assert (await send(kim, place, f"{place}/{version[1]}/back")).status_code == 303
    assert (await send(kim, place, f"{place}/{version[1]}/explode")).status_code == 404
    choice = re.search(r"taste-choices/(tch_\w+)/withdraw", used)
    assert choice
    assert (await send(member, place, f"/dashboard/teach/taste-choices/{choice[1]}/withdraw")).status_code == 303
    told = audit(shop)
    steps = ("choice_told", "proposed", "approved", "brought_back", "choice_withdrawn")
    assert [told.count(f"taste.{what}") for what in steps] == [26, 1, 1, 2, 1]
