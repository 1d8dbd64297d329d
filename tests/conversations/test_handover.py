"""Taking over on real PostgreSQL: she is silent at once, one person holds at a time, and what was said is known afterwards."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.conversations import notes
from app.conversations.errors import ConversationHeld, ConversationNotHeld, NoteUnknown, TextMissing
from app.conversations.handover import holder, settle, shown_name
from app.conversations.presence import ABSENT_MINUTES, THERE_SECONDS, be_at_desk, somebody_is_there
from app.conversations.read import conversation, history
from app.conversations.record import leave_message, open_conversation
from app.conversations.tables import Conversation
from app.conversations.thoughts import WANTS_PERSON_STEP, Routed, Said
from app.speaking import stream, turns, wire
from app.speaking.errors import LineClosed
from app.speaking.handover import hand_back_talk, line_view, stop_waiting, take_over_talk, write_as_person
from app.speaking.voicing.audio_store import Piece
from tenants.identifiers import new_id
from tenants.tables import OutboxEvent


@pytest.fixture
def line(database, tenant_id, employee_id, now):
    """A conversation whose greeting has been said."""
    with database.tenant_session(tenant_id) as session:
        errand = turns.open_talk(session, employee_id=employee_id, visitor_id=new_id(now), page_url="", language="en", now=now)
    with database.tenant_session(tenant_id) as session:
        turns.end_turn(session, conversation_id=errand.conversation_id, turn_id=errand.turn_id, drafts=[], now=now)
    return errand.conversation_id


@pytest.fixture
def verb(database, tenant_id, line, now) -> Callable[..., Any]:
    """Run one verb about the conversation in a transaction of its own."""

    def run(function, **arguments):
        with database.tenant_session(tenant_id) as session:
            return function(session, conversation_id=line, **{"now": now} | arguments)

    return run


@pytest.fixture
def people(now):
    return {"robin": new_id(now), "kim": new_id(now)}


def words(number: int) -> stream.Draft:
    return wire.sentence(number, number, Said(f"Sentence {number}."), Piece(f"Sentence {number}."), "en")


def events(database, tenant_id, line, now) -> list[tuple[str, dict]]:
    with database.tenant_session(tenant_id) as session:
        seen = stream.glance(session, conversation_id=line, reader=0, after=2, now=now)
    assert [event.sequence for event in seen.events] == list(range(3, 3 + len(seen.events)))
    return [(event.kind, event.payload) for event in seen.events]


def together(*works: Callable[[], Any]) -> list[Exception]:
    """Do things at the same moment, each in a thread; give what they raised."""
    raised: list[Exception] = []
    start = threading.Barrier(len(works))

    def do(work: Callable[[], Any]) -> None:
        start.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a thread's failure must reach the test
            raised.append(error)

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_she_falls_silent_in_the_middle_of_an_answer(database, tenant_id, line, verb, people, now):
    turn_id, _ = verb(turns.ask, message_key="a", text="do you deliver?")
    verb(turns.add_to_turn, turn_id=turn_id, drafts=[words(0)])
    assert verb(take_over_talk, person_id=people["robin"], name="Robin Vale")
    for late in (turns.add_to_turn, turns.end_turn):
        with pytest.raises(turns.TurnOver):
            verb(late, turn_id=turn_id, drafts=[words(1)])
    verb(write_as_person, person_id=people["robin"], message_key="f1", text="Yes, within the city.")
    told = events(database, tenant_id, line, now)
    assert [kind for kind, _ in told] == ["turn:start", "sentence", "handover", "turn:end", "agent"]
    assert told[2][1] == {"state": "held", "name": "Robin"}  # the shopper learns a first name, never the whole
    assert told[3][1]["interrupted"] is True
    assert told[4][1] == {"name": "Robin", "text": "Yes, within the city."}
    with database.tenant_session(tenant_id) as session:
        (turn,) = conversation(session, line).turns
    assert ([said.text for said in turn.said], turn.interrupted_after) == (["Sentence 0."], 1)


def test_questions_go_to_the_person_and_earn_nothing(database, tenant_id, line, verb, people, now):
    verb(take_over_talk, person_id=people["robin"], name="Robin")
    turn_id, errand = verb(turns.ask, message_key="a", text="is the blue one left?")
    assert errand is None
    assert verb(turns.ask, message_key="a", text="is the blue one left?") == (turn_id, None)
    with database.tenant_session(tenant_id) as session:
        (turn,) = conversation(session, line).turns
        assert (turn.said, turn.answered_at, [step.step for step in turn.route]) == ((), now, ["person"])
        assert [event.name for event in session.scalars(select(OutboxEvent))] == []  # no touch: she did not answer
    assert [kind for kind, _ in events(database, tenant_id, line, now)] == ["handover", "turn:start", "route", "turn:end"]


def test_two_members_cannot_hold_it_and_one_may_relieve_the_other(verb, people, now, database, tenant_id, line):
    def take(who: str, **arguments: Any) -> Callable[[], Any]:
        return lambda: verb(take_over_talk, person_id=people[who], name=who.capitalize(), **arguments)

    raised = together(take("robin"), take("kim"), take("robin"), take("kim"))
    assert [type(error) for error in raised] == [ConversationHeld] * 2
    with database.tenant_session(tenant_id) as session:
        first = holder(session, line)
    other = "kim" if first.shown_name == "Robin" else "robin"
    with pytest.raises(ConversationHeld, match=first.shown_name):
        take(other)()
    with pytest.raises(ConversationNotHeld):
        verb(write_as_person, person_id=people[other], message_key="x", text="I too!")
    with pytest.raises(ConversationHeld):
        take(other, instead_of=new_id(now))()  # whoever they meant to relieve has gone meanwhile
    assert take(other, instead_of=first.person_id, now=now + timedelta(seconds=1))()
    with pytest.raises(ConversationNotHeld, match="Your message was not sent"):
        verb(write_as_person, person_id=first.person_id, message_key="y", text="Hello?")
    with pytest.raises(ConversationNotHeld):
        verb(hand_back_talk, person_id=first.person_id)
    with database.tenant_session(tenant_id) as session:
        held = conversation(session, line).handovers
    assert [one.returned_why for one in held] == ["relieved", None]
    assert [payload for kind, payload in events(database, tenant_id, line, now) if kind == "handover"][-1]["name"] == other.capitalize()


def test_taking_over_while_she_answers_leaves_one_truth(database, tenant_id, line, verb, people, now):
    """Whichever comes first, nothing of hers follows the take-over, and numbers have no gap."""
    for round_number in range(12):
        turn_id, _ = verb(turns.ask, message_key=f"k{round_number}", text="and?")

        def speak(turn_id=turn_id) -> None:
            try:
                for number in range(3):
                    verb(turns.add_to_turn, turn_id=turn_id, drafts=[words(number)])
                verb(turns.end_turn, turn_id=turn_id, drafts=[])
            except turns.TurnOver:
                return

        at = now + timedelta(minutes=round_number)
        assert together(speak, lambda at=at: verb(take_over_talk, person_id=people["robin"], name="Robin", now=at)) == []
        told = [kind for kind, _ in events(database, tenant_id, line, now)]
        after = told[len(told) - told[::-1].index("handover") :]
        assert after in ([], ["turn:end"])
        assert told.count("turn:start") == told.count("turn:end")
        verb(hand_back_talk, person_id=people["robin"], now=at)


def test_handing_back_while_the_shopper_writes_answers_exactly_once(database, tenant_id, line, verb, people, now):
    """The question goes to the person or to her, never to both and never to nobody."""
    for round_number in range(12):
        at = now + timedelta(minutes=round_number)
        verb(take_over_talk, person_id=people["robin"], name="Robin", now=at)
        asked: list[Any] = []

        def ask(at=at, key=f"k{round_number}", asked=asked) -> None:
            asked.append(verb(turns.ask, message_key=key, text="still there?", now=at))

        assert together(ask, lambda at=at: verb(hand_back_talk, person_id=people["robin"], now=at)) == []
        ((turn_id, errand),) = asked
        with database.tenant_session(tenant_id) as session:
            turn = next(one for one in conversation(session, line).turns if one.turn_id == turn_id)
        steps = [step.step for step in turn.route]
        assert (errand is None) == (steps == ["person"]) == (turn.answered_at is not None)
        if errand is not None:
            verb(turns.end_turn, turn_id=turn_id, drafts=[words(0)], now=at)


def test_a_form_sent_twice_is_one_message_and_empty_ones_are_refused(database, tenant_id, line, verb, people, now):
    verb(take_over_talk, person_id=people["robin"], name="Robin")
    say = {"person_id": people["robin"], "message_key": "form-1", "text": "First line.\n\n\n  Card 4111 1111 1111 1111 \u202eno"}
    assert sorted(together(*[lambda: verb(write_as_person, **say)] * 3), key=str) == []
    with pytest.raises(TextMissing):
        verb(write_as_person, person_id=people["robin"], message_key="form-2", text=" \u200b\n ")
    with database.tenant_session(tenant_id) as session:
        (message,) = conversation(session, line).messages
    assert message.text == "First line.\n\nCard [card number removed] no"


def test_a_shopper_who_called_waits_and_is_then_asked_for_a_message(database, tenant_id, line, verb, people, now):
    turn_id, _ = verb(turns.ask, message_key="a", text="can I talk to a person?")
    called = wire.route([Routed(WANTS_PERSON_STEP, 1_000_000, "a person is wanted", 5)])
    verb(turns.end_turn, turn_id=turn_id, drafts=[called, words(0)])
    assert events(database, tenant_id, line, now)[-1] == ("handover", {"state": "waiting", "name": ""})
    soon, late = now + timedelta(seconds=60), now + timedelta(seconds=stream.WAIT_SECONDS_MAX + 1)
    with database.tenant_session(tenant_id) as session:
        assert session.scalar(select(Conversation.wanted_at)) == now
        assert not stream.glance(session, conversation_id=line, reader=0, after=0, now=soon).has_waited_long
        assert stream.glance(session, conversation_id=line, reader=0, after=0, now=late).has_waited_long
    assert not verb(stop_waiting, now=soon)
    assert verb(stop_waiting, now=late)
    assert not verb(stop_waiting, now=late)  # once
    kind, payload = events(database, tenant_id, line, now)[-1]
    assert (kind, "e-mail" in payload["prompt"]) == ("message:wanted", True)
    with database.tenant_session(tenant_id) as session:
        assert history(session, conversation_id=line)[-1].message_wanted  # an address in the next line is taken for the answer
        leave_message(session, turn_id=turn_id, text="Call me: ines@example.org", now=late)
    assert verb(settle, now=late)
    assert not verb(settle, now=late)


def test_whoever_comes_in_time_is_no_longer_waited_for(database, tenant_id, line, verb, people, now):
    turn_id, _ = verb(turns.ask, message_key="a", text="a person, please")
    called = wire.route([Routed(WANTS_PERSON_STEP, 1_000_000, "a person is wanted", 5)])
    verb(turns.add_to_turn, turn_id=turn_id, drafts=[called, words(0)])
    verb(take_over_talk, person_id=people["kim"], name="Kim")  # while she still says that she has called somebody
    late = now + timedelta(seconds=stream.WAIT_SECONDS_MAX + 1)
    assert not verb(stop_waiting, now=late)
    with database.tenant_session(tenant_id) as session:
        assert session.scalar(select(Conversation.wanted_at)) is None
        assert line_view(session, conversation_id=line, now=now).waiting_since is None


def test_a_holder_who_went_away_loses_the_conversation_to_her(database, tenant_id, line, verb, people, now):
    verb(take_over_talk, person_id=people["robin"], name="Robin")
    with database.tenant_session(tenant_id) as session:
        be_at_desk(session, person_id=people["robin"], now=now + timedelta(minutes=2))
    away = timedelta(minutes=ABSENT_MINUTES, seconds=1)
    assert verb(turns.ask, message_key="a", text="hello?", now=now + away)[1] is None  # seen two minutes after taking it
    _, errand = verb(turns.ask, message_key="b", text="anybody?", now=now + timedelta(minutes=2) + away)
    assert errand is not None
    with database.tenant_session(tenant_id) as session:
        assert conversation(session, line).handovers[0].returned_why == "absent"
    with pytest.raises(ConversationNotHeld, match="its employee answers again"):
        verb(write_as_person, person_id=people["robin"], message_key="z", text="Back!")


def test_somebody_is_there_only_while_they_look(database, tenant_id, people, now):
    with database.tenant_session(tenant_id) as session:
        assert not somebody_is_there(session, now=now)
        for seconds in (0, 2, 4):
            be_at_desk(session, person_id=people["kim"], now=now + timedelta(seconds=seconds))
        assert somebody_is_there(session, now=now + timedelta(seconds=THERE_SECONDS))
        assert not somebody_is_there(session, now=now + timedelta(seconds=THERE_SECONDS + 1))
    with database.tenant_session(new_id(now)) as session:
        assert not somebody_is_there(session, now=now)


def test_she_knows_what_the_person_said(database, tenant_id, line, verb, people, now):
    later = [now + timedelta(seconds=number) for number in range(5)]
    verb(turns.ask, message_key="a", text="have you got the lantern blend?", now=later[0])
    verb(take_over_talk, person_id=people["robin"], name="Robin", now=later[1])
    verb(write_as_person, person_id=people["robin"], message_key="f", text="Yes.\nTwo bags are left.", now=later[2])
    verb(hand_back_talk, person_id=people["robin"], now=later[3])
    with database.tenant_session(tenant_id) as session:
        past = history(session, conversation_id=line)
    assert (past[-1].by_person, [said.text for said in past[-1].said]) == ("Robin", ["Yes.", "Two bags are left."])
    assert past[0].question == "have you got the lantern blend?"


def test_notes_stay_with_the_staff(database, tenant_id, line, verb, people, now):
    note = verb(notes.write_note, person_id=people["kim"], text="Asked twice.\nBe kind.")
    with pytest.raises(TextMissing):
        verb(notes.write_note, person_id=people["kim"], text="  ")
    assert events(database, tenant_id, line, now) == []
    with database.tenant_session(tenant_id) as session:
        assert [one.text for one in notes.notes_of(session, line)] == ["Asked twice.\nBe kind."]
        assert history(session, conversation_id=line) == ()
    verb(notes.remove_note, note_id=note)
    with database.tenant_session(tenant_id) as session:
        assert notes.notes_of(session, line) == []
        notes.bring_note_back(session, conversation_id=line, note_id=note)
        assert len(notes.notes_of(session, line)) == 1
        with pytest.raises(NoteUnknown):
            notes.remove_note(session, conversation_id=new_id(now), note_id=note, now=now)


def test_a_conversation_without_a_line_cannot_be_taken_over(database, tenant_id, employee_id, people, now):
    with database.tenant_session(tenant_id) as session:
        told = open_conversation(session, employee_id=employee_id, visitor_id=new_id(now), page_url="", language="en", now=now)
        assert line_view(session, conversation_id=told, now=now) is None
        with pytest.raises(LineClosed):
            take_over_talk(session, conversation_id=told, person_id=people["kim"], name="Kim", now=now)


def test_the_name_a_shopper_sees():
    assert [shown_name(name) for name in ("Robin Vale", " Ines ", "\u202e", "陈小明")] == ["Robin", "Ines", "?", "陈小明"]
