"""The inbox and the desk over HTTP: who waits first, filters, taking over, writing, handing back, notes, flags, and reviewed answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
from fakes.dashboard_person import Hands, field, send
from fakes.shop_history import Shop
from sqlalchemy import select

from app.conversations.record import leave_message
from app.conversations.teach import teach_document
from app.conversations.thoughts import WANTS_PERSON_STEP, Routed, Said
from app.speaking import stream, turns, wire
from app.speaking.voicing.audio_store import Piece
from app.wiring import House
from billing.attribution.tables import ConversationFlag, InsiderRow
from tenants.identifiers import new_id, to_public
from tenants.tables import AuditLog


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ")


@dataclass
class Panel:
    """A shopper's line, without a browser: asks, and reads what came down."""

    shop: Shop
    conversation_id: UUID
    address: str

    def ask(self, text: str, said: str = "", *, step: str = "rule", now, key: str = "") -> UUID:
        """Ask; unless a person holds the conversation she answers `said`."""
        with self.shop.database.tenant_session(self.shop.tenant_id) as session:
            turn_id, errand = turns.ask(session, conversation_id=self.conversation_id, message_key=key or text, text=text, now=now)
            if errand is not None and said:
                drafts = [wire.route([Routed(step, 900_000, "because", 1200)]), wire.sentence(0, 0, Said(said), Piece(said), "en")]
                turns.end_turn(session, conversation_id=self.conversation_id, turn_id=turn_id, drafts=drafts, now=now)
        return turn_id

    def events(self, now) -> list[stream.StreamEvent]:
        with self.shop.database.tenant_session(self.shop.tenant_id) as session:
            return list(stream.glance(session, conversation_id=self.conversation_id, reader=0, after=2, now=now).events)


@pytest.fixture
def open_panel(shop: Shop, now) -> Callable[..., Panel]:
    def opened(at=now) -> Panel:
        with shop.database.tenant_session(shop.tenant_id) as session:
            errand = turns.open_talk(session, employee_id=shop.employee_id, visitor_id=new_id(at), page_url="", language="en", now=at)
            turns.end_turn(session, conversation_id=errand.conversation_id, turn_id=errand.turn_id, drafts=[], now=at)
        return Panel(shop, errand.conversation_id, f"/dashboard/conversations/{to_public('cnv', errand.conversation_id)}")

    return opened


def states(html: str) -> list[tuple[str, str]]:
    """Each line of the inbox: its state and its words."""
    return re.findall(r'data-state="(\w+)".*?talk-link"[^>]*>([^<]*)<', html, re.DOTALL)


def audit(shop: Shop) -> list[str]:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return [row.action for row in session.scalars(select(AuditLog).order_by(AuditLog.recorded_at, AuditLog.entry_id))]


async def test_who_waits_stands_first_and_what_is_over_last(member: httpx.AsyncClient, shop: Shop, open_panel, hands: Hands, now) -> None:
    shop.talk("Long ago?", ["Yes."], now=now - timedelta(days=1), cited=0)
    open_panel().ask("Do you deliver?", "Within the city.", now=now)
    waiting = open_panel(now - timedelta(hours=3))
    waiting.ask("A person, please", "I will pass it on.", step=WANTS_PERSON_STEP, now=now - timedelta(hours=3))
    page = await member.get("/dashboard/conversations")
    assert states(page.text) == [("waiting", "A person, please"), ("running", "Do you deliver?"), ("over", "Long ago?")]
    assert 'data-waiting="1"' in page.text
    hands.now = now + timedelta(minutes=11)
    assert states((await member.get("/dashboard/conversations")).text)[1] == ("over", "Do you deliver?")
    assert (await send(member, waiting.address, waiting.address + "/settle")).status_code == 303
    assert [state for state, _ in states((await member.get("/dashboard/conversations")).text)] == ["over"] * 3
    assert audit(shop)[-1] == "conversation.dealt_with"


async def test_filters_and_search_narrow_the_list(member: httpx.AsyncClient, shop: Shop, open_panel, now) -> None:
    at = now - timedelta(days=2)
    shop.talk("Any discount?", ["Here is 10 % off."], now=at, coupon=True)
    shop.talk("Do you sell canoes?", ["I do not know that one."], now=at + timedelta(minutes=1))
    shop.talk("Are you open on Sunday?", ["On Sundays we roast, 100 %_fresh."], now=at + timedelta(minutes=2), cited=0)

    async def found(**query: str) -> list[str]:
        answer = await member.get("/dashboard/conversations", params=query)
        assert answer.status_code == 200
        return [text for _, text in states(answer.text)]

    assert await found(kind="coupon") == ["Any discount?"]
    assert await found(kind="unanswered") == ["Do you sell canoes?"]
    assert await found(kind="flagged") == []
    assert await found(words="SUNDAYS WE") == ["Are you open on Sunday?"]
    assert await found(words="canoe") == ["Do you sell canoes?"]
    assert await found(words="%_fresh") == ["Are you open on Sunday?"]
    assert await found(words="sentences") == []  # the record's own words are not what was said
    assert len(await found(employee=to_public("emp", shop.employee_id))) == 3
    assert await found(employee=to_public("emp", new_id(now))) == []
    assert len(await found(employee="nonsense", kind="nonsense")) == 3
    page = (await member.get("/dashboard/conversations?words=nothing+like+it")).text
    assert "No conversation fits" in page


async def test_the_list_of_what_is_over_goes_on(member: httpx.AsyncClient, shop: Shop, now) -> None:
    for number in range(45):
        shop.talk(f"Question {number}?", ["Yes."], now=now - timedelta(days=1, minutes=number), cited=0)
    seen, address = [], "/dashboard/conversations?words=question"
    for _page in range(2):
        html = (await member.get(address)).text
        seen += [text for _, text in states(html)]
        older = re.search(r'href="(/dashboard/conversations\?[^"]*before=[^"]+)"', html)
        address = older.group(1).replace("&amp;", "&") if older else ""
    assert seen == [f"Question {number}?" for number in range(45)]
    assert address == ""


async def test_take_over_write_and_hand_back(
    member: httpx.AsyncClient, kim: httpx.AsyncClient, open_panel, shop: Shop, hands: Hands
) -> None:
    panel = open_panel()

    def later() -> datetime:
        hands.now += timedelta(seconds=10)
        return hands.now

    panel.ask("Is the blue one left?", "I do not know that one.", step="unknown", now=hands.now)
    later()
    assert (await send(member, panel.address, panel.address + "/take-over")).status_code == 303
    page = (await member.get(panel.address)).text
    assert "Write as Robin" in page
    refused = await send(kim, panel.address, panel.address + "/take-over")
    assert (refused.status_code, "Robin holds this conversation" in refused.text) == (409, True)
    key = field(page, "message_key")
    later()
    for _again in range(2):  # the same form twice is one message
        answer = await send(member, panel.address, panel.address + "/say", text="Yes, two.\nShall I keep one?", message_key=key)
        assert answer.status_code == 303
    panel.ask("Please do", now=later())
    assert "Robin Vale took over" in words((await kim.get(panel.address)).text)
    later()
    assert [event.kind for event in panel.events(hands.now) if event.kind in {"agent", "handover"}] == ["handover", "agent"]
    empty = await send(member, panel.address, panel.address + "/say", text="  ", message_key="k2")
    assert (empty.status_code, "Nothing was sent" in empty.text) == (409, True)
    assert (await send(member, panel.address, panel.address + "/hand-back")).status_code == 303
    late = await send(member, panel.address, panel.address + "/say", text="One more <thing>", message_key="k3")
    assert (late.status_code, "One more &lt;thing&gt;" in late.text) == (409, True)
    assert "its employee answers again" in late.text
    said = words((await kim.get(panel.address)).text)
    assert said.index("Is the blue one left?") < said.index("took over") < said.index("Yes, two.") < said.index("Please do")
    assert said.index("Please do") < said.index("Robin handed back to Amara")
    assert [action for action in audit(shop) if "conversation" in action] == ["conversation.taken_over", "conversation.handed_back"]


async def test_a_colleague_may_be_relieved(member: httpx.AsyncClient, kim: httpx.AsyncClient, open_panel, now) -> None:
    panel = open_panel()
    await send(member, panel.address, panel.address + "/take-over")
    page = (await kim.get(panel.address)).text
    assert "Relieve Robin" in page
    assert (await send(kim, panel.address, panel.address + "/take-over", instead_of=field(page, "instead_of"))).status_code == 303
    late = await send(member, panel.address, panel.address + "/say", text="Hello?", message_key="k")
    assert "Kim holds it now" in late.text
    assert "readonly>Hello?</textarea>" in late.text


async def test_somebody_looking_is_somebody_there(member: httpx.AsyncClient, open_panel, house: House, shop: Shop, now) -> None:
    from app.conversations.presence import somebody_is_there

    async def there() -> bool:
        return await house.run(shop.tenant_id, somebody_is_there, now=now)

    await member.get("/dashboard/team")
    assert not await there()
    await member.get("/dashboard/conversations")
    assert await there()


async def test_a_message_left_waits_until_it_is_dealt_with(member: httpx.AsyncClient, open_panel, shop: Shop, now) -> None:
    panel = open_panel()
    turn_id = panel.ask("Do you roast for cafés?", "I do not know that one.", step="unknown", now=now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        leave_message(session, turn_id=turn_id, text="Please write: ines@example.org", now=now)
    page = (await member.get("/dashboard/conversations?kind=waiting")).text
    assert states(page) == [("waiting", "Do you roast for cafés?")]
    assert "Left a message" in page
    await send(member, panel.address, panel.address + "/settle")
    assert states((await member.get("/dashboard/conversations?kind=waiting")).text) == []


async def test_notes_are_for_colleagues_and_can_be_brought_back(member: httpx.AsyncClient, kim: httpx.AsyncClient, open_panel, now) -> None:
    panel = open_panel()
    panel.ask("Hello?", "Hello.", now=now)
    before = panel.events(now)
    assert (await send(kim, panel.address, panel.address + "/notes", text="Asked twice already.")).status_code == 303
    empty = await send(kim, panel.address, panel.address + "/notes", text=" ")
    assert (empty.status_code, "No note was kept" in empty.text) == (409, True)
    page = (await member.get(panel.address)).text
    assert "Kim Low" in page
    assert panel.events(now) == before
    remove = re.search(r'action="([^"]+/notes/nte_\w+/remove)"', page).group(1)
    gone = await send(member, panel.address, remove)
    page = (await member.get(gone.headers["location"])).text
    assert "Asked twice already." not in page
    await send(member, panel.address, re.search(r'action="([^"]+/bring-back)"', page).group(1))
    assert "Asked twice already." in (await kim.get(panel.address)).text


async def test_a_machine_and_one_of_us_are_told_to_the_counting_house(member: httpx.AsyncClient, shop: Shop, hands: Hands, now) -> None:
    """Both facts reckon the orders afresh: what was earned is gone, and comes back when the fact is taken back."""
    at = now - timedelta(days=2)
    talk = shop.talk("Any discount?", ["Here is 10 % off."], now=at, coupon=True)
    shop.sell("K-1", "40.00", now=at + timedelta(minutes=9), talk=talk)
    address = f"/dashboard/conversations/{to_public('cnv', talk.conversation_id)}"
    assert "$4.00" in (await member.get(address)).text
    assert (await send(member, address, address + "/insider", who="staff")).status_code == 303
    assert "$4.00" not in (await member.get(address)).text
    assert "A buyer like any other" in (await member.get(address)).text
    hands.now += timedelta(minutes=1)  # the latest mark stands
    await send(member, address, address + "/insider", who="nobody")
    assert "$4.00" in (await member.get(address)).text
    assert (await send(member, address, address + "/flag", flag="bot")).status_code == 303
    assert states((await member.get("/dashboard/conversations?kind=flagged")).text) == [("over", "Any discount?")]
    assert "It was a person" in (await member.get(address)).text
    await send(member, address, address + "/flag", flag="person")
    assert states((await member.get("/dashboard/conversations?kind=flagged")).text) == []
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert [row.flag for row in session.scalars(select(ConversationFlag).order_by(ConversationFlag.flagged_at))] == ["bot", "person"]
        assert sorted(row.who for row in session.scalars(select(InsiderRow))) == ["nobody", "staff"]
    nowhere = f"/dashboard/conversations/{to_public('cnv', new_id(now))}"
    assert (await send(member, address, nowhere + "/flag", flag="bot")).status_code == 404
    assert [audit(shop).count(action) for action in ("insider.marked", "conversation.flagged")] == [2, 2]


async def test_worth_summary_and_earnings_stand_in_the_list_and_on_the_page(
    member: httpx.AsyncClient, shop: Shop, hands: Hands, now
) -> None:
    at = now - timedelta(days=2)
    talk = shop.talk("Any discount?", ["Here is 10 % off."], now=at, coupon=True)
    shop.sell("K-1", "40.00", now=at + timedelta(minutes=9), talk=talk)
    listed = words((await member.get("/dashboard/conversations")).text)
    assert "Assisted sale $4.00" in listed
    assert "1 question in each conversation" in listed
    page = words((await member.get(f"/dashboard/conversations/{to_public('cnv', talk.conversation_id)}")).text)
    assert "Worth Assisted sale" in page
    assert "In short" in page
    assert "every answer came from models in the house" in page


async def test_a_reply_is_suggested_and_never_sent(
    member: httpx.AsyncClient, shop: Shop, house: House, open_panel, hands: Hands, now
) -> None:
    prices = b"name,price,currency\nEmber kettle,34.00,GBP\n"
    with shop.database.tenant_session(shop.tenant_id) as session:
        teach_document(session, employee_id=shop.employee_id, name="prices.csv", media_type="", body=prices, embed=house.embed, now=now)
    panel = open_panel()
    panel.ask("how much is the ember kettle", "One moment.", step="unknown", now=now)
    await send(member, panel.address, panel.address + "/take-over")
    page = (await member.get(panel.address + "/suggestion")).text
    assert "Ember kettle costs £34.00.</textarea>" in page
    assert "nothing is sent before you press Send" in words(page)
    panel.ask("how old is the oak tree", now=hands.now)
    page = (await member.get(panel.address + "/suggestion")).text
    assert "was taught nothing that answers the last question" in words(page)
    assert [event.kind for event in panel.events(hands.now) if event.kind == "agent"] == []
