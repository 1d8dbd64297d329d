"""How sure we are: a logistic model over the measurements of a candidate, and the thresholds above which the mind answers.

The numbers come from `python -m app.conversations.knowledge.calibrate` (it prints this file's constants); shop A's questions were used,
shops B and C never. Until then they are a careful guess.
"""

from collections.abc import Sequence
from math import exp

CANDIDATES = 10
"""Passages measured per question; the rest cannot win."""

ANSWER_CONFIDENCE_MIN = 0.5
"""Below this the mind says that it does not know."""

BIAS = -26.0
WEIGHTS = (24.0, 12.0, 4.0, 2.0, 1.0, 4.5, -4.0, 2.0, 0.5)


def confidence(features: Sequence[float]) -> float:
    """Probability (0..1) that a candidate answers the question, from its measurements in the order of index.FEATURES."""
    total = BIAS + sum(weight * value for weight, value in zip(WEIGHTS, features, strict=True))
    return 1.0 / (1.0 + exp(-max(min(total, 50.0), -50.0)))
