"""What is measured of a passage by reading it together with the question (language_models/pair_reader.py): the likeliest few, at once.

The reader was trained to tell the passage that answers from its neighbours and from near misses, which is what all other measurements
cannot; it knows nothing of the shop, so the trees weigh what it says beside them.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from app.conversations.knowledge.measurements import MEASURED, Numbers
from app.conversations.language_models.pair_reader import PairReader

PAIRS_MAX: Final = 4
"""Candidates read together with the question, the likeliest by LIKELY; of the others hardly any is the answer."""
LIKELY: Final = {"meaning": 1.0, "keywords": 0.5, "reading": 1.0, "answered": 1.0}
"""What a standard deviation of these measurements counts; on the tuning shops it puts 0.98 of the answers among the first four."""
UNREAD: Final = -8.0
"""The log-odds of a candidate that was not read: as surely no answer as the reader ever says."""


def read_pairs(
    reader: PairReader, question: str, passages: Sequence[str], table: Numbers, *, names: Sequence[str] = MEASURED, parts: int = 1
) -> Numbers:
    """Columns of measurements.PAIRS for candidates, shape (passages, 4). `table` is what was measured of them, in the order of `names`.

    They are read in so many `parts` side by side: one where another reader is at work beside this one.
    """
    held = {name: table[:, names.index(name)] for name in LIKELY if name in names}
    likely = sum(LIKELY[name] * in_deviations(column) for name, column in held.items())
    chosen = np.argsort(-np.asarray(likely), kind="stable")[:PAIRS_MAX]
    read = reader.score(question, [passages[int(place)] for place in chosen], held["meaning"][chosen].tolist(), parts)
    scores = np.full(len(passages), UNREAD)
    scores[chosen] = np.maximum(read, UNREAD)
    first, second = np.sort(np.append(scores, UNREAD))[:-3:-1]
    others = np.where(np.arange(len(scores)) == int(np.argmax(scores)), second, first)
    whole = float(np.log1p(np.exp(scores).sum()))
    return np.stack([scores, scores - others, np.full(len(scores), first), np.full(len(scores), whole)], axis=1)


def in_deviations(scores: Numbers) -> Numbers:
    """Scores less their mean, in standard deviations; zeros where all are alike."""
    spread = float(scores.std())
    return (scores - scores.mean()) / spread if spread else np.zeros(len(scores))
