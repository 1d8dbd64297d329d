"""Questions that lean on the last answer, questions a heading promises, and what a list does not say."""

import pytest

from app.conversations.thoughts import Said

RULES = b"""# Alder Climbing

## Opening hours

We are open from 10:00 to 22:00. On Sundays we close at 19:00. On public holidays we are closed.

## Guided evenings

A guided evening starts on Fridays at 18:30. It takes two hours and costs 12 euros.

## Second pair of shoes

A second pair of climbing shoes has 20 percent off.
"""
LIST = b"""name,price,currency,category,allergens,description
Oat bar,2.50,EUR,Snacks,gluten,Chewy and filling
Lemon tart,3.50,EUR,Cake,gluten egg dairy,Sour and sweet
Berry cake,3.90,EUR,Cake,gluten,Unsweetened and dark
Day ticket,14.00,EUR,Tickets,,All walls
"""


@pytest.fixture
def gym(talk_with):
    return talk_with({"Rules.md": RULES, "List.csv": LIST})


@pytest.mark.parametrize(
    ("before", "then", "word"),
    [
        ("what are your opening hours?", "and on public holidays?", "closed"),
        ("when does a guided evening start?", "how long does it take?", "two hours"),
        ("when does a guided evening start?", "and what does it cost?", "12 euros"),
    ],
)
def test_a_follow_up_is_answered_from_the_rule_just_quoted(gym, before, then, word):
    assert gym.step(before) == "rule"
    assert word in gym.words(then)
    assert gym.history[-1].steps == ("rule",)


@pytest.mark.parametrize("then", ["and do you have a sauna?", "is it free for dogs?", "and the parking?", "还有桑拿吗"])
def test_what_the_rule_does_not_speak_of_is_not_answered_from_it(gym, then):
    gym.ask("when does a guided evening start?")
    thoughts = gym.ask(then)
    assert gym.history[-1].steps[-1] not in ("rule", "product", "finder"), [one.text for one in thoughts if isinstance(one, Said)]


HALL = b"""# Weir Hall

## How many it holds

The Great Hall seats 160 at tables. The Loft seats 48 at tables or 70 in rows.

## When the gates are open

From March to October the gates are open every day from 9:00 to 18:00. From November to February they are open from 10:00 to 16:00.

## Bar and drinks

You may bring wine: corkage is 9 pounds a bottle, 12 for sparkling.

## Dogs

Dogs may come to the garden on a lead.
"""
ROOMS = b"""name,price,currency,category,allergens,description
Loft for an evening,390.00,GBP,Rooms,,From 18:00
"""


@pytest.fixture
def hall(talk_with):
    return talk_with({"Hall.md": HALL, "List.csv": ROOMS})


@pytest.mark.parametrize(
    ("before", "then", "word"),
    [
        ("how many people does the great hall seat at tables?", "and the loft?", "48"),
        ("until when are the gates open in July?", "and in winter?", "16:00"),
        ("how much is corkage for a bottle of wine?", "and for sparkling?", "12"),
    ],
)
def test_a_rest_of_a_question_is_about_the_rule_and_no_product_of_that_name(hall, before, then, word):
    hall.ask(before)
    assert word in hall.words(then)
    assert hall.history[-1].steps == ("rule",)


@pytest.mark.parametrize("then", ["and do you rent out bicycles?", "and a hairdresser?", "et vendez-vous des vélos ?"])
def test_a_question_of_its_own_is_not_answered_from_the_rule_just_quoted(hall, then):
    hall.ask("how much is corkage for a bottle of wine?")
    hall.ask(then)
    assert hall.history[-1].steps[-1] not in ("rule", "product", "finder")


def test_what_was_asked_of_one_product_is_asked_of_the_next(gym):
    assert "gluten" in gym.words("is the lemon tart gluten free?")
    told = gym.words("and the berry cake?")
    assert "gluten" in told
    assert "3.90" not in told


@pytest.mark.parametrize("then", ["有桑拿吗", "サウナはありますか", "你们卖绳子吗"])
def test_a_chinese_or_japanese_question_for_another_thing_is_no_question_about_the_last_product(gym, then):
    assert gym.step("how much is a day ticket?") == "product"
    gym.ask(then)
    assert gym.history[-1].steps[-1] not in ("product", "finder")


@pytest.mark.parametrize("then", ["多少钱？", "いくらですか"])
def test_a_bare_price_question_still_means_the_last_product(gym, then):
    gym.ask("tell me about the day ticket")
    assert "14" in gym.words(then)


def test_a_discount_that_a_rule_explains_is_quoted_and_no_coupon_drawn(gym, ten_percent):
    assert "20 percent" in gym.words("is there a discount on a second pair of shoes?")
    assert gym.house.issued == []
    assert gym.step("is there any discount today?") == "coupon"


def test_a_silent_list_of_allergens_says_nothing_about_sugar(gym):
    told = gym.words("do you have sugar free cake?")
    assert "Berry cake" in told
    assert "Lemon tart" not in told
    assert "allergen" not in gym.words("is the lemon tart sugar free?").casefold()
    assert "Oat bar" in gym.words("any snacks without nuts?"), "what lists of allergens do name is still concluded"


def test_how_many_there_are_of_something_is_not_answered_with_its_price(gym):
    assert gym.step("how many day ticket holders do you have?") not in ("product", "finder")
