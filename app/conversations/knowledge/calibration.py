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

BIAS = -9.595
WEIGHTS = (4.933, 18.795, 71.151, 0.225, 2.546, 3.412, 3.609, -0.174, 1.346, 0.0, 0.0, 0.669, 1.175, -1.868)


def confidence(features: Sequence[float]) -> float:
    """Probability (0..1) that a candidate answers the question, from its measurements in the order of index.FEATURES."""
    total = BIAS + sum(weight * value for weight, value in zip(WEIGHTS, features, strict=True))
    return 1.0 / (1.0 + exp(-max(min(total, 50.0), -50.0)))
