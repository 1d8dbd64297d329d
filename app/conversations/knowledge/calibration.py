"""How sure we are that a passage answers: boosted trees over its measurements, and the threshold above which the mind answers.

`PYTHONPATH=. python tests/benchmarks/calibrate_mind.py write` fits the trees on the tuning shops (tests/benchmarks/shops.py) and writes
confidence.json; its digest stands here, so that measured and shipped trees cannot drift apart unseen. The threshold was chosen by that
program's table, in which every shop is judged by trees that never saw it.
"""

import hashlib
import json
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from app.conversations.knowledge.measurements import FEATURES, Numbers

CANDIDATES = 12
"""Passages measured per question; the rest cannot win."""

ANSWER_CONFIDENCE_MIN = 0.82
"""Below this nothing is answered. By the table 0.90 would answer 12 in 100 questions less, to be false on 2 fewer of 217."""

CLARIFY_CONFIDENCE_MIN = 0.35
"""From here to the threshold the mind names what the question may be about and asks back."""

TREES_SHA256 = "ef93a541cc696958a45df2553bde0b5d83c7df32b097b6b2b401ac9af5531784"
DEPTH = 3


class Trees:
    """A sum of small complete trees. Per tree: the measurement and the bound at each of its 7 forks, and the worth of each of 8 leaves."""

    def __init__(self, bias: float, forks: NDArray[np.intp], bounds: Numbers, leaves: Numbers) -> None:
        self.bias, self.forks, self.bounds, self.leaves = bias, forks, bounds, leaves

    def chance(self, table: Numbers) -> Numbers:
        """Probabilities (0..1) of the rows of a table in the order of FEATURES, shape (n, features)."""
        rows, trees = np.arange(len(table))[:, None], np.arange(len(self.forks))[None, :]
        node = np.zeros((len(table), len(self.forks)), dtype=np.intp)
        for _ in range(DEPTH):
            node = 2 * node + 1 + (table[rows, self.forks[trees, node]] > self.bounds[trees, node])
        total = self.bias + self.leaves[trees, node - (2**DEPTH - 1)].sum(axis=1)
        chances: Numbers = 1.0 / (1.0 + np.exp(-np.clip(total, -40, 40)))
        return chances


def confidences(table: Numbers) -> Numbers:
    """Probability of each candidate that it answers the question."""
    return _trees().chance(table) if len(table) else np.zeros(0)


def read_trees(text: str) -> Trees:
    """Read what the fitting program wrote. Raises ValueError when it was fitted on other measurements than these."""
    held = json.loads(text)
    if tuple(held["features"]) != FEATURES:
        raise ValueError("The trees were fitted on other measurements; run tests/benchmarks/calibrate_mind.py again.")
    return Trees(held["bias"], np.array(held["forks"], dtype=np.intp), np.array(held["bounds"]), np.array(held["leaves"]))


@lru_cache(maxsize=1)
def _trees() -> Trees:
    text = resources.files(__package__).joinpath("confidence.json").read_text(encoding="utf-8")
    if hashlib.sha256(text.encode()).hexdigest() != TREES_SHA256:
        raise ValueError("confidence.json is not the file that was measured; run tests/benchmarks/calibrate_mind.py write.")
    return read_trees(text)
