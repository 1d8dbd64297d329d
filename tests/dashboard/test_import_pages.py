"""A file of sales, brought by clicking: its columns guessed, looked at, corrected, imported, watched, and brought again."""

import httpx
from fakes.dashboard_person import field

from app.wiring import House
from billing.handle_inbox import handle_inbox

FILE = "Bon;Datum;Betrag;MwSt\n1;20.11.2026 08:00;12,00;2,00\n2;20.11.2026 08:05;viel;0,00\n"
CHOSEN = {
    "field_order": "Bon",
    "field_date": "Datum",
    "field_amount": "Betrag",
    "currency": "EUR",
    "day_format": "day_first",
    "decimal_mark": ",",
}


async def bring(member: httpx.AsyncClient, address: str, content: bytes) -> httpx.Response:
    page = await member.get(address)
    data = {
        "connection": field(page.text, "connection") if 'name="connection" value' in page.text else "",
        "csrf_token": field(page.text, "csrf_token"),
    }
    data["connection"] = address.partition("connection=")[2]
    return await member.post("/dashboard/imports/new", data=data, files={"file": ("kasse.csv", content, "text/csv")})


async def test_a_file_is_brought_looked_at_and_told(member: httpx.AsyncClient, house: House) -> None:
    assert "No file was brought yet" in (await member.get("/dashboard/imports")).text
    assert "First make a connection" in (await member.get("/dashboard/imports/new")).text
    page = await member.get("/dashboard/connections/new/csv")
    made = await member.post("/dashboard/connections/new/csv", data={
        "name": "Till", "channel": "till", "is_order_book": "true", "csrf_token": field(page.text, "csrf_token"),
    })  # fmt: skip
    assert made.status_code == 303
    address = made.headers["location"]
    refused = await bring(member, address, b"only one line")
    assert (refused.status_code, "first line" in refused.text) == (422, True)
    draft = (await bring(member, address, FILE.encode())).headers["location"]
    guessed = (await member.get(draft)).text
    assert '<option value="Bon" selected>' in guessed
    assert "2 rows cannot be read" in guessed, "days are not written as guessed"
    seen = await member.get(draft, params=CHOSEN)
    assert "It would tell 1 order or refund" in seen.text
    assert "&#39;viel&#39; is not an amount of EUR." in seen.text
    run = await member.post(f"{draft}/run", data={**CHOSEN, "csrf_token": field(seen.text, "csrf_token")})
    assert run.status_code == 303
    assert "0 of 1 are read" in (await member.get(draft)).text
    handle_inbox(house.database, clock=house.clock)
    assert "1 order or refund is read" in (await member.get(draft)).text
    twice = await member.post(f"{draft}/run", data={**CHOSEN, "csrf_token": field(seen.text, "csrf_token")})
    assert (twice.status_code, "imported already" in twice.text) == (422, True)
    assert "kasse.csv" in (await member.get("/dashboard/imports")).text
    assert "order.paid" in (await member.get("/dashboard/deliveries")).text
    again = (await bring(member, address, FILE.encode())).headers["location"]
    assert "It would tell 1 order or refund" in (await member.get(again)).text, "read as the till's last file was, without asking"
