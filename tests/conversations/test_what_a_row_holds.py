"""A product named in full is believed only as far as its row goes: another fact of it is admitted to be missing, and claims nothing."""

import pytest

from app.conversations.knowledge.index import whole_text

EVENTS = """name,category,price,currency,stock,description
Aldane Quintet,Concerts,28.00,EUR,64,Piano quintets by Schumann. Starts at 20:00 and takes about 95 minutes with one interval.
Lantern Tour,Tours,9.50,EUR,0,A walk through the cellars of the hall. Ages 8 and over.
Bookbinding Workshop,Workshops,45.00,EUR,6,Four hours on Saturday. All materials are included.
"""
GEAR = """name,category,price,currency,stock,description
Corrie 45 rucksack,Rucksacks,129.00,GBP,7,Canvas with a leather base. 45 litres.
Pit-zip rain jacket,Jackets,180.00,GBP,3,Three layers with zips under the arms. Weighs 420 g.
"""
ANSWERED = {"product", "finder", "rule"}


@pytest.fixture
def hall(talk_with):
    return talk_with({"events.csv": EVENTS.encode()})


@pytest.mark.parametrize(
    "question",
    [
        "who plays the piano in the Aldane Quintet?",
        "will the Aldane Quintet sign records afterwards?",
        "who leads the Lantern Tour?",
        "is there a place to park near the Bookbinding Workshop?",
    ],
)
def test_a_fact_that_the_row_leaves_out_is_not_answered_by_its_price(hall, question):
    assert hall.step(question) not in ANSWERED


def test_it_is_said_which_thing_the_list_is_silent_about_and_a_message_is_asked_for(hall):
    said = hall.words("who plays the piano in the Aldane Quintet?")
    assert "Our list does not say that about Aldane Quintet." in said
    assert hall.history[-1].steps == ("unknown",)
    assert hall.history[-1].message_wanted


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("how much is the Aldane Quintet?", "€28.00"),
        ("aldane quintet", "€28.00"),
        ("is the Lantern Tour sold out?", "sold out"),
        ("do you have the Bookbinding Workshop?", "€45.00"),
    ],
)
def test_price_and_stock_by_name_need_no_judge(hall, question, words):
    assert words in hall.words(question)


def test_what_the_row_says_is_told(talk_with):
    shop = talk_with({"gear.csv": GEAR.encode()})
    assert "leather" in shop.words("is the Corrie 45 rucksack canvas?")


def test_the_reader_of_question_and_row_sees_price_and_stock(hall):
    texts = [whole_text(passage) for passage in hall.mind.index.passages]
    assert texts[0].startswith("Concerts: Aldane Quintet. Price: €28.00. In stock: 64. Piano quintets")
    assert "Price: €9.50. Sold out." in texts[1]
