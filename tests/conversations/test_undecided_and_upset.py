"""Whoever asks for nothing in particular, has a complaint or is sad is met as a person would meet them; nothing is made up or conceded."""

import pytest
from test_names_without_spaces import TEA_LIST

from app.conversations.skills.frames import LANGUAGES
from app.conversations.skills.shelf_names import shelf_name
from app.conversations.thoughts import ANSWERING_STEPS, MessageWanted, RepliesFit


@pytest.mark.parametrize(
    "question", ["what do you recommend?", "What's popular?", "que me conseillez-vous ?", "有什么推荐？", "おすすめは何ですか"]
)
def test_whoever_has_no_wish_chooses_among_the_kinds_on_the_list(talk, question):
    thoughts = talk.ask(question)
    assert talk.history[-1].steps == ("browse",)
    listed = {one.product.category for one in talk.mind.index.passages if one.product}
    kinds = {shelf_name(category, language) for category in listed for language in LANGUAGES} | listed
    [offered] = [one.texts for one in thoughts if isinstance(one, RepliesFit)]
    assert len(offered) >= 2
    assert all(any(kind in text for kind in kinds) for text in offered)
    for text in offered:
        talk.history.clear()
        assert talk.step(text) in ("finder", "product"), text


def test_a_chinese_list_is_browsed_in_its_own_words(talk_with):
    shop = talk_with({"价目.csv": TEA_LIST.encode()})
    thoughts = shop.ask("有什么推荐？")
    [offered] = [one.texts for one in thoughts if isinstance(one, RepliesFit)]
    assert offered == ("有什么茶叶？", "有什么茶具？")
    assert "¥45.00" in shop.words("有什么茶具？")


@pytest.mark.parametrize(
    "question", ["what do you recommend for a headache", "有什么规定", "what do you have against dogs", "what rules do you have?"]
)
def test_a_question_for_something_is_not_browsing(talk, question):
    assert talk.step(question) != "browse"


@pytest.mark.parametrize(
    "message",
    [
        "my coffee arrived cold and I'm furious",
        "my coffee was cold and the guy was rude",
        "I want to complain",
        "我很生气",
        "你们店员态度太差",
        "je suis très déçue",
        "ひどすぎます、苦情です",
        "mon café est arrivé froid",
        "le gâteau était sec",
        "我点的咖啡是凉的",
        "カップが割れていました",
    ],
)
def test_a_complaint_is_met_with_an_apology_and_the_way_to_a_person(talk, house, ten_percent, message):
    thoughts = talk.ask(message)
    assert talk.history[-1].steps == ("complaint",)
    assert any(isinstance(one, MessageWanted) for one in thoughts)
    assert not house.issued, "an apology is no coupon"


def test_sadness_is_met_kindly_and_sells_nothing(talk, house, ten_percent):
    assert "sorry to hear" in talk.words("I'm sad today")
    assert talk.history[-1].steps[-1] not in ANSWERING_STEPS
    assert not house.issued


def test_a_shop_that_remembers_nobody_says_so(talk):
    for asked in ("forget me", "What do you know about me?", "忘了我"):
        assert talk.step(asked) == "memory"
    talk.history.clear()
    assert "I remember nothing about you" in talk.words("forget me")


def test_something_described_is_what_the_list_itself_calls_so(talk):
    words = talk.words("I want something cheap, under 3 dollars")
    assert talk.history[-1].steps == ("finder",)
    assert "$" in words
