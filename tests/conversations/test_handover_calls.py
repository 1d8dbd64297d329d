"""When the shop's people are called by letter: at once for a message, after a while for somebody who waits, once an hour, in the hours."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from app.conversations.errors import CallsInvalid
from app.conversations.handover import settle
from app.conversations.handover_calls import Owed, call_for, people_owed, shops_with_people_owed
from app.conversations.handover_setting import Calls, calls_of, set_calls
from app.conversations.record import leave_message, open_conversation, record_question
from app.worker.desk_round import call_staff
from tenants.sign_in import add_member
from tenants.tables import MailOutbox

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # 11:00 in Berlin
EVERY_HOUR = Calls(opens=time(0), closes=time(23, 59), days=frozenset(range(7)))
MINUTE = timedelta(minutes=1)


def owed(*, wanted: datetime = MONDAY, **told: object) -> Owed:
    return Owed(uuid4(), uuid4(), wanted, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "calls", "after", "expected"),
    [
        (owed(), Calls(), 4 * MINUTE, None),
        (owed(), Calls(), 5 * MINUTE, 0),
        (owed(), Calls(tells_waiting=False), 50 * MINUTE, None),
        (owed(), Calls(wait_minutes=30), 29 * MINUTE, None),
        (owed(wanted=MONDAY + timedelta(hours=9)), Calls(), timedelta(hours=10), None),
        (owed(wanted=MONDAY - timedelta(days=1)), Calls(), timedelta(days=-1, hours=5), None),
        (owed(wanted=MONDAY - timedelta(days=1)), Calls(), -2 * timedelta(hours=1), 0),
        (owed(messages_left_at=(MONDAY,)), Calls(), timedelta(0), 1),
        (owed(messages_left_at=(MONDAY,)), Calls(tells_messages=False), MINUTE, None),
        (owed(messages_left_at=(MONDAY, MONDAY), called_at=MONDAY), Calls(), 59 * MINUTE, None),
        (owed(messages_left_at=(MONDAY, MONDAY), called_at=MONDAY, told_message_at=MONDAY - MINUTE), Calls(), 60 * MINUTE, 2),
        (owed(messages_left_at=(MONDAY,), called_at=MONDAY, told_message_at=MONDAY, told_wanted_at=MONDAY), Calls(), 90 * MINUTE, None),
        (owed(called_at=MONDAY, told_wanted_at=MONDAY), Calls(), 90 * MINUTE, None),
        (owed(called_at=MONDAY, told_wanted_at=MONDAY - MINUTE), Calls(), 90 * MINUTE, 0),
    ],
)
def test_when_a_conversation_calls(one: Owed, calls: Calls, after: timedelta, expected: int | None) -> None:
    call = call_for(one, calls, now=MONDAY + after, zone=BERLIN)
    assert (call.message_count if call else None) == expected


def test_hours_may_go_past_midnight():
    night = Calls(opens=time(20), closes=time(2), days=frozenset({4}))
    friday = datetime(2026, 11, 27, 21, 0)
    assert [night.is_open(friday + timedelta(hours=hours)) for hours in (-2, 0, 4, 5, 24)] == [False, True, True, False, False]


@pytest.mark.parametrize(
    ("calls", "field"),
    [
        (Calls(wait_minutes=0), "wait_minutes"),
        (Calls(wait_minutes=241), "wait_minutes"),
        (Calls(days=frozenset()), "days"),
        (Calls(opens=time(9), closes=time(9)), "closes"),
    ],
)
def test_a_setting_that_could_never_tell_is_refused(database, tenant_id, employee_id, now, calls, field):
    del employee_id
    with pytest.raises(CallsInvalid) as refused, database.tenant_session(tenant_id) as session:
        set_calls(session, calls, actor="operator", now=now)
    assert refused.value.field == field


def test_two_messages_and_a_wait_give_one_letter_an_hour_to_those_who_may_take_over(database, tenant_id, employee_id, now):
    ask = {"now": now, "message_key": "1", "text": "Can I talk to somebody?"}
    with database.tenant_session(tenant_id) as session:
        for email, role in (("owner@k.example", "owner"), ("staff@k.example", "staff"), ("money@k.example", "finance")):
            add_member(session, email=email, password="correct horse battery staple", display_name="Kim", role=role, now=now)
        set_calls(session, EVERY_HOUR, actor="operator", now=now)
        assert calls_of(session) == EVERY_HOUR
        talk = open_conversation(session, employee_id=employee_id, visitor_id=uuid4(), page_url="", language="en", now=now)
        turns = [record_question(session, conversation_id=talk, **ask | {"message_key": str(key)}) for key in (1, 2)]
        leave_message(session, turn_id=turns[0], text="Call me back: 030 123456", now=now)
        assert people_owed(session) == 1
    assert tenant_id in shops_with_people_owed(database)

    def letters_at(moment: datetime) -> list[MailOutbox]:
        call_staff(database, lambda: moment, "https://tillhand.example/")
        with database.operator_session() as session:
            kept = session.query(MailOutbox).where(MailOutbox.recipient.like("%@k.example")).order_by(MailOutbox.mail_id).all()
            session.expunge_all()
            return kept

    first = letters_at(now + MINUTE)
    assert sorted(one.recipient for one in first) == ["owner@k.example", "staff@k.example"]
    assert first[0].subject == "A shopper left a message at Kestrel"
    assert "https://tillhand.example/dashboard/conversations/cnv_" in first[0].body
    assert "030" not in first[0].body
    with database.tenant_session(tenant_id) as session:
        leave_message(session, turn_id=turns[1], text="And bring beans.", now=now + 2 * MINUTE)
    assert len(letters_at(now + 40 * MINUTE)) == 2
    assert len(letters_at(now + 62 * MINUTE)) == 4
    assert len(letters_at(now + 200 * MINUTE)) == 4
    with database.tenant_session(tenant_id) as session:
        settle(session, conversation_id=talk, now=now + 201 * MINUTE)
        assert people_owed(session) == 0
