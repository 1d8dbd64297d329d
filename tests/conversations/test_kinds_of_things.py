"""A shop assistant knows that a cookie is sweet, that tea is drunk and that a tea towel is no tea: wishes for kinds, in four languages."""

import pytest

from app.conversations.knowledge.kinds import kinds_of
from app.conversations.knowledge.pieces import ProductFact
from app.conversations.thoughts import RepliesFit

SWEETS = ("Croissant", "Bun", "Banana Bread", "Cookie", "Cake", "Macaroon", "Chocolate Bar")


def fact(name, category="", description=""):
    return ProductFact(
        name=name, price_minor=100, currency="USD", category=category, stock=None, allergens=None, description=description, url="",
        row_number=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "is_one_of", "is_none_of"),
    [
        (fact("Chocolate Chip Cookie"), {"§sweet", "§food"}, {"§drink"}),
        (fact("Tea towel", "Household"), set(), {"§drink"}),
        (fact("Masala Chai", "Tea"), {"§drink"}, {"§food"}),
        (fact("Hot Chocolate", "Hot drinks"), {"§drink"}, {"§food"}),
        (fact("House beans 250 g", "Coffee"), set(), {"§drink"}),
        (fact("English Breakfast Tea", "Tea"), {"§drink"}, {"§breakfast"}),
        (fact("Banana loaf slice", "Counter", "Sweet, moist, and best toasted."), {"§sweet"}, set()),
        (fact("Steel flask", "Outdoor", "Keeps drinks cold for a day."), set(), {"§drink", "§cold"}),
        (fact("晨间红茶 100 克", "茶"), {"§drink"}, {"§food"}),
        (fact("茶杯", "器具"), set(), {"§drink"}),
        (fact("Oat bar", "Snacks", "Vegan."), {"§vegan", "§vegetarian"}, set()),
    ],
)  # fmt: skip
def test_the_last_word_of_a_name_says_what_a_thing_is(row, is_one_of, is_none_of):
    assert is_one_of <= kinds_of(row)
    assert not is_none_of & kinds_of(row)


@pytest.mark.parametrize(
    "question",
    ["Do you have something sweet?", "what desserts do you have?", "do u have smth sweet", "有什么甜的吗", "甘いものはありますか",
     "Avez-vous quelque chose de sucré ?"],
)  # fmt: skip
def test_something_sweet_is_no_sugar_bowl(talk, question):
    words = talk.words(question)
    assert sum(one in words for one in SWEETS) >= 2
    assert "brown sugar" not in words
    assert "Crisps" not in words


@pytest.mark.parametrize(
    "question",
    ["something sweet without nuts", "un dessert sans noix ?", "有不含坚果的甜点吗", "ナッツの入っていないデザートはありますか",
     "I have a nut allergy, do you have something sweet?"],
)  # fmt: skip
def test_a_limit_and_a_kind_are_both_heard(talk, question):
    words = talk.words(question)
    assert "Coconut Macaroon" in words
    assert not any(held in words for held in ("Almond", "Banana Bread", "Crisps", "Still Water"))


def test_what_was_just_listed_is_narrowed_and_the_list_goes_on_narrowed(talk):
    talk.ask("something sweet")
    assert "Coconut Macaroon costs $2.60" in talk.words("the cheapest one, please")
    talk.history.clear()
    talk.ask("drinks without milk")
    assert "Sandwich" not in talk.words("under 4 dollars") + talk.words("yes please")
    talk.history.clear()
    talk.ask("something sweet")
    assert "Still Water" in talk.words("anything else without nuts?")


@pytest.mark.parametrize("message", ["coffee?", "Bakery", "sandwiches", "甜点"])
def test_the_bare_word_for_a_kind_shows_the_kind(talk, message):
    assert talk.step(message) == "finder"


def test_a_short_question_about_a_kind_is_no_wish_for_it(talk_with):
    bakery = talk_with({
        "list.csv": b"name,price,currency,category\nCountry loaf,4.80,GBP,Bread\nRye loaf,5.20,GBP,Bread\n",
        "rules.md": b"# Bakery\n\n## Slicing\n\nWe slice any loaf for you free of charge.\n",
    })  # fmt: skip
    assert bakery.step("パンを切ってもらえますか") != "finder"
    assert bakery.step("do you do breakfast") not in {"finder", "product"}


def test_two_things_in_one_breath_both_get_their_price(talk):
    words = talk.words("I'd like two flat whites and a croissant")
    assert all(one in words for one in ("Flat White for $4.20", "Flat White for $4.90", "Butter Croissant for $3.20"))


@pytest.mark.parametrize(
    "question", ["do you have bread without gluten?", "gluten free bread", "avez-vous du pain sans gluten", "有不含麸质的面包吗"]
)
def test_a_grain_that_holds_gluten_is_never_free_of_it(talk_with, question):
    bakery = talk_with({
        "list.csv": b"name,price,currency,category,allergens\nRye loaf,5.20,GBP,Bread,rye\nSpelt roll,1,GBP,Bread,none\n"
        b"Country loaf,4,GBP,Bread,wheat\n",
    })  # fmt: skip
    assert not any(name in bakery.words(question) for name in ("Rye", "Spelt", "Country"))


def test_how_many_is_no_price_limit(talk):
    assert "Chocolate Chip Cookie" in talk.words("how much for 2 cookies")
    assert "Coconut Macaroon" in talk.words("anything sweet for $3")
    assert "Cinnamon Bun" not in talk.words("anything sweet for $3")


def test_whether_a_thing_is_vegan_is_told_by_its_row(talk):
    assert "milk, egg" in talk.words("is the cinnamon bun vegan?")
    assert "Vegan." in talk.words("is the oat latte vegan?")


@pytest.mark.parametrize(
    ("question", "names", "pressed"),
    [
        ("你们有什么", "咖啡，烘焙糕点，茶，冷饮", "有什么烘焙糕点？"),
        ("おすすめは何ですか", "冷たい飲み物", "冷たい飲み物のおすすめは？"),
        ("que proposez-vous ?", "boissons froides", "Je cherche : boissons froides"),
        ("what do you have?", "cold drinks", "Cold drinks, please"),
    ],
)  # fmt: skip
def test_shelves_are_named_in_the_shoppers_language_and_open_when_pressed(talk, question, names, pressed):
    thoughts = talk.ask(question)
    assert names in " ".join(one.text for one in thoughts if hasattr(one, "text"))
    assert pressed in next(one for one in thoughts if isinstance(one, RepliesFit)).texts
    first = talk.words(pressed)
    assert "Croissant" in first or "Still Water" in first
    more = talk.words("yes please")
    assert more != first


def test_a_shelf_no_table_knows_keeps_its_own_name(talk_with):
    shop = talk_with({"list.csv": b"name,price,currency,category\nAlpha,1,USD,Widgets\nBeta,1,USD,Widgets\nGamma,2,USD,Tea\n"})
    assert "Widgets，茶" in shop.words("你们有什么")
