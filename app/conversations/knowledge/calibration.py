"""How sure we are that a passage answers: boosted trees over its measurements, and the threshold above which the mind answers.

`PYTHONPATH=. python tests/benchmarks/calibrate_mind.py write` fits the trees on the tuning shops (tests/benchmarks/shops.py) and writes
confidence.json; its digest stands here, so that measured and shipped trees cannot drift apart unseen. The threshold was chosen by that
program's table, in which every shop is judged by trees that never saw it. Questions in another language than the shop's have trees of
their own (confidence_abroad.json), whose scale is shifted so that one threshold serves both.
"""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from app.conversations.knowledge.abroad import ABROAD_FEATURES
from app.conversations.knowledge.demands import odds_left
from app.conversations.knowledge.measurements import FEATURES, Numbers
from app.conversations.language_models.embeddings import Vectors

CANDIDATES = 12
"""Passages measured per question; the rest cannot win."""

ANSWER_CONFIDENCE_MIN = 0.82
"""Below this nothing is answered. Both scales are shifted so that it means the same share of false answers (calibrate_mind.py)."""

CLARIFY_CONFIDENCE_MIN = 0.22
"""From here to the threshold the mind names what the question may be about and asks back."""

AGREEMENT_WEIGHT, CONFIDENCE_WEIGHT, AGREEMENT_BIAS = 0.76, 0.54, -0.80
"""How a language model's agreement (a difference of logarithms) and the trees' confidence (as log-odds) make one confidence. Fitted for the
packaged model on 160 doubtful questions of the tuning shops, and shifted so that one of 45 unanswerable ones among them passes."""

ABROAD_SHA256 = "aec938c78703193ada4cbc12698cb3a4f58a6478c3cf86b820800d800b097506"
TREES_SHA256 = "e0744852870720bb501675d4f9a359cac82eb4c0ba12d7c50dbfa06bb4d3c2d5"
DEPTH = 3


class Trees:
    """A sum of small complete trees, and of some measurements as they are.

    Per tree: the measurement and the bound at each of its 7 forks, and the worth of each of 8 leaves. `beside`, shape (features,), is what
    each measurement adds by itself: trees know a reader only in steps, and no more of it where it is surer than any question they saw.
    """

    def __init__(self, bias: float, forks: NDArray[np.intp], bounds: Numbers, leaves: Numbers, beside: Numbers) -> None:
        self.bias, self.forks, self.bounds, self.leaves, self.beside = bias, forks, bounds, leaves, beside

    def chance(self, table: Numbers) -> Numbers:
        """Probabilities (0..1) of the rows of a table in the order of FEATURES, shape (n, features)."""
        rows, trees = np.arange(len(table))[:, None], np.arange(len(self.forks))[None, :]
        node = np.zeros((len(table), len(self.forks)), dtype=np.intp)
        for _ in range(DEPTH):
            node = 2 * node + 1 + (table[rows, self.forks[trees, node]] > self.bounds[trees, node])
        total = self.bias + self.leaves[trees, node - (2**DEPTH - 1)].sum(axis=1) + table @ self.beside
        chances: Numbers = 1.0 / (1.0 + np.exp(-np.clip(total, -40, 40)))
        return chances


def confidences(table: Numbers) -> Numbers:
    """Probability of each candidate that it answers the question."""
    return _home().chance(table) if len(table) else np.zeros(0)


def confidences_abroad(table: Numbers) -> Numbers:
    """The same for a question in another language than the shop's; columns are ABROAD_FEATURES."""
    return _abroad()[0].chance(table) if len(table) else np.zeros(0)


def centres() -> tuple[Numbers, Numbers]:
    """The mean piece vectors of questions and of passages (384,), over the tuning shops."""
    return _abroad()[1]


def confidence_with(confidence: float, agreement: float) -> float:
    """How sure the trees (0..1) and a language model's agreement that the passage answers are together (0..1)."""
    own = min(max(confidence, 1e-6), 1 - 1e-6)
    odds = AGREEMENT_BIAS + AGREEMENT_WEIGHT * agreement + CONFIDENCE_WEIGHT * math.log(own / (1 - own))
    return 1 / (1 + math.exp(-max(min(odds, 40.0), -40.0)))


@dataclass(frozen=True)
class Judges:
    """What turns measurements into chances, at home and abroad, and tells demands by their vectors (others only in fitting)."""

    home: Callable[[Numbers], Numbers] = confidences
    abroad: Callable[[Numbers], Numbers] = confidences_abroad
    odds_left: Callable[[Vectors], float] = odds_left

    def sure(self, table: Numbers, query: Vectors, *, is_abroad: bool) -> Numbers:
        """How sure each candidate of a question with this vector (384,) is to answer it (0..1); nothing answers a demand."""
        chances, left = (self.abroad if is_abroad else self.home)(table), self.odds_left(query)
        weighed: Numbers = chances * left / np.maximum(1 - chances + chances * left, 1e-12)
        return weighed


def read_trees(text: str, features: Sequence[str] = FEATURES) -> Trees:
    """Read what the fitting program wrote. Raises ValueError when it was fitted on other measurements than these."""
    held = json.loads(text)
    if held["features"] != list(features):
        raise ValueError("The trees were fitted on other measurements; run tests/benchmarks/calibrate_mind.py again.")
    beside = np.array([held["beside"].get(name, 0.0) for name in features])
    return Trees(held["bias"], np.array(held["forks"], dtype=np.intp), np.array(held["bounds"]), np.array(held["leaves"]), beside)


@lru_cache(maxsize=1)
def _home() -> Trees:
    return read_trees(_text("confidence.json", TREES_SHA256))


@lru_cache(maxsize=1)
def _abroad() -> tuple[Trees, tuple[Numbers, Numbers]]:
    text = _text("confidence_abroad.json", ABROAD_SHA256)
    asked, told = (np.array(each, dtype=np.float64) for each in json.loads(text)["centres"])
    return read_trees(text, ABROAD_FEATURES), (asked, told)


def _text(name: str, digest: str) -> str:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        raise ValueError(f"{name} is not the file that was measured; run tests/benchmarks/calibrate_mind.py write.")
    return text
