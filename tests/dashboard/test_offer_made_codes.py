"""An offer whose codes are made in the shop's own system: chosen in the form, followed on its page, told by letter when it fails."""

import re
from datetime import timedelta
from typing import Any

import httpx
from fakes.dashboard_person import Hands, send
from fakes.shop_history import Shop
from fakes.till_apis import TOKEN, TillApis, till_apis
from test_offer_pages import FORM, OFFERS, made, words
from test_offer_pages import hand as hand  # noqa: PLC0414 - the fixture of the same shop

from app.flows import VERBS
from billing.connections import ConnectionAccess, create_connection
from billing.connectors.saying import SayOverHttps
from billing.make_codes import TOLD_AFTER_TRIES, make_codes_due
from tenants.mail import kept_letters
from tenants.outbox import deliver_due


def connected(shop: Shop, hands: Hands) -> str:
    access = ConnectionAccess("shopify", "shpss_0123456789abcdef", TOKEN, {})
    with shop.database.tenant_session(shop.tenant_id) as session:
        return create_connection(session, name="Web", channel="web", is_order_book=False, now=hands.now, access=access).public_key


def work(shop: Shop, hands: Hands, apis: TillApis) -> int:
    say: Any = SayOverHttps(is_loopback_allowed=True)
    return make_codes_due(shop.database, shop.tenant_id, clock=lambda: hands.now, say=say, origins={"shopify": apis.url})


async def test_codes_made_in_the_shops_system(member: httpx.AsyncClient, shop: Shop, hands: Hands, hand: dict[str, str]) -> None:
    form = FORM | hand | {"codes": "made", "codes_ready": "2", "currency": "EUR"}
    assert "No connection to Shopify" in (await member.get(f"{OFFERS}/new")).text
    refused = await send(member, f"{OFFERS}/new", **form)
    assert (refused.status_code, "Choose the connection in whose system" in refused.text) == (422, True)
    key = connected(shop, hands)
    unkept = await send(member, f"{OFFERS}/new", **form, made_in=key, floor="1.00")
    assert "Shopify knows no sum that must remain to pay." in words(unkept.text)
    path = await made(member, **hand, codes="made", codes_ready="2", made_in=key, currency="EUR")
    with till_apis() as apis:
        apis.refusal = "Codes are off today."
        for _ in range(TOLD_AFTER_TRIES):
            work(shop, hands, apis)
            hands.now += timedelta(hours=1)
        page = words((await member.get(path)).text)
        assert "No code could be made or ended in Shopify" in page
        assert "Codes are off today." in page
        deliver_due(shop.database, VERBS, clock=lambda: hands.now)
        (letter,) = [one for one in kept_letters(shop.database, limit=9) if "No codes can be made" in one.subject]
        assert "Codes are off today." in letter.body
        apis.refusal = ""
        assert work(shop, hands, apis) == 2
    page = words((await member.get(path)).text)
    assert ("2 codes ready in Shopify" in page, "made in Shopify, 2 kept ready" in page, "No code could" in page) == (True, True, False)
    edit = (await member.get(f"{path}/edit")).text
    assert re.search(r'name="made_in" value="(con_\w+)"', edit)
    answer = await send(
        member, f"{path}/edit", **(form | {"amount": "2.50", "codes_ready": "3", "made_in": key, "version": "1", "valid_days": "7"})
    )
    assert answer.headers["location"] == f"{path}?done=same"
    assert "3 kept ready" in words((await member.get(path)).text)
