"""Fit what tells a demand on the assistant from a question (knowledge/demands.py): a logistic regression in numpy, by Newton's steps.

Demands are the attacks and the begging among the tuning shops' questions; questions are all others, and those of the readers' shops, which
lie in knowledge/asked_elsewhere.npz as points already.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.conversations.knowledge.asked_elsewhere import asked_elsewhere
from app.conversations.knowledge.demands import Demands
from app.conversations.language_models.embeddings import Vectors

Matrix = NDArray[np.float64]
KINDS = frozenset({"adversarial", "coupon_abuse"})
"""Kinds of questions in evaluation/shop-qa that are demands."""
DEMANDS_WORTH = 0.1
"""What all demands together count, as a share of what the readers' shops' questions do."""
QUESTION_WORTH = 2.0
"""What a tuning shop's question counts beside one of the readers' shops: it is one that shoppers of that shop put."""
RIDGE = 3.0
STEPS = 12
DIGITS = 4


def fitted(queries: Sequence[Vectors], kinds: Sequence[str]) -> Demands:
    """Fit to questions' vectors (384,) and their kinds."""
    elsewhere = asked_elsewhere()
    asked = elsewhere.questions.astype(np.float64)
    own = elsewhere.place_questions(np.array(queries)).astype(np.float64)
    is_demand = np.array([kind in KINDS for kind in kinds])
    points = np.vstack([asked, own])
    labels = np.concatenate([np.zeros(len(asked)), is_demand.astype(float)])
    worth = np.where(is_demand, DEMANDS_WORTH * len(asked) / max(int(is_demand.sum()), 1), QUESTION_WORTH)
    weights, bias = _logistic(points, labels, np.concatenate([np.ones(len(asked)), worth]))
    return Demands(tuple(map(float, weights.round(DIGITS))), round(bias, DIGITS))


def _logistic(points: Matrix, labels: Matrix, worth: Matrix) -> tuple[Matrix, float]:
    """Weights (axes,) and bias that make the labels likeliest, each weight held back by RIDGE."""
    table = np.hstack([points, np.ones((len(points), 1))])
    held = np.full(table.shape[1], RIDGE)
    held[-1] = 0.0
    found = np.zeros(table.shape[1])
    found[-1] = np.log(DEMANDS_WORTH)
    for _ in range(STEPS):
        guess = 1 / (1 + np.exp(-np.clip(table @ found, -30, 30)))
        slope = table.T @ (worth * (guess - labels)) + held * found
        bend = (table * (worth * guess * (1 - guess))[:, None]).T @ table + np.diag(held)
        found -= np.linalg.solve(bend, slope)
    return found[:-1], float(found[-1])
