"""Verbs on a real PostgreSQL: teaching makes versions, repeating changes nothing, the first answer announces one touch."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from word_embedder import embed_words

from app.conversations.errors import ConversationUnknown, EmployeeUnknown, TurnsTooFast, TurnUnknown
from app.conversations.events import TouchHappened
from app.conversations.mind import knowledge_version, load_mind, think
from app.conversations.read import conversation, conversation_of_turn, conversations, history, passage
from app.conversations.record import FAST_TURNS, leave_message, open_conversation, record_answer, record_question
from app.conversations.tables import Document, Turn
from app.conversations.teach import teach_document
from app.conversations.thoughts import Citation, Offered, OfferedCoupon, Powers, Routed, Said
from tenants.tables import OutboxEvent

RULES = b"# Shop\n\n## Hours\n\nWe open at nine.\n\n## Dogs\n\nDogs are welcome.\n"
LIST = b"name,price,currency\nTea,3.20,USD\n"


@pytest.fixture
def talk_id(database, tenant_id, employee_id, now):
    with database.tenant_session(tenant_id) as session:
        return open_conversation(session, employee_id=employee_id, visitor_id=uuid4(), page_url="http://shop/", language="en", now=now)


def teach(database, tenant_id, employee_id, now, body=RULES, name="rules.md"):
    with database.tenant_session(tenant_id) as session:
        return teach_document(session, employee_id=employee_id, name=name, media_type="", body=body, embed=embed_words, now=now)


def ask(database, tenant_id, talk_id, now, key="k1", text="when do you open?"):
    with database.tenant_session(tenant_id) as session:
        return record_question(session, conversation_id=talk_id, message_key=key, text=text, now=now)


def answer(database, tenant_id, turn_id, now, *thoughts, interrupted_after=None):
    with database.tenant_session(tenant_id) as session:
        record_answer(session, turn_id=turn_id, thoughts=thoughts, interrupted_after=interrupted_after, now=now)


def events(database, tenant_id):
    with database.tenant_session(tenant_id) as session:
        return [(event.name, event.payload) for event in session.scalars(select(OutboxEvent))]


ANSWER = (Routed("rule", 900_000, "a passage", 50), Said("We open at nine."))


def test_taught_knowledge_is_loaded_and_answers(database, tenant_id, employee_id, now):
    first = teach(database, tenant_id, employee_id, now)
    assert (first.version, first.passages, first.facts) == (1, 2, 0)
    assert teach(database, tenant_id, employee_id, now, LIST, "list.csv").facts == 1
    with database.tenant_session(tenant_id) as session:
        mind = load_mind(session, employee_id=employee_id, embed=embed_words)
    powers = Powers(lambda: (), lambda _offer, _turn: None, lambda _turn, _text: None)
    thoughts = think(mind, "how much is tea?", history=(), powers=powers, turn_id=uuid4(), now=now)
    assert "Tea costs $3.20." in [thought.text for thought in thoughts if isinstance(thought, Said)]


def test_teaching_again_replaces_and_keeps_the_old_version(database, tenant_id, employee_id, now):
    teach(database, tenant_id, employee_id, now)
    with database.tenant_session(tenant_id) as session:
        before = knowledge_version(session, employee_id=employee_id)
        old = load_mind(session, employee_id=employee_id, embed=embed_words).index.passages[0]
    assert teach(database, tenant_id, employee_id, now).version == 1  # the same bytes
    assert teach(database, tenant_id, employee_id, now, RULES.replace(b"nine", b"ten")).version == 2
    with database.tenant_session(tenant_id) as session:
        assert knowledge_version(session, employee_id=employee_id) != before
        mind = load_mind(session, employee_id=employee_id, embed=embed_words)
        assert "We open at ten." in mind.index.passages[0].sentences
        shown = passage(session, old.passage_id)
        assert shown is not None
        assert (shown.sentences, shown.is_current) == (("We open at nine.",), False)
        assert [row.version for row in session.scalars(select(Document).order_by(Document.version))] == [1, 2]


def test_the_same_message_key_is_the_same_turn(database, tenant_id, talk_id, now):
    assert ask(database, tenant_id, talk_id, now) == ask(database, tenant_id, talk_id, now)
    with database.tenant_session(tenant_id) as session:
        assert len(conversation(session, talk_id).turns) == 1


def test_one_touch_with_the_first_answer_and_none_for_a_greeting(database, tenant_id, employee_id, talk_id, now):
    hello = ask(database, tenant_id, talk_id, now, "k0", "hi")
    answer(database, tenant_id, hello, now, Routed("courtesy", 1, "", 1), Said("Hello."))
    assert events(database, tenant_id) == []
    turn = ask(database, tenant_id, talk_id, now)
    answer(database, tenant_id, turn, now, *ANSWER)
    answer(database, tenant_id, turn, now, *ANSWER)
    later = ask(database, tenant_id, talk_id, now, "k2")
    answer(database, tenant_id, later, now, *ANSWER)
    [(name, payload)] = events(database, tenant_id)
    assert name == TouchHappened.__name__
    assert (payload["kind"], payload["turn_id"], payload["employee_id"]) == ("conversation", str(turn), str(employee_id))


def test_an_answer_nobody_heard_earns_no_touch(database, tenant_id, talk_id, now):
    turn = ask(database, tenant_id, talk_id, now)
    answer(database, tenant_id, turn, now, *ANSWER, interrupted_after=0)
    assert events(database, tenant_id) == []


def test_the_transcript_keeps_what_was_heard_and_its_evidence(database, tenant_id, talk_id, now):
    turn = ask(database, tenant_id, talk_id, now)
    cited = Said("We open at nine.", (Citation(uuid4(), "rules.md", "We open at nine."),))
    coupon = OfferedCoupon("KC-1", "10 % off", "once", now + timedelta(days=1))
    answer(database, tenant_id, turn, now, Routed("rule", 1, "", 1, 7), cited, Said("Never heard."), Offered(coupon), interrupted_after=1)
    with database.tenant_session(tenant_id) as session:
        view = conversation(session, talk_id).turns[0]
        assert (view.said, view.coupons, view.cost_micro, view.interrupted_after) == ((cited,), (coupon,), 7, 1)
        assert history(session, conversation_id=talk_id)[0].said == (cited,)
        assert history(session, conversation_id=talk_id, before_turn=turn) == ()
        assert conversations(session)[0].is_answered
        assert conversation_of_turn(session, turn) == talk_id


def test_card_numbers_are_never_stored(database, tenant_id, talk_id, now):
    turn = ask(database, tenant_id, talk_id, now, text="my card 4111 1111 1111 1111")
    with database.tenant_session(tenant_id) as session:
        stored = session.get_one(Turn, (tenant_id, turn)).question
        leave_message(session, turn_id=turn, text="4111111111111111 call ana@example.org", now=now)
    assert "4111" not in stored
    with database.tenant_session(tenant_id) as session:
        assert conversation(session, talk_id).turns[0].message == "[card number removed] call ana@example.org"


def test_a_message_is_left_once_and_announced_without_its_text(database, tenant_id, talk_id, now):
    turn = ask(database, tenant_id, talk_id, now)
    ids = set()
    for _ in range(2):
        with database.tenant_session(tenant_id) as session:
            ids.add(leave_message(session, turn_id=turn, text="call me, ana@example.org", now=now))
    assert len(ids) == 1
    [(name, payload)] = events(database, tenant_id)
    assert name == "MessageLeft"
    assert "ana" not in str(payload)


def test_a_program_that_floods_is_slowed(database, tenant_id, talk_id, now):
    for number in range(FAST_TURNS):
        ask(database, tenant_id, talk_id, now, f"k{number}")
    with pytest.raises(TurnsTooFast):
        ask(database, tenant_id, talk_id, now, "one too many")
    ask(database, tenant_id, talk_id, now + timedelta(minutes=1), "later")


def test_strangers_are_refused(database, tenant_id, employee_id, talk_id, now):
    stranger = uuid4()
    with pytest.raises(ConversationUnknown), database.tenant_session(stranger) as session:
        record_question(session, conversation_id=talk_id, message_key="k", text="?", now=now)
    with pytest.raises(EmployeeUnknown), database.tenant_session(stranger) as session:
        load_mind(session, employee_id=employee_id, embed=embed_words)
    with pytest.raises(TurnUnknown), database.tenant_session(tenant_id) as session:
        record_answer(session, turn_id=uuid4(), thoughts=ANSWER, interrupted_after=None, now=now)
