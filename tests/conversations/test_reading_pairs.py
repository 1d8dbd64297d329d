"""Reading question and passage together: the trained layers are the measured ones, run as torch runs them, and notice what is missing."""

import numpy as np
import pytest

from app.conversations.knowledge.measurements import MEASURED, PAIRS
from app.conversations.knowledge.pairs import PAIRS_MAX, UNREAD, read_pairs
from app.conversations.language_models import pair_reader as reading
from app.conversations.language_models.english_reader import english_reader
from app.conversations.language_models.multilingual_reader import multilingual_reader
from app.conversations.language_models.pair_reader import PairReader, pair_reader, read_weights

DELIVERY = "Delivery: Delivery in the city costs 6 euros and takes two days. We leave nothing with neighbours."
WITHOUT_PRICE = "Delivery: We leave nothing with neighbours."
OPENING = "Opening hours: We open at nine from Tuesday to Saturday."
PASSAGES = (DELIVERY, WITHOUT_PRICE, OPENING)
NEARNESS = (0.88, 0.85, 0.80)


def run_in_torch(reader: PairReader, weights: dict, question: str, passage: str, nearness: float) -> float:
    """The same layers written out in torch with the weights unpacked, one pair at a time, so that nothing is padded."""
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional

    def matrix(name):
        packed = weights[f"{name}.w"]
        is_whole = packed.shape[-1] == reading.BLOCK
        whole = packed if is_whole else np.stack([packed & 15, packed >> 4], axis=-1).reshape(*packed.shape[:2], reading.BLOCK)
        blocks = (whole.astype(np.float32) - (128 if is_whole else 8)) * weights[f"{name}.s"].astype(np.float32)[..., None]
        return torch.tensor(blocks.reshape(len(blocks), -1)), torch.tensor(weights[f"{name}.b"].astype(np.float32))

    def normed(name, values):
        own = [torch.tensor(weights[f"{name}.{part}"].astype(np.float32)) for part in ("w", "b")]
        return functional.layer_norm(values, (reading.WIDTH,), *own, eps=reading.EPSILON)

    def heads(values):
        return values.view(1, -1, reading.HEADS, reading.WIDTH // reading.HEADS).transpose(1, 2)

    def read(at, came, beside):
        own = {name: matrix(f"{at}.{name}") for name in ("q", "k", "v", "o", "fi", "fo")}
        keys, values = (heads(functional.linear(beside, *own[name])) for name in ("k", "v"))
        seen = functional.scaled_dot_product_attention(heads(functional.linear(came, *own["q"])), keys, values)
        kept = normed(f"{at}.n1", came + functional.linear(seen.transpose(1, 2).reshape(-1, reading.WIDTH), *own["o"]))
        return normed(f"{at}.n2", kept + functional.linear(functional.gelu(functional.linear(kept, *own["fi"])), *own["fo"]))

    told = torch.tensor(reader._model.lower(passage, "passage").astype(np.float32))
    asked, layers = torch.tensor(reader._aligned(reader._asked(question), [reader._told(passage)])[0]), len(weights["segments"])
    for layer in range(layers):
        asked = read(str(layer), asked, torch.cat([asked, told + torch.tensor(weights["segments"][layer].astype(np.float32))]))
        if layer + 1 < layers:
            told = read(f"{reading.TELLS}{layer}", told, told)
    pooled = torch.cat([asked[0], asked.mean(0)]).numpy()
    return float(pooled @ weights["head"] + weights["head_bias"] + weights["nearness"][0] * nearness + weights["nearness"][1])


@pytest.mark.parametrize("name", ["english", "multilingual"])
def test_the_runtime_gives_what_torch_gives(name):
    weights = read_weights(name)
    scores = pair_reader(name).score("how much do you charge for delivery", PASSAGES, NEARNESS)
    theirs = [
        run_in_torch(pair_reader(name), weights, "how much do you charge for delivery", passage, near)
        for passage, near in zip(PASSAGES, NEARNESS, strict=True)
    ]
    chances = 1 / (1 + np.exp(-scores)), 1 / (1 + np.exp(-np.array(theirs)))
    assert chances[0] == pytest.approx(chances[1], abs=1e-2)


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("english", "how much do you charge to bring it round"),
        ("multilingual", "送货要多少钱"),
        ("multilingual", "combien coûte la livraison"),
    ],
)
def test_a_passage_that_loses_the_sentence_that_answers_is_believed_less(name, question):
    whole, less, other = pair_reader(name).score(question, PASSAGES, (0.88, 0.88, 0.88))
    assert whole > less + 0.3
    assert whole > other + 0.3


def test_what_is_read_together_does_not_change_what_is_said_of_each():
    together = pair_reader("multilingual").score("when do you open", PASSAGES, NEARNESS)
    alone = [
        float(pair_reader("multilingual").score("when do you open", [text], [near])[0])
        for text, near in zip(PASSAGES, NEARNESS, strict=True)
    ]
    assert together == pytest.approx(np.array(alone), abs=0.15)


def test_another_file_than_the_measured_one_is_refused(monkeypatch):
    monkeypatch.setitem(reading.WEIGHTS, "english", (reading.WEIGHTS["english"][0], "0" * 64))
    with pytest.raises(ValueError, match="train-reader"):
        read_weights("english")


def test_of_many_candidates_only_the_likeliest_are_read():
    passages = [*PASSAGES, *(f"Subject {place}: Nothing about that is known here." for place in range(5))]
    table = np.zeros((len(passages), len(MEASURED)))
    table[:, MEASURED.index("meaning")] = np.linspace(0.9, 0.7, len(passages))
    columns = read_pairs(pair_reader("english"), "what does delivery cost", passages, table)
    assert columns.shape == (len(passages), len(PAIRS))
    assert list(columns[PAIRS_MAX:, 0]) == [UNREAD] * (len(passages) - PAIRS_MAX)
    assert columns[0, 0] == columns[0, PAIRS.index("pair_best")] == columns[:, 0].max()
    assert columns[0, PAIRS.index("pair_margin")] > 0 > columns[1, PAIRS.index("pair_margin")]


def test_a_question_without_pieces_is_read_too():
    for name, model in (("english", english_reader()), ("multilingual", multilingual_reader())):
        assert np.isfinite(pair_reader(name).score("?!", PASSAGES, NEARNESS)).all()
        assert model.lower("", "query").shape[1] == reading.WIDTH
