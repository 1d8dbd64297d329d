"""The shops of tests/evaluation/reader-pairs as the network trains on them: what the untrained models read of each text, read once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from pair_network import Batch
from reader_pairs import PairShop, taught
from shops import is_gold
from torch import Tensor

from app.conversations.embeddings import Embedder
from app.conversations.knowledge.index import KEYWORDS_WORTH, Index, whole_text
from app.conversations.knowledge.language import language_of
from app.conversations.knowledge.pairs import in_deviations
from app.conversations.knowledge.spelling import corrected
from app.conversations.language_models.pair_reader import QUESTION_PIECES_MAX, WIDTH, Layered, States

CANDIDATES = 12


@dataclass(frozen=True)
class Asked:
    """A question's states (pieces, 384), the passages that answer it, and the nearest passages with their cosines, nearest first."""

    states: States
    answers: tuple[int, ...]
    candidates: tuple[int, ...]
    nearness: dict[int, float]


@dataclass(frozen=True)
class ReadShop:
    """A shop's passages, each (pieces, 384), and its questions."""

    name: str
    passages: tuple[States, ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class Pair:
    """A question and one passage of its shop."""

    shop: ReadShop
    asked: Asked
    passage: int


def read_shop_states(shop: PairShop, model: Layered, embed: Embedder, *, skipped: int, is_home_only: bool) -> ReadShop:
    """Read a shop with the model below. `skipped` pieces name a question's role; `is_home_only` leaves out questions of another language.

    A question is left out, too, when its answer became no passage of its own.
    """
    index = Index(taught(shop, embed))
    asked: list[Asked] = []
    for question in shop.questions:
        text = corrected(question.text, index.spelling)
        answers = tuple(place for place, passage in enumerate(index.passages) if is_gold(passage, question))
        if (question.gold and not answers) or (is_home_only and language_of(text, shop.language) != shop.language):
            continue
        query = embed([text], "query")[0]
        meaning, keywords = index.meaning(query), index.keyword_scores(text)
        order = np.argsort(-(in_deviations(meaning) + KEYWORDS_WORTH * in_deviations(keywords)))[:CANDIDATES]
        states = model.lower(text, "query")[:QUESTION_PIECES_MAX]
        own = np.concatenate([states[:1], states[1 + skipped :]])
        asked.append(
            Asked(own, answers, tuple(map(int, order)), {int(place): float(meaning[place]) for place in {*map(int, order), *answers}})
        )
    passages = tuple(model.lower(whole_text(passage), "passage") for passage in index.passages)
    return ReadShop(shop.name, passages, tuple(asked))


def batch_of(pairs: Sequence[Pair]) -> Batch:
    """Pairs made ready to be read at once; a passage of several pairs stands in it once."""
    places: dict[tuple[str, int], int] = {}
    told: list[States] = []
    for pair in pairs:
        if (pair.shop.name, pair.passage) not in places:
            places[pair.shop.name, pair.passage] = len(told)
            told.append(pair.shop.passages[pair.passage])
    asked, is_asked = _padded([pair.asked.states for pair in pairs])
    states, is_told = _padded(told)
    which = torch.tensor([places[pair.shop.name, pair.passage] for pair in pairs])
    nearness = torch.tensor([pair.asked.nearness[pair.passage] for pair in pairs])
    return Batch(asked, is_asked, states, is_told, which, nearness)


def centres_of(shops: Sequence[ReadShop]) -> NDArray[np.float32]:
    """The mean states of questions and of passages where the first trained layer reads them, shape (2, 384)."""
    asked = np.concatenate([each.states.astype(np.float32) for shop in shops for each in shop.asked])
    told = np.concatenate([each.astype(np.float32) for shop in shops for each in shop.passages])
    return np.stack([asked.mean(axis=0), told.mean(axis=0)])


def in_parts(pairs: Sequence[Pair], most: int) -> Iterator[Sequence[Pair]]:
    """Pairs in parts of at most so many."""
    return (pairs[start : start + most] for start in range(0, len(pairs), most))


def _padded(states: Sequence[NDArray[np.float16]]) -> tuple[Tensor, Tensor]:
    length = max(map(len, states))
    values, mask = np.zeros((len(states), length, WIDTH), dtype=np.float32), np.zeros((len(states), length), dtype=bool)
    for row, each in enumerate(states):
        values[row, : len(each)], mask[row, : len(each)] = each, True
    return torch.from_numpy(values), torch.from_numpy(mask)
