"""Bills as people see and settle them: the list, one bill, its document, paid and taken back, particulars, the limit, the method."""

import io
import re
from uuid import UUID

import httpx
import pytest
from fakes.billed_shop import billed_shop, work
from fakes.dashboard_person import Hands, send
from fakes.dashboard_person import sign_in as enter
from fakes.one_app import app_of
from fakes.shop_history import PASSWORD, Shop
from fakes.stripe_fake import KEY, stripe_fake
from fakes.stripe_fake_books import SECRET
from pypdf import PdfReader

from app.dashboard.letters import compose
from app.settings import Settings
from app.wiring import House
from billing.read_bills import BillView, bills
from tenants.identifiers import to_public
from tenants.sign_in import add_member

HERE = "/dashboard/bills"


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ")


@pytest.fixture
def billed(house: House, tenant_id: UUID) -> Shop:
    return billed_shop(house.database, tenant_id)


@pytest.fixture
async def owner(visitor: httpx.AsyncClient, billed: Shop) -> httpx.AsyncClient:
    assert (await enter(visitor, billed.email)).status_code == 303
    return visitor


def bills_of(shop: Shop, hands: Hands) -> list[BillView]:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return bills(session, now=hands.now)


async def test_bills_are_listed_opened_downloaded_marked_as_paid_and_opened_again(owner: httpx.AsyncClient, billed: Shop, hands: Hands):
    later, first = bills_of(billed, hands)
    listed = words((await owner.get(HERE)).text)
    assert "Overdue" in listed
    assert f"Bill {first.number} was to be paid by 17 November 2026." in listed
    assert "$30.00" in listed
    own = f"{HERE}/{to_public('stm', first.statement_id)}"
    opened = (await owner.get(own)).text
    assert "Amara: Share of sales" in words(opened)
    assert "IBAN IE29" in words(opened)
    assert f"/dashboard/payslips/{to_public('emp', billed.employee_id)}?month=2026-08" in opened
    paper = await owner.get(f"{own}/invoice.pdf")
    told = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages)
    for part in (first.number, "IE6388047V", "Kestrel Coffee & Snacks", "30.00 USD", "2026-11-17", "IBAN"):
        assert part in told
    assert (await send(owner, own, f"{own}/paid", paid_on="tomorrow", reference="x")).status_code == 422
    early = await send(owner, own, f"{own}/paid", paid_on="2026-11-01", reference="TR 17")
    assert (early.status_code, "was not written yet" in early.text, 'value="TR 17"' in early.text) == (422, True, True)
    assert (await send(owner, own, f"{own}/paid", paid_on="2026-11-19", reference="TR 17")).status_code == 303
    assert "Reference: TR 17." in words((await owner.get(f"{own}?done=paid")).text)
    assert [one.state for one in bills_of(billed, hands)] == ["overdue", "paid"]
    work(billed.database, hands.now)
    assert f"Your bill {first.number} is paid" in (await owner.get("/mail")).text
    assert (await send(owner, own, f"{own}/unpaid")).status_code == 303
    assert (await send(owner, own, f"{own}/unpaid")).status_code == 422
    history = words((await owner.get(own)).text)
    assert "The mark that it was paid was taken back by Robin Vale" in history
    audit = words((await owner.get("/dashboard/audit")).text)
    assert "bill.marked_paid" in audit or "Bill marked paid" in audit
    assert (await owner.get(f"{HERE}/{to_public('stm', UUID(int=1))}")).status_code == 404
    assert later.number != first.number


async def test_what_bills_are_made_out_to_and_the_limit_say_beside_the_field_what_is_wrong(owner: httpx.AsyncClient, billed: Shop):
    page = f"{HERE}/details"
    given = {
        "legal_name": "Kestrel GmbH",
        "address": "Weg 1\n10115 Berlin",
        "country": "DE",
        "tax_id": "DE136695976",
        "email": "money@k.example",
    }
    wrong = await send(owner, page, **(given | {"tax_id": "DE136695977"}))
    assert wrong.status_code == 422
    assert re.search(r'id="tax_id-wrong"[^>]*>This cannot be a tax number of DE', wrong.text)
    assert 'value="Kestrel GmbH"' in wrong.text
    assert (await send(owner, page, **(given | {"email": "nobody"}))).status_code == 422
    assert (await send(owner, page, **given)).headers["location"] == f"{HERE}?done=details"
    assert "Kestrel GmbH Weg 1, 10115 Berlin, DE · DE136695976" in words((await owner.get(HERE)).text)
    limit = f"{HERE}/limit"
    assert (await send(owner, limit, amount="much", currency="USD")).status_code == 422
    assert (await send(owner, limit, amount="0", currency="USD")).status_code == 422
    assert (await send(owner, limit, amount="500", currency="USD", at_limit="stop")).headers["location"] == f"{HERE}?done=limit"
    assert "At the limit no more offers are handed out." in words((await owner.get(limit)).text)
    assert (await send(owner, limit, amount="", currency="USD")).headers["location"] == f"{HERE}?done=no_limit"
    assert "By transfer" in words((await owner.get(f"{HERE}/method")).text)
    assert (await send(owner, limit, f"{HERE}/method")).status_code == 404


async def test_staff_see_no_bills_and_readers_change_none(house: House, billed: Shop, now):
    for role, status, change in (("staff", 403, 403), ("read_only", 200, 403), ("finance", 200, 303)):
        with house.database.tenant_session(billed.tenant_id) as session:
            add_member(session, email=f"{role}@kestrel.example", password=PASSWORD, display_name=role, role=role, now=now)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(house)), base_url="http://127.0.0.1:8700") as client:
            await enter(client, f"{role}@kestrel.example")
            assert (await client.get(HERE)).status_code == status, role
            page = (await client.get("/dashboard/security")).text
            token = re.search(r'name="csrf_token" value="([^"]+)"', page)
            assert token
            asked = await client.post(f"{HERE}/limit", data={"csrf_token": token[1], "amount": "9", "currency": "USD"})
            assert asked.status_code == change, role


async def test_the_payment_method_is_left_at_stripe_and_its_messages_are_heard(house: House, billed: Shop, hands: Hands, tmp_path):
    with stripe_fake() as fake:
        settings = Settings(data_folder=tmp_path, public_url="http://127.0.0.1:8700", stripe_key=KEY, stripe_webhook_secret=SECRET)
        stripe_house = House(settings, house.database, house.clock, house.embed, house.voice, tmp_path)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(stripe_house)), base_url="http://127.0.0.1:8700") as client:
            await enter(client, billed.email)
            assert "Leave a payment method" in (await client.get(f"{HERE}/method")).text
            message, signature = b"{}", "t=1,v1=00"
            refused = await client.post("/api/v1/payments/stripe", content=message, headers={"Stripe-Signature": signature})
            assert refused.status_code == 401
            fake.books.now = int(hands.now.timestamp())
            fake.books.add("x", "x")
            fake.books.tell("invoice.paid", {"metadata": {}})
            ((message, signature),) = fake.books.deliveries()
            heard = await client.post("/api/v1/payments/stripe", content=message, headers={"Stripe-Signature": signature})
            assert (heard.status_code, heard.json()) == (200, {"new": False})
            assert (await client.get(f"{HERE}/method?back=1")).headers["location"] == f"{HERE}?done=method"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(house)), base_url="http://127.0.0.1:8700") as plain:
        assert (await plain.post("/api/v1/payments/stripe", content=b"{}")).status_code == 404


@pytest.mark.parametrize("state", ["open", "failing", "overdue", "uncollectible", "charged_back", "paid", "credited"])
def test_letters_about_bills_say_what_happened_and_what_to_do(state: str):
    about = {"shop_name": "Kestrel", "number": "T1-0001", "period": "2026-10", "amount": "30.00 EUR", "due": "2026-11-17"}
    letter = compose("bill_changed", "ada@k.example", state=state, page_url="https://pay.example/1", is_charged=state == "failing", **about)
    assert "T1-0001" in letter.subject
    assert "30.00 EUR" in letter.body
    assert ("https://pay.example/1" in letter.body) == (state in ("open", "failing", "overdue", "uncollectible"))


@pytest.mark.parametrize(
    ("percent", "stops", "said"), [(80, False, "80 %"), (100, True, "no more offers"), (100, False, "nothing is stopped")]
)
def test_letters_about_the_limit_say_what_stops(percent: int, stops: bool, said: str):
    about = {"shop_name": "Kestrel", "period": "2026-11", "spent": "80.00 EUR", "limit": "100.00 EUR"}
    letter = compose("spending_reached", "ada@k.example", percent=percent, stops_offers=stops, **about)
    assert said in letter.subject + letter.body
