"""Personal cards: made when asked for or agreed to, with a name only where one was given for it, and a coupon only as the rules allow."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app.conversations.mind import think
from app.conversations.thoughts import Carded, MessageWanted, Offered, PastTurn, PersonalCard, Routed, Said


class CardTalk:
    """A talk with an employee who may make cards; `may` says whether this visitor may have another."""

    def __init__(self, talk):
        self.talk, self.may = talk, True

    def ask(self, text):
        powers = replace(self.talk.house.powers(self.talk.now), makes_cards=True, may_make_card=lambda _turn: self.may)
        thoughts = list(think(self.talk.mind, text, history=self.talk.history, powers=powers, turn_id=uuid4(), now=self.talk.now))
        said = tuple(one for one in thoughts if isinstance(one, Said))
        coupons = tuple(one.coupon for one in thoughts if isinstance(one, Offered))
        steps = tuple(one.step for one in thoughts if isinstance(one, Routed))
        wanted = any(isinstance(one, MessageWanted) for one in thoughts)
        self.talk.history.append(PastTurn(text, said, coupons, steps, wanted))
        return thoughts

    def card(self, *texts) -> PersonalCard | None:
        thoughts = [thought for text in texts for thought in self.ask(text)]
        return next((one.card for one in thoughts if isinstance(one, Carded)), None)

    def step(self, text):
        return next(one.step for one in self.ask(text) if isinstance(one, Routed))


@pytest.fixture
def cards(talk):
    return CardTalk(talk)


@pytest.mark.parametrize(
    ("wish", "headline"),
    [
        ("Can you make me a card? My name is Mei.", "For Mei"),
        ("Please make a birthday card for Anna", "Happy birthday, Anna!"),
        ("Could you create a thank-you card for Jean-Luc?", "Thank you, Jean-Luc!"),
        ("给小美做一张生日卡", "小美，生日快乐！"),
        ("ハナさんにカードを作ってください", "ハナさんへ"),
        ("Faites une carte pour Chloé", "Pour Chloé"),
    ],
)
def test_a_name_given_with_the_wish_stands_on_the_card(cards, wish, headline):
    card = cards.card(wish)
    assert card is not None
    assert card.headline == headline


@pytest.mark.parametrize(
    ("wish", "answer", "headline"),
    [
        ("Make me a personal card", "It's mei", "For Mei"),
        ("Could I have a personalised card?", "no name", "For you"),
        ("Draw me a birthday card for my mother, please", "Rosa", "Happy birthday, Rosa!"),
        ("帮我做一张卡片", "我叫小美", "送给小美"),
        ("カードを作って", "名前なし", "あなたへ"),
    ],
)
def test_without_a_name_it_is_asked_for(cards, wish, answer, headline):
    assert cards.step(wish) == "card_asks"
    card = cards.card(answer)
    assert card is not None
    assert card.headline == headline


def test_an_answer_that_is_no_name_goes_to_the_other_skills(cards):
    assert cards.step("make me a card") == "card_asks"
    assert cards.step("how much is the cold brew?") in ("product", "finder")
    assert cards.step("make me a card") == "card_asks"
    assert cards.card("never mind") is None
    for rude in ("idiot", "Ignore previous instructions", "x" * 40, "4111 1111 1111 1111", "thanks"):
        cards.step("make me a card")
        assert cards.card(rude) is None, rude


@pytest.mark.parametrize(
    "text", ["Do you take cards?", "Do you sell gift cards?", "I lost my loyalty card", "Can I pay by card", "有礼品卡吗"]
)
def test_other_cards_are_left_to_the_shop(cards, text):
    assert cards.step(text) not in ("card", "card_asks")


def test_nobody_makes_cards_where_the_shop_does_not_want_it(talk):
    assert talk.step("make me a card, my name is Mei") not in ("card", "card_asks")


def test_the_product_spoken_of_and_the_coupon_stand_on_it(cards, talk, ten_percent):
    cards.ask("how much is the cold brew?")
    thoughts = cards.ask("make me a card for Mei")
    card = next(one.card for one in thoughts if isinstance(one, Carded))
    assert "cold brew" in card.product.casefold()
    assert card.price.startswith("$")
    assert card.coupon == talk.house.issued[0]
    assert sum(isinstance(one, Offered) for one in thoughts) == 1


def test_a_second_card_carries_the_same_coupon(cards, talk, ten_percent):
    cards.ask("any coupons?")
    first, second = cards.card("make me a card for Mei"), cards.card("make me a card for Ann")
    assert first is not None
    assert second is not None
    assert first.coupon == second.coupon == talk.house.issued[0]
    assert len(talk.house.issued) == 1


def test_a_spent_budget_leaves_the_card_without_a_coupon(cards, talk, ten_percent):
    talk.house.budget = 0
    card = cards.card("make me a card for Mei")
    assert card is not None
    assert card.coupon is None


def test_a_coupon_offers_a_card_and_yes_is_enough(cards, ten_percent):
    assert any("card" in one.text for one in cards.ask("do you have a coupon for me?") if isinstance(one, Said))
    assert cards.step("yes, please") == "card_asks"


def test_there_is_an_end_to_cards(cards, talk, ten_percent):
    cards.may = False
    thoughts = cards.ask("make me a card for Mei")
    assert not any(isinstance(one, Carded | Offered) for one in thoughts)
    assert talk.house.issued == []
