"""Names written without spaces: what is asked is found by its letters, and what is not sold is not answered by a cousin."""

import pytest

TEA_LIST = """名称,价格,货币,类别
晨间红茶 250 克,88,CNY,茶叶
晚间红茶 250 克,78,CNY,茶叶
晚间红茶 500 克,140,CNY,茶叶
龙井绿茶 100 克,120,CNY,茶叶
茶杯,45,CNY,茶具
Earl Grey,60,CNY,茶叶
"""
RULES = """# 云雾茶铺

## 退货

未开封的茶叶可在十四天内退货。

## 营业时间

每天上午九点到晚上八点营业。
"""
JAPANESE_LIST = """商品名,価格,通貨
抹茶ラテ,500,JPY
ほうじ茶ラテ,480,JPY
抹茶アイス,350,JPY
"""


@pytest.fixture
def tea_shop(talk_with):
    return talk_with({"店规.md": RULES.encode(), "价目.csv": TEA_LIST.encode()})


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("晨间红茶多少钱？", {"¥88.00"}),
        ("晚间红茶 500 克多少钱", {"¥140.00"}),
        ("晚间红茶怎么卖？", {"¥78.00", "¥140.00"}),
        ("红茶多少钱？", {"¥88.00", "¥78.00", "¥140.00"}),
        ("龙井多少钱", {"¥120.00"}),
        ("茶杯多少钱", {"¥45.00"}),
        ("我想买晨间红茶", {"¥88.00"}),
        ("有什么茶？", {"¥88.00", "¥78.00", "¥140.00"}),
        ("茶具有哪些？", {"¥45.00"}),
        ("我要两盒龙井", {"¥120.00"}),
        ("100元以下的红茶有哪些？", {"¥88.00", "¥78.00"}),
        ("晨间红茶和茶杯多少钱？", {"¥88.00", "¥45.00"}),
        ("伯爵红茶 Earl Grey 多少钱", {"¥60.00"}),
    ],
)
def test_the_letters_say_which_is_meant(tea_shop, question, named):
    answer = tea_shop.words(question)
    assert {price for price in ("¥88.00", "¥78.00", "¥140.00", "¥120.00", "¥45.00", "¥60.00") if price in answer} == named, answer


@pytest.mark.parametrize("question", ["乌龙茶多少钱？", "桂花糕多少钱", "有花茶吗？", "你们有咖啡吗？", "茉莉花茶有货吗"])
def test_what_is_not_sold_is_not_answered_by_another_product(tea_shop, question):
    answer = tea_shop.words(question)
    assert tea_shop.history[-1].steps[-1] not in ("product", "finder"), answer
    assert "¥" not in answer


def test_a_rule_about_a_product_is_no_question_for_its_price(tea_shop):
    assert "十四天" in tea_shop.words("可以退货吗")
    assert "¥" not in tea_shop.words("晨间红茶开了封可以退货吗？")


def test_what_is_asked_of_a_product_and_not_on_the_list_is_not_answered_with_its_price(tea_shop):
    for question in ("晨间红茶怎么泡？", "晨间红茶和晚间红茶有什么区别？"):
        assert "¥" not in tea_shop.words(question), question


def test_a_name_said_is_not_what_was_spoken_of_before(tea_shop):
    tea_shop.ask("晚间红茶 250 克多少钱？")
    assert "¥88.00" in tea_shop.words("那晨间红茶呢？")
    assert "¥88.00" in tea_shop.words("它多少钱？")


def test_japanese_names_are_told_apart_the_same_way(talk_with):
    shop = talk_with({"list.csv": JAPANESE_LIST.encode()})
    prices = {"抹茶ラテはいくらですか？": "500", "ほうじ茶ラテはいくらですか？": "480", "抹茶アイスはありますか？": ""}
    for question, price in prices.items():
        answer = shop.words(question)
        assert price in answer, answer
        assert not any(other in answer for other in {"500", "480"} - {price}), answer
    both = shop.words("抹茶はいくらですか？")
    assert [name for name in ("抹茶ラテ", "抹茶アイス", "ほうじ茶ラテ") if name in both] == ["抹茶ラテ", "抹茶アイス"]
