"""What somebody says who wants to buy: several things in one breath, a discount larger than any, and two questions at once."""

import re
from decimal import Decimal

import pytest

from app.conversations.skills.coupon_terms import percent_asked, terms_in
from app.conversations.skills.two_questions import two_questions
from app.conversations.thoughts import Offered, Said

HEN_HOUSE = """name,price,currency,category,stock,unit
"Eggs, half dozen",2.10,GBP,Eggs,in stock,
Carrots,1.20,GBP,Vegetables,in stock,kg
Goat cheese,4.50,GBP,Cheese,3,
Imported olives,5.00,EUR,Delicatessen,in stock,
Ham and pickle pie,3.80,GBP,Pies,in stock,
Honey,,GBP,Honey,in stock,
"Cider, 12 oz",3.00,GBP,Drinks,in stock,
"""
CAFE = """名称,价格,货币,类别
拿铁（小杯）,22,CNY,咖啡
拿铁（大杯）,26,CNY,咖啡
可颂,14,CNY,面包
"""


def sums_in(words):
    """Every amount that is said to be what something comes to together."""
    return re.findall(r"(?:Together that is|一共|合計|Cela fait) \D{0,2}(\d+\.\d\d)", words)


@pytest.mark.parametrize(
    ("message", "total"),
    [
        ("Two large lattes and three cold brews", 2 * Decimal("5.10") + 3 * Decimal("4.50")),
        ("I'd like 2 cold brews, a masala chai and a small cappuccino please", 2 * Decimal("4.50") + Decimal("4.50") + Decimal("4.40")),
        ("how much are two cold brews and a masala chai", 3 * Decimal("4.50")),
        ("Good morning, could I get 3 cold brews please", 3 * Decimal("4.50")),
        ("两杯大杯拿铁和一杯卡布奇诺", 2 * Decimal("5.10") + Decimal("4.40")),
        ("大きいラテ二つとカプチーノ一つをください", 2 * Decimal("5.10") + Decimal("4.40")),
        ("Deux cappuccinos et un grand latte, s'il vous plaît", 2 * Decimal("4.40") + Decimal("5.10")),
    ],
)
def test_what_is_counted_is_added_up_to_the_cent(talk, message, total):
    words = talk.words(message)
    assert [Decimal(one) for one in sums_in(words)] == [total], words


@pytest.mark.parametrize(
    "message",
    ["I'd like two croissants and a small cappuccino", "两个牛角包和一杯小杯卡布奇诺", "クロワッサン二つと小さいカプチーノをください",
     "Deux croissants et un petit cappuccino, s'il vous plaît", "two croissants, one cappuccino"],
)  # fmt: skip
def test_a_name_that_fits_several_products_names_them_and_no_sum(talk, message):
    words = talk.words(message)
    assert all(price in words for price in ("$3.20", "$3.90", "$4.40")), words
    assert not sums_in(words)


def test_each_price_rests_on_its_row(talk):
    said = [one for one in talk.ask("two large lattes and a cold brew please") if isinstance(one, Said)]
    assert all(one.citations for one in said)
    assert {citation.quote.partition(" |")[0] for one in said for citation in one.citations} == {"Latte, large", "Cold Brew"}


def test_what_is_sold_out_is_said_and_not_added_up(talk):
    words = talk.words("I'd like two oat and raisin cookies and a cold brew")
    assert "sold out" in words
    assert "$4.50" in words
    assert not sums_in(words)


@pytest.mark.parametrize("thing", ["lasagna", "brownie"])
def test_what_is_not_sold_is_said_by_its_name(talk, thing):
    words = talk.words(f"Can I get a cold brew and a {thing}?")
    assert f"“{thing}”" in words
    assert "$4.50" in words
    assert not sums_in(words)


@pytest.mark.parametrize(
    "message",
    ["Can I get a receipt and a bag?", "I'd like to return two mugs and a bag", "I want a latte and your wifi password",
     "a refund and a cold brew please", "a latte without milk and a cold brew", "the difference between a latte and a flat white",
     "what goes with a latte and a croissant"],
)  # fmt: skip
def test_what_is_no_list_of_things_is_left_to_others(talk, message):
    words = talk.words(message)
    assert "Which one would you like" not in words
    assert "I do not find" not in words
    assert not sums_in(words)


@pytest.mark.parametrize(
    ("message", "total"),
    [("two goat cheeses and two cider, 12 oz, please", ["15.00"]), ("a cider, 12 oz cider please", []),
     ("a ham and pickle pie and two goat cheeses please", ["12.80"]), ("how much for six eggs", []),
     ("two carrots and a goat cheese", []), ("a goat cheese and two imported olives please", []),
     ("a honey and a goat cheese please", [])],
)  # fmt: skip
def test_packs_weights_other_money_and_missing_prices_make_no_sum(talk_with, message, total):
    words = talk_with({"list.csv": HEN_HOUSE.encode()}).words(message)
    assert sums_in(words) == total, words
    assert "£" in words


def test_names_written_without_spaces_are_told_by_their_letters_and_size(talk_with):
    words = talk_with({"价目.csv": CAFE.encode()}).words("我要两杯大杯拿铁和一个可颂")
    assert sums_in(words) == ["66.00"], words
    assert "¥22" not in words


def test_who_is_about_to_buy_hears_what_it_costs(talk, house, ten_percent):
    house.offers.clear()
    words = talk.words("I'll have two cold brews")
    assert words.index("basket") < words.index("$9.00")
    assert "Which one" in talk.words("I'll have a flat white")
    assert talk.words("I'll take it").startswith("Good choice")
    house.offers.append(ten_percent)
    thoughts = talk.ask("I'll have two cold brews and a masala chai")
    assert any(isinstance(one, Offered) for one in thoughts)
    assert any(isinstance(one, Said) and "$13.50" in one.text for one in thoughts)


@pytest.mark.parametrize(
    ("message", "percent"),
    [("Can I get 50% off?", 50), ("20 percent discount please", 20), ("打八折可以吗", 20), ("打八五折行吗", 15), ("5割引にできますか", 50),
     ("une remise de 12,5 %", 12.5), ("any discount?", None)],
)  # fmt: skip
def test_the_share_that_is_asked_is_read(message, percent):
    assert percent_asked(message) == percent


def test_more_than_there_is_is_refused_with_what_there_is(talk, house, ten_percent):
    thoughts = talk.ask("Can I get 50% off?")
    words = " ".join(one.text for one in thoughts if isinstance(one, Said))
    assert "50%" in words
    assert words.index("50%") < words.index("10 % off your basket")
    assert any(isinstance(one, Offered) for one in thoughts)
    assert "50%" in talk.words("50% off?")  # the one in hand is no answer to that either
    assert len(house.issued) == 1


def test_less_than_there_is_is_no_refusal(talk, ten_percent):
    assert "cannot take" not in talk.words("Can I get 5% off?")


def test_a_share_asked_of_a_shop_without_offers_is_refused_by_name(talk):
    words = talk.words("Can I get 50% off?")
    assert "50%" in words
    assert "no coupon" in words


@pytest.mark.parametrize("language", ["zh", "ja", "fr"])
@pytest.mark.parametrize(
    ("terms", "held"),
    [
        ("10 % off one order, single use.", ("10 %",)),
        ("2.00 EUR off a cart of at least 20.00 EUR, at most 5.00 EUR, as long as 1.00 EUR remain to pay, single use.",
         ("2.00 EUR", "20.00 EUR", "5.00 EUR", "1.00 EUR")),
        ("10 % off tea in a cart of at least 20.00 USD, single use.", ("10 %", "tea", "20.00 USD")),
        ("Keep Cup for free with a cart of at least 40.00 USD, single use.", ("Keep Cup", "40.00 USD")),
    ],
)  # fmt: skip
def test_every_clause_is_said_in_the_shoppers_language(terms, held, language):
    told = terms_in(terms, language)
    assert all(one in told for one in held)
    assert not re.search(r"\b(?:off|order|cart|least|most|single|free|remain)\b", told)
    assert terms_in(terms, "en") == terms


def test_terms_with_a_clause_nobody_knows_stay_whole():
    terms = "10 % off one order, not on Mondays, single use."
    assert terms_in(terms, "fr") == terms


@pytest.mark.parametrize(
    ("message", "both"),
    [
        ("When do you open and do you have wifi?", ("7:00", "Wi-Fi")),
        ("几点开门？可以退货吗？", ("7:00", "14 days")),
        ("Can I pay by card and do you deliver?", ("Apple Pay", "4 dollars")),
        ("Vous ouvrez quand ? Est-ce que vous livrez ?", ("7:00", "4 dollars")),
    ],
)
def test_two_questions_get_two_answers_with_their_sources(talk, message, both):
    said = [one for one in talk.ask(message) if isinstance(one, Said)]
    words = " ".join(one.text for one in said)
    assert all(one in words for one in both), words
    assert len({citation.passage_id for one in said for citation in one.citations}) == 2


@pytest.mark.parametrize(
    "message",
    ["do you deliver and how much is it?", "do you have gift boxes and how much?", "我身高一米九五，有合适的车吗？",
     "Is it quiet? I want to read",
     "do you sell tea and coffee", "is it vegan? is it hot? is it large?", "可以货到付款吗?多少钱?"],
)  # fmt: skip
def test_what_leans_on_the_rest_is_one_question(message):
    assert two_questions(message) is None
