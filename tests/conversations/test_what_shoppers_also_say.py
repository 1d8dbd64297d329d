"""Names, codes in hand, orders of one's own, small talk: what is said in a shop besides asking for things, answered as people do."""

import pytest

from app.conversations.memory.told import facts_in, name_told_alone
from app.conversations.skills.phrases import has
from app.conversations.thoughts import MessageWanted


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("My name is Anna", "Anna"), ("Hi, my name is Anna-Lena!", "Anna-Lena"), ("我叫小明", "小明"), ("私の名前は田中です", "田中"),
        ("je m'appelle Marie", "Marie"), ("call me a taxi", ""), ("please call me tomorrow", ""), ("私は学生です", ""),
        ("my name is Anna and my order is late", ""), ("my name is Anna?", ""), ("my name is 1234", ""),
    ],
)  # fmt: skip
def test_a_name_is_heard_where_nothing_else_is_said(message, name):
    assert name_told_alone(message) == name


def test_a_name_is_greeted_and_kept_nowhere_where_memory_is_off(talk):
    words = talk.words("My name is Anna")
    assert "Pleased to meet you, Anna" in words
    assert "May I remember" not in words
    assert "Anna" in talk.words("what's my name?")
    talk.history.clear()
    assert "not told me" in talk.words("what's my name?")
    assert facts_in("please call me tomorrow") == ()


def test_an_insult_is_no_name(talk):
    assert "idiot" not in talk.words("my name is idiot")


@pytest.mark.parametrize(
    "question",
    ["what's my code again?", "how do I use the code?", "when does it expire?", "can I use it twice", "怎么用？", "使い方を教えてください"],
)
def test_the_code_in_hand_is_explained_and_no_second_one_comes(talk, house, ten_percent, question):
    talk.ask("do you have a coupon?")
    words = talk.words(question)
    assert house.issued[0].code in words
    assert "23" in words  # the day until which it is good
    assert len(house.issued) == 1


def test_a_refused_code_goes_to_people_too(talk, house, ten_percent):
    talk.ask("do you have a coupon?")
    thoughts = talk.ask("the code doesn't work")
    assert any(isinstance(one, MessageWanted) for one in thoughts)
    assert len(house.issued) == 1
    talk.ask("the wifi doesn't work")
    assert talk.history[-1].steps[-1] != "coupon"


@pytest.mark.parametrize(
    "question",
    ["where is my order?", "I ordered beans last week and they haven't arrived", "can I cancel my order", "我的订单到哪了",
     "注文した商品が届きません", "où est ma commande ?"],
)  # fmt: skip
def test_an_order_of_ones_own_is_looked_up_by_people(talk, house, question):
    assert talk.step(question) == "order_unseen"
    assert talk.step("my number is 10482") == "message"
    assert talk.step("anna@example.com") == "message"
    assert "10482" in house.messages[0]
    assert "anna@example.com" in house.messages[1]


@pytest.mark.parametrize("question", ["when will my order arrive", "can I collect my order", "do you ship orders abroad"])
def test_how_orders_go_is_a_house_rule(talk, question):
    assert talk.step(question) != "order_unseen"


def test_a_shop_whose_papers_say_what_to_do_is_quoted(talk_with):
    shop = talk_with({"rules.md": b"# Shop\n\n## Cancelling an order\n\nYou can cancel your order until it leaves us; call 555 0199.\n"})
    assert shop.step("can I cancel my order") == "rule"


@pytest.mark.parametrize(
    "message",
    ["how old are you?", "do you like coffee?", "what's your favourite drink?", "你几岁", "tu aimes le café ?", "好きな飲み物は何ですか"],
)
def test_she_has_no_age_and_no_taste(talk, message):
    words = talk.words(message)
    assert "AI" in words or "IA" in words
    assert talk.history[-1].steps[-1] == "courtesy"


@pytest.mark.parametrize("message", ["you're funny", "I love you", "你真棒", "素敵ですね", "vous êtes gentille"])
def test_a_kind_word_is_thanked_for(talk, message):
    assert talk.step(message) == "courtesy"


@pytest.mark.parametrize(
    "message", ["are you closed on Sunday", "where do you get your beans from", "you are great, do you have a cold brew?"]
)
def test_small_talk_takes_no_question_away(talk, message):
    assert talk.step(message) != "courtesy"


def test_thanks_and_goodbye_are_both_returned(talk):
    words = talk.words("thanks, bye")
    assert "welcome" in words
    assert "Goodbye" in words


@pytest.mark.parametrize("message", ["你好", "你好！", "您好", "你好啊"])
def test_hello_in_chinese_is_no_compliment(talk, message):
    said = talk.words(message)
    assert "您好" in said
    assert "谢谢" not in said


@pytest.mark.parametrize(
    ("intent", "meant", "not_meant"),
    [
        ("coupon", ("any vouchers?", "a voucher for me", "a voucher code"), ("do you sell gift vouchers", "voucher price?")),
        ("human", ("人工客服", "我要人工", "担当者と話したい"), ("石は人工ですか", "担当者は英語を話せますか")),
        ("abuse", ("shut up", "you bitch", "useless"), ("if my mates won't shut up", "my bitch is in heat", "I'm useless at knots")),
        ("complaint", ("我要投诉", "苦情です"), ("投诉可以写信吗？", "苦情はどこに送ればいいですか?")),
        ("purchase", ("我买两个", "怎么样，下单吧"), ("我买的茶能退吗", "下单后怎么改地址")),
    ],
)  # fmt: skip
def test_a_word_is_not_yet_a_wish(intent, meant, not_meant):
    assert [text for text in meant if not has(intent, text)] == []
    assert [text for text in not_meant if has(intent, text)] == []


def test_whoever_asks_the_price_of_what_is_sold_out_hears_that_too(talk):
    words = talk.words("How much is the oat and raisin cookie?")
    assert "$2.80" in words
    assert "sold out" in words
