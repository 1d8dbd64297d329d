"""The page that sets whom the shop calls by letter, and the mark of who waits on every page."""

from uuid import uuid4

from fakes.dashboard_person import field
from fakes.shop_history import Shop

from app.conversations.handover_setting import Calls, calls_of
from app.conversations.record import leave_message, open_conversation, record_question
from app.installation.happenings import note_happening
from app.wiring import House
from tenants.employee import employees
from tenants.identifiers import to_public

PATH = "/dashboard/staff-letters"


async def test_what_is_chosen_is_kept_and_what_cannot_be_is_said(member, house: House, shop: Shop):
    shown = await member.get(PATH)
    assert shown.status_code == 200
    assert 'name="wait_minutes"' in shown.text
    fields = {
        "csrf_token": field(shown.text, "csrf_token"),
        "tells": ["waiting"],
        "wait_minutes": "12",
        "opens": "08:30",
        "closes": "20:00",
        "days": ["0", "6"],
        "people": ["per_none"],
    }
    kept = await member.post(PATH, data=fields)
    assert kept.status_code == 303
    assert "From now on letters are written so." in (await member.get(kept.headers["location"])).text
    with house.database.tenant_session(shop.tenant_id) as session:
        calls = calls_of(session)
    assert (calls.tells_messages, calls.wait_minutes, calls.days, calls.people) == (False, 12, frozenset({0, 6}), frozenset())
    for wrong, words in (
        ({"wait_minutes": "soon"}, "number of minutes"), ({"opens": "25:00"}, "time of day"), ({"closes": "08:30"}, "another time"),
        ({"days": []}, "at least one day"),
    ):  # fmt: skip
        refused = await member.post(PATH, data=fields | wrong)
        assert refused.status_code == 422
        assert words in refused.text
    with house.database.tenant_session(shop.tenant_id) as session:
        assert calls_of(session) == calls != Calls()


async def test_who_waits_is_marked_on_every_page_and_the_page_tells_what_it_was_told(member, house: House, shop: Shop):
    assert 'class="badge"' not in (await member.get("/dashboard/team")).text
    now = house.clock()
    with house.database.tenant_session(shop.tenant_id) as session:
        employee_id = employees(session)[0].employee_id
        talk = open_conversation(session, employee_id=employee_id, visitor_id=uuid4(), page_url="", language="en", now=now)
        turn = record_question(session, conversation_id=talk, message_key="1", text="Hello?", now=now)
        leave_message(session, turn_id=turn, text="Call me.", now=now)
        told = {"product": "<b>Lantern</b>", "cart": ["Beans", "Mug"], "member": True}
        note_happening(session, conversation_id=talk, kind="context", name="", facts=told, now=now)
        note_happening(session, conversation_id=talk, kind="track", name="cart:add", facts={"quantity": 2}, now=now)
    assert 'class="badge"' in (await member.get("/dashboard/team")).text
    transcript = (await member.get(f"/dashboard/conversations/{to_public('cnv', talk)}")).text
    for words in ("From the shop", "&lt;b&gt;Lantern&lt;/b&gt;", "Beans · Mug", "cart:add", "quantity: 2"):
        assert words in transcript
    assert "<b>Lantern</b>" not in transcript
