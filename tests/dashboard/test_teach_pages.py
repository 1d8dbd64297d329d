"""The pages of Teach over HTTP: hand in, read in the background, look, replace, remove, undo; golden questions; gaps; the box to ask in."""

import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from fakes.dashboard_person import Hands, sign_in
from fakes.one_app import app_of
from fakes.open_shop import remembering_embedder
from fakes.shop_history import HOUSE_RULES, PASSWORD, Shop
from fakes.teach_school import PUBLIC, School, open_school
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from app.conversations.read import conversations
from app.conversations.teach_upload import uploads
from app.dashboard.routes_teach import teach_path
from app.wiring import House
from tenants.sign_in import add_member

WORD_FILE = Path(__file__).parents[1] / "payloads" / "teach" / "house_rules.docx"


@pytest.fixture
async def school(house: House, shop: Shop, hands: Hands) -> AsyncIterator[School]:
    async with open_school(house, shop, hands) as opened:
        yield opened


def delivery_pdf() -> bytes:
    out, style = io.BytesIO(), getSampleStyleSheet()
    parts = [
        Paragraph("Delivery", style["Title"]),
        Paragraph("Parcels leave the roastery every morning at ten.", style["BodyText"]),
        PageBreak(),
    ]
    parts += [Paragraph("Abroad", style["Heading2"]), Paragraph("We ship to Norway within eight days.", style["BodyText"])]
    SimpleDocTemplate(out).build(parts)
    return out.getvalue()


async def document_of(school: School, name: str) -> str:
    """The address of a document's page, as the list links it."""
    found = re.search(rf'data-document="{re.escape(name)}".*?href="(/dashboard/teach/documents/\w+)"', await school.page(), re.DOTALL)
    assert found, name
    return found.group(1)


async def test_a_pdf_is_handed_in_read_in_the_background_and_understood(school: School) -> None:
    answer = await school.hand_in("delivery.pdf", delivery_pdf(), media_type="application/pdf")
    assert answer.headers["location"] == f"{school.path}?done=handed_in"
    waiting = await school.page()
    assert 'data-upload="delivery.pdf" data-state="waiting"' in waiting
    assert 'data-document="delivery.pdf"' not in waiting
    assert "will be read in a moment" in waiting
    school.work()
    known = await school.page("?done=handed_in")
    assert "will be read in a moment" not in known, "what has been done is not announced"
    assert 'data-document="delivery.pdf" data-version="1"' in known
    assert "data-upload" not in known
    assert "2 pages" in known
    assert "Robin Vale" in known
    page = unescape((await school.client.get(await document_of(school, "delivery.pdf"))).text)
    assert "We ship to Norway within eight days." in page
    assert "Page 2" in page
    found = await school.page("/passages?q=norway+days")
    assert "delivery.pdf" in found
    assert "Page 2" in found
    assert "Nothing that is known holds these words" in await school.page("/passages?q=submarine")


async def test_progress_is_told_page_by_page(school: School) -> None:
    """The reader's process is real; the clock is moved by the embedder, so that every sign of life is written and can be seen."""
    await school.hand_in("delivery.pdf", delivery_pdf(), media_type="application/pdf")
    seen: list[str] = []

    def slow(texts, role):  # type: ignore[no-untyped-def]
        with school.house.database.tenant_session(school.shop.tenant_id) as session:
            (one,) = uploads(session, employee_id=school.shop.employee_id, now=school.hands.now)
            seen.append(f"{one.state} {one.done_count} of {one.whole_count}")
        school.hands.now += timedelta(seconds=2)
        return remembering_embedder(texts, role)

    school.work(slow)
    assert seen == ["reading 1 of 2", "learning 1 of 2"]


async def test_a_price_list_shows_prices_units_and_what_could_not_be_read(school: School) -> None:
    body = b"Product,Price,Unit,In stock\nGreen beans,$21.00,per kg,12\nMug,ask us,,yes\n"
    await school.hand_in("prices.csv", body, called="What it costs")
    school.work()
    page = unescape((await school.client.get(await document_of(school, "What it costs"))).text)
    assert '<data class="money" value="2100">$21.00</data>' in page
    assert re.search(r'data-product="Green beans".*?>kg<', page, re.DOTALL)
    assert re.search(r'data-product="Mug".*?Not said', page, re.DOTALL)
    assert 'Row 3: the price of "Mug" could not be read' in page


async def test_what_cannot_be_taught_is_told_beside_the_form_and_what_was_typed_is_kept(school: School) -> None:
    answer = await school.hand_in("photo.png", b"\x89PNG\r\n", media_type="image/png", called="Our shop")
    assert answer.status_code == 422
    assert "is of type image/png" in answer.text
    assert 'value="Our shop"' in answer.text
    nothing = await school.hand_in("", b"")
    assert "Choose a file, or paste some text." in nothing.text
    huge = await school.client.post(f"{school.path}/documents", content=b"x", headers={"content-length": "999999999"})
    assert (huge.status_code, "too large to be taught at once" in huge.text) == (413, True)
    long = await school.hand_in("", b"", text="word " * 500_001, called="Kept name")
    assert "Please split it" in long.text


async def test_a_scan_is_refused_by_the_worker_in_words_and_put_away(school: School) -> None:
    out = io.BytesIO()
    SimpleDocTemplate(out).build([PageBreak()])
    await school.hand_in("scan.pdf", out.getvalue(), media_type="application/pdf")
    school.work()
    page = await school.page()
    assert 'data-upload="scan.pdf" data-state="refused"' in page
    assert "it was probably scanned" in page
    address = re.search(r'action="(/dashboard/teach/uploads/\w+/dismiss)"', page).group(1)  # type: ignore[union-attr]
    await school.send(address, employee=school.path.rpartition("/")[2])
    assert "scan.pdf" not in await school.page()


async def test_replace_remove_undo_and_go_back_to_an_older_version(school: School) -> None:
    for body in (b"# Parking\n\nPark behind the shop.", b"# Parking\n\nThere is no parking any more."):
        await school.hand_in("parking.md", body)
        school.work()
    address = await document_of(school, "parking.md")
    assert 'data-document="parking.md" data-version="2"' in await school.page()
    removed = await school.send(f"{address}/remove")
    assert removed.headers["location"] == f"{school.path}?done=removed"
    gone = await school.page()
    assert 'data-removed="parking.md"' in gone
    assert 'data-document="parking.md"' not in gone
    await school.send(f"{address}/bring-back")
    assert 'data-document="parking.md" data-version="2"' in await school.page()
    page = (await school.client.get(address)).text
    older = next(one for one in re.findall(r'action="(/dashboard/teach/documents/\w+)/bring-back"', page) if one != address)
    await school.send(f"{older}/bring-back")
    assert 'data-document="parking.md" data-version="1"' in await school.page()
    assert "Park behind the shop." in await school.page("/passages?q=park")
    log = (await school.client.get("/dashboard/audit")).text.casefold()
    assert all(words in log for words in ("document handed in", "document taught", "document removed", "document brought back"))


async def test_ask_her_and_see_the_passage_and_the_route(school: School) -> None:
    await school.hand_in("house_rules.md", HOUSE_RULES + b"\n")  # taught anew, so that its vectors are the words' own
    await school.hand_in("abroad.md", b"# Norway\n\nWe ship to Norway within eight days.")
    school.work()
    page = await school.page("/ask?question=Do+you+ship+to+Norway%3F")
    assert '<p class="bubble bubble-employee">We ship to Norway within eight days.</p>' in page
    assert "Quoted a document" in page
    assert "abroad.md · Norway · version 1" in page
    assert "no language model was called" in page
    unknown = await school.page("/ask?question=Do+you+gift+wrap%3F")
    assert "Said “I do not know”" in unknown
    assert "This is no answer to the question." in unknown
    with school.house.database.tenant_session(school.shop.tenant_id) as session:
        assert conversations(session) == []


async def test_gaps_are_what_shoppers_asked_in_vain(school: School, now) -> None:  # type: ignore[no-untyped-def]
    for question in ("Do you sell tea?", "do you sell tea", "Is there parking?"):
        school.shop.talk(question, ["I do not know."], now=now)
    school.shop.talk("When are you open?", ["On Mondays."], now=now, cited=0)
    page = await school.page("/gaps")
    asked = re.findall(r'data-group="([^"]+)"', page)
    assert [one.casefold().strip("?") for one in asked] == ["do you sell tea", "is there parking"]
    teach = re.findall(r'href="([^"]+/better)"', page)
    assert "sell tea" in (better := (await school.client.get(teach[0])).text)
    assert "I do not know" not in better  # there is nothing to mend
    assert "asked 2 times" in page
    assert "Answers it now" not in page
    await school.hand_in("house_rules.md", HOUSE_RULES + b"\n")
    await school.hand_in("parking.md", b"# Parking\n\nThere is parking behind the shop.")
    school.work()
    again = await school.page("/gaps?again=true")
    assert re.search(r'data-gap="Is there parking\?".*?Answers it now', again, re.DOTALL)
    assert again.count("Still in vain") == 1


@pytest.fixture
async def finance(school: School, now) -> AsyncIterator[httpx.AsyncClient]:  # type: ignore[no-untyped-def]
    with school.house.database.tenant_session(school.shop.tenant_id) as session:
        add_member(session, email="fay@kestrel.example", password=PASSWORD, display_name="Fay", role="finance", now=now)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(school.house)), base_url=PUBLIC) as client:
        await sign_in(client, "fay@kestrel.example")
        yield client


async def test_who_may_not_teach_reads_and_who_may_not_read_talks_sees_no_gaps(school: School, finance: httpx.AsyncClient, now) -> None:  # type: ignore[no-untyped-def]
    school.shop.talk("Do you sell tea?", ["I do not know."], now=now)
    page = (await finance.get(school.path)).text
    assert "house_rules.md" in page
    assert "Teach something" not in page
    assert "Do you sell tea" not in (await finance.get(f"{school.path}/gaps")).text


async def test_another_shops_employee_and_documents_are_not_here(school: School, neighbour: Shop) -> None:
    theirs = teach_path(neighbour.employee_id)
    for path in (theirs, f"{theirs}/golden"):
        assert (await school.client.get(path)).status_code == 404
    assert (await school.send(f"{theirs}/documents", name="x", text="Everything is free.")).status_code == 404


async def test_a_word_file(school: School) -> None:
    await school.hand_in("house_rules.docx", WORD_FILE.read_bytes(), media_type="application/zip")
    school.work()
    page = unescape((await school.client.get(await document_of(school, "house_rules.docx"))).text)
    assert "Monday to Friday: 7:00 to 18:00." in page
    assert "it gives orders instead of facts" in page
