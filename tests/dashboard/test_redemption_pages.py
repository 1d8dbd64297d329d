"""A till that cannot ask brings its list: looked at with its columns, booked once, refused in words."""

import html

import httpx
from fakes.dashboard_person import Hands, send
from fakes.shop_history import Shop
from test_offer_pages import give, words

PATH = "/dashboard/redemptions"


async def test_a_list_is_looked_at_and_booked_once(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    code = give(shop, shop.offer_id, hands).code
    assert "/dashboard/redemptions" in (await member.get("/dashboard/offers")).text
    text = f"Gutscheincode;Zeit;Betrag;Bon\n{code};2026-11-20T09:30:00Z;1.50;R-1\nNOBODY-1;2026-11-20;1.00;R-2\n"
    first = await send(member, PATH, text=text)
    assert "Choose the column for: date." in words(first.text)
    columns = {"field_code": "Gutscheincode", "field_date": "Zeit", "field_amount": "Betrag", "field_order": "Bon"}
    shown = html.unescape(words((await send(member, PATH, text=text, **columns)).text))
    assert ("1 redemption would be booked" in shown, "'NOBODY-1' was not handed out here." in shown) == (True, True)
    booked = await send(member, PATH, f"{PATH}/book", text=text, **columns)
    assert "1 redemption was booked." in words(booked.text)
    assert "Everything in the file was known already." in words((await send(member, PATH, f"{PATH}/book", text=text, **columns)).text)
    for action in (PATH, f"{PATH}/book"):
        refused = await send(member, PATH, action, text="code")
        assert (refused.status_code, ">code</textarea>" in refused.text) == (422, True)
