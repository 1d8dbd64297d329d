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

BIAS = -11.527
WEIGHTS = (6.847, 21.888, 68.01, 0.226, 2.836, 3.461, 3.598, 0.0, 1.269, 0.0, 0.0, 0.866, 1.363, -1.8)


def confidence(features: Sequence[float]) -> float:
    """Probability (0..1) that a candidate answers the question, from its measurements in the order of index.FEATURES."""
    total = BIAS + sum(weight * value for weight, value in zip(WEIGHTS, features, strict=True))
    return 1.0 / (1.0 + exp(-max(min(total, 50.0), -50.0)))
