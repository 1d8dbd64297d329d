"""How many cards a visitor and a shop may have made, counted over all talks of the last day; and reading one back."""

from datetime import timedelta

import pytest

from app.conversations.thoughts import OfferedCoupon, PersonalCard
from app.speaking import cards, turns, wire
from app.speaking.cards import CARDS_PER_VISITOR_MAX, card_of_turn, may_make_card
from app.speaking.errors import CardNotOfConversation
from app.speaking.stream import append, lock_stream
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import new_id
from tenants.tenant import open_tenant


@pytest.fixture
def session(database, tenant_id, now):
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Shop", time_zone="UTC", allowed_origins=(), now=now)
        yield session


@pytest.fixture
def talk(session, now):
    employee_id = add_applicant(session, Applicant("Amara", "Seller", "amara", "heart", "Hello.", ""), now=now).employee_id

    def opened(visitor_id):
        told = {"employee_id": employee_id, "visitor_id": visitor_id, "page_url": "", "language": "en", "now": now}
        return turns.open_talk(session, **told).conversation_id

    return opened


def make(session, conversation_id, at, card=PersonalCard("For Mei")):  # noqa: B008 - it is frozen
    turn_id = new_id(at)
    append(session, lock_stream(session, conversation_id), turn_id, [wire.card(card)], at)
    return turn_id


def test_a_visitor_has_a_few_a_day_whatever_the_talk(session, talk, now):
    visitor, other = new_id(now), new_id(now)
    conversations = [talk(visitor), talk(visitor)]
    talk(other)
    may = {"turn_id": new_id(now), "now": now}
    for number in range(CARDS_PER_VISITOR_MAX):
        assert may_make_card(session, visitor_id=visitor, **may)
        last = make(session, conversations[number % 2], now)
    assert not may_make_card(session, visitor_id=visitor, **may)
    assert may_make_card(session, visitor_id=visitor, turn_id=last, now=now), "a turn that is answered once more counts once"
    assert may_make_card(session, visitor_id=other, **may)
    assert may_make_card(session, visitor_id=visitor, turn_id=new_id(now), now=now + timedelta(days=1, seconds=1))


def test_a_shop_has_an_end_too(session, talk, now, monkeypatch):
    monkeypatch.setattr(cards, "CARDS_PER_SHOP_MAX", 2)
    for _ in range(2):
        make(session, talk(new_id(now)), now)
    assert not may_make_card(session, visitor_id=new_id(now), turn_id=new_id(now), now=now)


def test_a_card_is_read_back_whole_and_only_in_its_own_talk(session, talk, now):
    mine, other = talk(new_id(now)), talk(new_id(now))
    card = PersonalCard("For Mei", "Tea", "$3.00", OfferedCoupon("C-1", "Welcome", "Once.", now))
    turn_id = make(session, mine, now, card)
    assert card_of_turn(session, conversation_id=mine, turn_id=turn_id) == card
    for conversation_id, turn in ((other, turn_id), (mine, new_id(now))):
        with pytest.raises(CardNotOfConversation):
            card_of_turn(session, conversation_id=conversation_id, turn_id=turn)
