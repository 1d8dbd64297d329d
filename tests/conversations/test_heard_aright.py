"""What is typed is heard as it was meant: French as French, a real word as itself, a name of a thing in four languages as that thing."""

import pytest

from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.spelling import corrected
from app.conversations.knowledge.words import concepts, lexicon_words


@pytest.mark.parametrize(
    "question",
    [
        "peut-on payer par chèque",
        "comment payer ?",
        "livrez-vous à domicile",
        "on m'a fait payer plus cher que l'étiquette en rayon",
        "faut-il réserver ?",
        "d'accord",
        "suis-je remboursé ?",
    ],
)
def test_french_without_the_commonest_small_words_is_french(question):
    assert language_of(question) == "fr"


@pytest.mark.parametrize(
    "question", ["do you have crème brûlée?", "is it on sale?", "can I add a clip-on?", "what's on tonight", "café?", "I'd like two"]
)
def test_english_with_a_borrowed_word_is_english(question):
    assert language_of(question) == "en"


@pytest.mark.parametrize(
    "question",
    [
        "are your employees paid well",
        "can I drop my bike off",
        "we are a choir of thirty people",
        "how fast is the gondola",
        "can you put happy birthday on it",
        "do older people get a discount",
        "puis-je prendre des photos",
    ],
)
def test_a_word_of_the_language_is_no_slip_of_the_finger(question):
    assert corrected(question, lexicon_words()) == question


@pytest.mark.parametrize(
    ("typed", "meant"), [("parsel colection", "parcel collection"), ("opning huors", "opening hours"), ("how mcuh", "how much")]
)
def test_slips_are_still_put_right(typed, meant):
    assert corrected(typed, lexicon_words()) == meant


@pytest.mark.parametrize(
    ("said", "concept"),
    [
        ("冷萃多少钱", "cold brew"),
        ("コールドブリューはありますか", "cold brew"),
        ("羽绒服有多重", "down"),
        ("combien coûtent les guêtres", "gaiters"),
        ("租火盆多少钱", "fire pit"),
        ("焚き火はできますか", "fire pit"),
        ("验光多少钱", "eye test"),
        ("処方箋は何時まで受け付けていますか", "prescription"),
        ("faut-il verser un acompte", "deposit"),
        ("改短裤脚要多少钱", "alterations"),
    ],
)
def test_things_of_the_trades_are_known_in_all_languages(said, concept):
    assert concept in concepts(said)


@pytest.mark.parametrize(
    ("said", "other"),
    [
        ("可以放烟花吗", "flowers"),
        ("花火はできますか", "flowers"),
        ("羽绒服", "clothes"),
        ("卫生纸在哪里", "toilet"),
        ("改短裤脚", "trousers"),
    ],
)
def test_a_longer_phrase_leaves_nothing_to_its_parts(said, other):
    assert other not in concepts(said)
