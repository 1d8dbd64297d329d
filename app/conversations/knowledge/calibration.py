"""How sure we are: a logistic model over the measurements of a candidate, and the threshold above which the mind answers.

`PYTHONPATH=. python tests/benchmarks/calibrate_mind.py` prints these constants. They were fitted on the questions of the shops
`convenience` and `kestrel` (219); the questions of `outdoor` and `venue` tuned nothing. The threshold is the lowest of the printed,
cross-validated table at which no more than 2.5 % of the tuning questions without an answer get one.
"""

from collections.abc import Sequence
from math import exp

CANDIDATES = 10
"""Passages measured per question; the rest cannot win."""

ANSWER_CONFIDENCE_MIN = 0.7
"""Below this the mind says that it does not know."""

BIAS = -9.529
WEIGHTS = (4.672, 25.226, 68.262, 0.27, 2.861, 3.409, 3.271, -0.388, 1.252, 0.0, 0.0, 0.869, 1.171, -1.777)


def confidence(features: Sequence[float]) -> float:
    """Probability (0..1) that a candidate answers the question, from its measurements in the order of index.FEATURES."""
    total = BIAS + sum(weight * value for weight, value in zip(WEIGHTS, features, strict=True))
    return 1.0 / (1.0 + exp(-max(min(total, 50.0), -50.0)))
