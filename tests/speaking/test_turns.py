"""The line's law on real PostgreSQL: one active turn, numbers without gaps, leases, and nothing after turn:end."""

import threading
from datetime import timedelta

import pytest

from app.conversations.errors import ConversationUnknown
from app.conversations.read import conversation
from app.conversations.thoughts import Said
from app.speaking import stream, turns, wire
from app.speaking.errors import EventNumberUnknown
from app.speaking.voicing.audio_store import Piece
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import new_id
from tenants.tenant import open_tenant


@pytest.fixture
def line(database, tenant_id, now):
    """A conversation whose greeting has been said."""
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Shop", time_zone="UTC", allowed_origins=(), now=now)
        employee = add_applicant(session, Applicant("Amara", "Seller", "amara", "heart", "Hello.", ""), now=now)
        errand = turns.open_talk(session, employee_id=employee.employee_id, visitor_id=new_id(now), page_url="", language="en", now=now)
    with database.tenant_session(tenant_id) as session:
        turns.end_turn(session, conversation_id=errand.conversation_id, turn_id=errand.turn_id, drafts=[], now=now)
    return errand.conversation_id


def words(number: int) -> stream.Draft:
    return wire.sentence(number, number, Said(f"Sentence {number}."), Piece(f"Sentence {number}."), "en")


def look(session, line, now, after=0) -> list[tuple[int, str]]:
    seen = stream.glance(session, conversation_id=line, reader=0, after=after, now=now)
    return [(event.sequence, event.kind) for event in seen.events]


def test_only_the_active_turn_may_speak(database, tenant_id, line, now):
    def verb(function, **arguments):
        with database.tenant_session(tenant_id) as session:
            return function(session, conversation_id=line, now=now, **arguments)

    first, _ = verb(turns.ask, message_key="a", text="one?")
    verb(turns.add_to_turn, turn_id=first, drafts=[words(0), words(1)])
    second, errand = verb(turns.ask, message_key="b", text="two?")
    assert errand.question == "two?"
    for late in (turns.add_to_turn, turns.end_turn):
        with pytest.raises(turns.TurnOver):
            verb(late, turn_id=first, drafts=[words(2)])
    assert verb(turns.ask, message_key="a", text="one?") == (first, None)
    with pytest.raises(turns.TurnOver):
        verb(turns.add_to_turn, turn_id=first, drafts=[words(2)])  # asking again with the same key starts nothing
    with database.tenant_session(tenant_id) as session:
        kinds = look(session, line, now)
        assert [number for number, _ in kinds] == list(range(1, len(kinds) + 1))
        assert [kind for _, kind in kinds[2:]] == ["turn:start", "sentence", "sentence", "turn:end", "turn:start"]
        recorded = conversation(session, line).turns
    assert [said.text for said in recorded[0].said] == ["Sentence 0.", "Sentence 1."]
    assert recorded[0].interrupted_after == 2
    assert recorded[1].turn_id == second
    assert recorded[1].answered_at is None


def test_many_questions_at_once_leave_one_active_and_no_gap(database, tenant_id, line, now):
    """Eight messages at the same moment from eight threads: each gets its own turn, and the line stays in order."""
    failures = []

    def post(number: int) -> None:
        try:
            with database.tenant_session(tenant_id) as session:
                turns.ask(session, conversation_id=line, message_key=f"key {number % 4}", text=f"question {number % 4}", now=now)
        except Exception as error:  # noqa: BLE001 - a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.tenant_session(tenant_id) as session:
        kinds = look(session, line, now)
    assert [number for number, _ in kinds] == list(range(1, len(kinds) + 1))
    assert [kind for _, kind in kinds[2:]] == ["turn:start", "turn:end"] * 3 + ["turn:start"]


def test_a_turn_is_taken_over_when_its_lease_ends_or_is_given_back(database, tenant_id, line, now):
    late = now + timedelta(seconds=turns.LEASE_SECONDS + 1)
    with database.tenant_session(tenant_id) as session:
        turn_id, _ = turns.ask(session, conversation_id=line, message_key="a", text="one?", now=now)
        turns.add_to_turn(session, conversation_id=line, turn_id=turn_id, drafts=[words(0)], now=now)
        assert not stream.glance(session, conversation_id=line, reader=0, after=0, now=now).is_abandoned
        assert turns.take_over(session, conversation_id=line, now=now) is None
        assert stream.glance(session, conversation_id=line, reader=0, after=0, now=late).is_abandoned
        errand = turns.take_over(session, conversation_id=line, now=late)
        assert (errand.turn_id, errand.question, wire.saids_sent(errand.sent)) == (turn_id, "one?", 1)
        assert turns.take_over(session, conversation_id=line, now=late) is None  # one process only
        turns.let_go(session, conversation_id=line, turn_id=turn_id)
        assert turns.take_over(session, conversation_id=line, now=late).turn_id == turn_id


def test_card_numbers_never_reach_the_line(database, tenant_id, line, now):
    with database.tenant_session(tenant_id) as session:
        turns.ask(session, conversation_id=line, message_key="a", text="My card is 4111 1111 1111 1111, ok?", now=now)
        seen = stream.glance(session, conversation_id=line, reader=0, after=0, now=now)
    assert "4111 1111" not in str(seen)


def test_the_oldest_events_go_at_the_limit(database, tenant_id, line, now):
    with database.tenant_session(tenant_id) as session:
        turn_id, _ = turns.ask(session, conversation_id=line, message_key="a", text="one?", now=now)
        many = [words(number) for number in range(stream.EVENTS_KEPT_MAX)]
        turns.end_turn(session, conversation_id=line, turn_id=turn_id, drafts=many, now=now)
        turns.ask(session, conversation_id=line, message_key="b", text="two?", now=now)
        numbers = [number for number, _ in look(session, line, now)]
        last = stream.last_number(session, conversation_id=line)
    assert numbers[0] == last - stream.EVENTS_KEPT_MAX
    assert len(numbers) == stream.EVENTS_PER_READ_MAX


def test_a_line_refuses_numbers_it_never_sent_and_strangers(database, tenant_id, line, now):
    with database.tenant_session(tenant_id) as session:
        assert [stream.take_line(session, conversation_id=line, after=after) for after in (0, 2)] == [1, 2]
        assert stream.glance(session, conversation_id=line, reader=1, after=0, now=now).is_replaced
        with pytest.raises(EventNumberUnknown):
            stream.take_line(session, conversation_id=line, after=3)
    with database.tenant_session(new_id(now)) as session, pytest.raises(ConversationUnknown):
        stream.take_line(session, conversation_id=line, after=0)


@pytest.mark.parametrize("is_over", [False, True])
def test_the_record_keeps_only_the_words_that_were_heard(database, tenant_id, line, now, is_over):
    with database.tenant_session(tenant_id) as session:
        turn_id, _ = turns.ask(session, conversation_id=line, message_key="a", text="one?", now=now)
        (turns.end_turn if is_over else turns.add_to_turn)(
            session, conversation_id=line, turn_id=turn_id, drafts=[words(0), words(1), words(2)], now=now
        )
        for _ in range(2):  # told twice, it is the same
            turns.interrupt_turn(
                session, conversation_id=line, turn_id=turn_id, heard_sentence=1, heard_ms=900, heard_length=len("Sentence"), now=now
            )
        said = conversation(session, line).turns[0].said
    assert [one.text for one in said] == ["Sentence 0.", "Sentence …"]
