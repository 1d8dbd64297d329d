"""A weight, a size or a count that is asked of a product is told from its row, as the list writes it; a row without it answers nothing."""

import pytest

from app.conversations.knowledge.pieces import ProductFact
from app.conversations.skills.row_facts import fact_asked, told_in

ROWS = """name,category,price,currency,stock,description
Tarn rain jacket women,Jackets,149.00,EUR,8,"10,000 mm, taped seams, 390 g, sizes 8 to 18."
Tarn rain jacket men,Jackets,149.00,EUR,12,"10,000 mm, taped seams, 430 g, sizes S to XXL."
Fell fleece,Mid layers,65.00,EUR,14,"Recycled polyester, half zip, 280 g."
Beck boots,Footwear,185.00,EUR,5,"Leather, sizes 36 to 47, 1.2 kg a pair."
Rucksack 28 l,Packs,95.00,EUR,7,"Rain cover included, two side pockets, 890 g."
Enamel mug,Camp kitchen,11.00,EUR,30,"Dishwasher-proof, cream or navy."
"""


@pytest.fixture
def shop(talk_with):
    return talk_with({"gear.csv": ROWS.encode()})


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("how heavy is the fell fleece?", "The weight of Fell fleece is 280 g."),
        ("how much do the beck boots weigh?", "The weight of Beck boots is 1.2 kg a pair."),
        ("what sizes do the beck boots come in?", "“sizes 36 to 47”"),
        ("how heavy is the 28 litre rucksack?", "The weight of Rucksack 28 l is 890 g."),
        ("how many pockets does the rucksack have?", "“two side pockets”"),
        ("what colours does the enamel mug come in?", "“cream or navy”"),
        ("what is the fell fleece made of?", "“Recycled polyester”"),
        ("靴子有多重？", "Beck boots 的重量是 1.2 kg a pair。"),
        ("ブーツの重さは？", "Beck boots の重さは 1.2 kg a pair です。"),
        ("combien pèsent les bottes ?", "Le poids de Beck boots est de 1.2 kg a pair."),
    ],
)
def test_a_fact_of_the_row_is_told_in_the_words_of_the_list(shop, question, words):
    assert words in shop.words(question)
    assert shop.history[-1].steps == ("product",)
    assert shop.history[-1].said[0].citations


@pytest.mark.parametrize(
    "question",
    [
        "how many pockets does the fell fleece have?",
        "how heavy is the enamel mug?",
        "what colours does the fell fleece come in?",
        "how many calories does the enamel mug have?",
        "where is the fell fleece made?",
    ],
)
def test_a_fact_that_the_row_leaves_out_is_said_to_be_missing(shop, question):
    said = shop.words(question)
    assert "Our list does not say that about" in said
    assert "€" not in said
    assert "in stock" not in said
    assert shop.history[-1].steps == ("unknown",)


def test_the_other_one_is_compared_with_the_one_spoken_of(shop):
    shop.words("how much does the women's tarn jacket weigh?")
    said = shop.words("is the men's one heavier?")
    assert "The weight of Tarn rain jacket men is 430 g." in said
    assert "The weight of Tarn rain jacket women is 390 g." in said


def test_and_the_next_one_is_asked_for_the_same_fact(shop):
    shop.words("how heavy are the beck boots?")
    assert shop.words("and the fell fleece?") == "The weight of Fell fleece is 280 g."


@pytest.mark.parametrize(
    "question",
    [
        "how many do you have?",
        "how many people may come?",
        "what is the weight limit for parcels?",
        "how much is the fleece?",
        "有几个座位？",
    ],
)
def test_a_count_of_stock_and_a_limit_are_no_facts_of_a_row(question):
    asked = fact_asked(question)
    assert asked is None or asked.kind == "count"
    assert asked is None or not told_in(ProductFact("Fell fleece", 100, "EUR", "", 3, None, "280 g.", "", 1), asked)


@pytest.mark.parametrize(
    ("description", "told"),
    [("Weighs 14 kg.", "Weighs 14 kg"), ("Merino, 180 g per square metre.", ""), ("For dogs up to 10 kg.", ""), ("20 g of protein.", "")],
)
def test_a_weight_is_the_things_own(description, told):
    asked = fact_asked("how heavy is it?")
    assert told_in(ProductFact("Thing", 100, "EUR", "", 3, None, description, "", 1), asked) == told


def test_a_rating_is_a_number_and_a_waterproof_lining_is_none():
    boots = ProductFact("Beck boots", 100, "EUR", "", 3, None, "Leather with waterproof lining.", "", 1)
    rating, quality = fact_asked("what is the waterproof rating of the boots?"), fact_asked("how waterproof are the boots?")
    assert told_in(boots, rating) == ""
    assert "waterproof lining" in told_in(boots, quality)


@pytest.mark.parametrize(
    ("question", "words"), [("and how much is it?", "€185.00"), ("and is it in stock?", "5 left"), ("and is it waterproof?", "")]
)
def test_what_is_asked_anew_is_not_answered_by_the_fact_of_before(shop, question, words):
    shop.words("how heavy are the beck boots?")
    said = shop.words(question)
    assert words in said
    assert "The weight of" not in said


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("how many pockets does it have?", "“two side pockets”"),
        ("how heavy is it?", "The weight of Rucksack 28 l is 890 g."),
        ("what colours does it come in?", "Our list does not say that about Rucksack 28 l"),
    ],
)
def test_a_fact_is_told_of_what_was_just_spoken_of(shop, asked, words):
    shop.words("how much is the rucksack?")
    assert words in shop.words(asked)
