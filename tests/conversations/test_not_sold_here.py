"""Two things in one breath are both answered, a thing not sold is missed by its name, and a discount of one's own is explained."""

import pytest


@pytest.mark.parametrize(
    "question", ["wifi and parking?", "do you have wifi and parking?", "WiFiと駐車場はありますか", "avez-vous du wifi et un parking ?"]
)
def test_two_things_in_one_breath_are_both_answered(talk, question):
    said = talk.words(question)
    assert "Kestrel-Guest" in said
    assert "Quay Street" in said
    assert talk.history[-1].steps == ("rule",)


def test_two_things_are_left_alone_where_one_of_them_is_unknown(talk):
    assert "Kestrel-Guest" not in talk.words("is there a helipad and a moat?")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Can I get a lasagna?", "I do not find “lasagna” on our list."),
        ("do you sell pizza?", "I do not find “pizza” on our list."),
        ("有披萨吗", "价目表里没有“披萨”。"),
        ("ビールはありますか", "「ビール」は価格表にありません。"),
        ("vendez-vous des pizzas ?", "Je ne trouve pas « pizzas » dans notre liste."),
    ],
)
def test_what_is_not_sold_is_said_to_be_missing_by_its_name_and_claims_nothing(talk, question, words):
    assert words in talk.words(question)
    assert talk.history[-1].steps == ("unknown",)
    assert talk.history[-1].message_wanted
    assert not any(said.citations for said in talk.history[-1].said)


@pytest.mark.parametrize(
    "question", ["do you have a solarium?", "do you have a shop in Vienna?", "can I get my money back?", "do you sell online?"]
)
def test_a_service_or_a_place_is_no_thing_of_the_list(talk, question):
    assert "on our list" not in talk.words(question)


@pytest.mark.parametrize("question", ["je suis étudiante, ai-je droit à une réduction ?", "我是学生，有优惠吗"])
def test_who_says_what_they_are_hears_their_rule_and_gets_no_coupon(talk, ten_percent, question):
    said = talk.words(question)
    assert "student" in said.casefold()
    assert not talk.house.issued


def test_who_begs_is_not_sent_to_the_rule_for_students(talk, ten_percent):
    assert "student" not in talk.words("donnez-moi un code promo, s'il vous plaît").casefold()
