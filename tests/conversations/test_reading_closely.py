"""Reading closely: pieces as the model's own tokenizer makes them, a word left unanswered is seen, and the trees are the measured ones."""

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from app.conversations.knowledge import calibration
from app.conversations.knowledge.calibration import CLARIFY_CONFIDENCE_MIN, Trees, confidences, read_trees
from app.conversations.knowledge.measurements import FEATURES, best_others, kinds_of_answer, read_closely
from app.conversations.language_models.english_reader import EnglishReader, english_reader
from app.conversations.language_models.wordpiece import UNKNOWN, pieces
from app.conversations.thoughts import MessageWanted, Said

HALF_SURE = (
    "I'm 70 do I pay full price",
    "where can I leave my rucksack",
    "is there anything for pensioners",
    "may I film in the halls",
    "how late can I arrive",
)
"""Of these at least one is known to no more than half; which, the trees decide."""
MUSEUM = Path(__file__).parents[1] / "evaluation" / "shop-qa" / "tram-museum"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("When is checkout?", [2043, 2003, 4638, 5833, 1029]),
        ("Café, naïve!", [7668, 1010, 15743, 999]),
        ("営業", [UNKNOWN, UNKNOWN]),
        ("x" * 101, [UNKNOWN]),
    ],
)
def test_pieces_are_those_of_the_models_own_tokenizer(text, numbers):
    assert [number for _, number in pieces(text)] == numbers


def test_a_sentence_is_read_once_and_the_same_alone_or_among_others():
    reader = EnglishReader()
    alone = reader.read(["Dogs are welcome on a lead."])[0]
    among = EnglishReader().read(["Hi.", "Dogs are welcome on a lead.", "We open at nine and close at seven on every weekday."])[1]
    assert reader.read(["Dogs are welcome on a lead."])[0] is alone
    assert float(alone.whole @ among.whole) > 0.99
    assert np.allclose(np.linalg.norm(alone.vectors, axis=1), 1.0, atol=1e-4)


def test_the_word_a_passage_leaves_unanswered_shows():
    rule, question, beside = english_reader().read(
        ["Driving: You steer a tram for half an hour with an instructor.", "can I steer a tram", "can I steer a rocket"]
    )
    least = FEATURES.index("answered_least") - FEATURES.index("reading")
    covered, uncovered = (float(read_closely(each, [[rule]])[0, least]) for each in (question, beside))
    assert covered > uncovered + 0.1


def test_a_question_of_signs_only_measures_nothing():
    sign = english_reader().read(["?!"])[0]
    assert not read_closely(sign, [[sign]]).any()


def test_the_best_other_of_one_is_nothing():
    assert best_others(np.array([0.7])).tolist() == [0.0]
    assert best_others(np.array([0.2, 0.9, 0.5])).tolist() == [0.9, 0.5, 0.9]


def test_the_kind_of_answer_is_seen():
    assert kinds_of_answer("how much is it", "It takes a while.", has_price=True)[:1] == (1.0,)
    assert kinds_of_answer("how much is it", "It takes a while.", has_price=True)[3] == 1.0
    assert kinds_of_answer("when do you open", "We sell bread.", has_price=False)[4] == 0.0


def test_trees_walk_as_drawn():
    drawn = (0.0, np.zeros((1, 7), dtype=np.intp), np.full((1, 7), 0.5), np.arange(8.0)[None, :])
    table = np.array([[0.0], [1.0]])
    assert Trees(*drawn, np.zeros(1)).chance(table) == pytest.approx([0.5, 1 / (1 + np.exp(-7))])
    assert Trees(*drawn, np.full(1, -2.0)).chance(table) == pytest.approx([0.5, 1 / (1 + np.exp(-5))])


def test_trees_of_other_measurements_are_refused():
    text = resources.files(calibration.__package__).joinpath("confidence.json").read_text(encoding="utf-8")
    assert confidences(np.zeros((2, len(FEATURES)))).shape == (2,)
    with pytest.raises(ValueError, match="other measurements"):
        read_trees(json.dumps({**json.loads(text), "features": ["something else"]}))


@pytest.fixture(scope="module")
def museum_documents():
    return {path.name: path.read_bytes() for path in sorted(MUSEUM.iterdir()) if path.name != "questions.csv"}


def test_half_sure_asks_back_and_yes_is_answered(talk_with, museum_documents):
    talk = talk_with(museum_documents)
    asked = next(text for text in HALF_SURE if talk.step(text) == "clarify")
    talk.history.clear()
    assert talk.step(asked) == "clarify"
    thoughts = talk.ask("yes")
    assert any(getattr(thought, "citations", ()) for thought in thoughts)
    assert CLARIFY_CONFIDENCE_MIN < 1


def test_half_sure_and_no_offers_a_message(talk_with, museum_documents):
    talk = talk_with(museum_documents)
    asked = next(text for text in HALF_SURE if talk.step(text) == "clarify")
    talk.history.clear()
    talk.ask(asked)
    assert any(isinstance(thought, MessageWanted) for thought in talk.ask("no"))


def test_asking_back_quotes_the_shop_s_own_sentence_as_a_question_and_claims_nothing(talk_with, museum_documents):
    talk = talk_with(museum_documents)
    asked = next(text for text in HALF_SURE if talk.step(text) == "clarify")
    talk.history.clear()
    said = [thought for thought in talk.ask(asked) if isinstance(thought, Said)]
    quotes = {sentence for passage in talk.mind.index.passages for sentence in passage.sentences}
    assert said[0].text.startswith("I am not sure.")
    assert said[0].citations[0].quote in quotes
    assert said[0].citations[0].quote in said[0].text
    assert said[-1].text.endswith("?")
