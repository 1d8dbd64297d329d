"""How sure we are: a logistic model over the measurements of a candidate, and the threshold above which the mind answers.

`PYTHONPATH=. python tests/benchmarks/calibrate_mind.py` prints these constants. They were fitted on the questions of the shops
`convenience` and `kestrel` (219); the questions of `outdoor` and `venue` tuned nothing. The threshold is the lowest of the printed table
at which no more than 2.5 % of the tuning questions without an answer get one.
"""

from collections.abc import Sequence
from math import exp

CANDIDATES = 10
"""Passages measured per question; the rest cannot win."""

ANSWER_CONFIDENCE_MIN = 0.65
"""Below this the mind says that it does not know."""

BIAS = -11.553
WEIGHTS = (6.87, 22.055, 67.96, 0.227, 2.839, 3.464, 3.601, 0.0, 1.252, 0.0, 0.0, 0.873, 1.366, -1.801)


def confidence(features: Sequence[float]) -> float:
    """Probability (0..1) that a candidate answers the question, from its measurements in the order of index.FEATURES."""
    total = BIAS + sum(weight * value for weight, value in zip(WEIGHTS, features, strict=True))
    return 1.0 / (1.0 + exp(-max(min(total, 50.0), -50.0)))
