"""Learns a manner from choices: each says that one way of saying the same was better than another.

A logistic model of the difference of two ways' traits (Bradley and Terry, "Rank analysis of incomplete block designs", 1952), drawn towards
no preference by a normal prior, so one choice decides nothing. A trait is taken on only when it is liked by more than LIKED_ERRORS of its
standard error. How well the choices agree with each other is told by predicting each from all the others.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.conversations.guardrails.instructions import is_instruction
from app.conversations.guardrails.plain_text import clean
from app.conversations.taste.manner import TRAITS, Manner, from_json

PRIOR_PRECISION: Final = 0.5
LIKED_ERRORS: Final = 1.3
STEPS: Final = 8
PHRASE_LENGTH_MAX: Final = 90


@dataclass(frozen=True)
class Choice:
    """One choice: the manner that was better, and the one that was worse."""

    better: Manner
    worse: Manner


@dataclass(frozen=True)
class Learned:
    """A manner, the liking of each trait with its standard error, and the share of choices that the others foretell."""

    manner: Manner
    liking: Mapping[str, tuple[float, float]]
    agreement: float | None
    choices: int

    def measured(self) -> dict[str, Any]:
        """The figures as they are kept with a version."""
        liking = {trait: [round(value, 3), round(error, 3)] for trait, (value, error) in self.liking.items()}
        return {"choices": self.choices, "agreement": self.agreement, "liking": liking}


def learn(choices: Sequence[Choice]) -> Learned:
    """The manner that the choices ask for; plain without any."""
    rows = np.array([_difference(one) for one in choices]).reshape(-1, len(TRAITS))
    weights, errors = _fit(rows)
    liking = {trait: (float(weights[place]), float(errors[place])) for place, trait in enumerate(TRAITS)}
    liked = {trait: value > LIKED_ERRORS * error for trait, (value, error) in liking.items()}
    if liked["warm"] and liked["formal"]:  # one beginning is enough: the better liked
        liked["warm" if liking["formal"] > liking["warm"] else "formal"] = False
    words = {place: _usual([getattr(one.better, place) for one in choices]) for place in ("opener", "closer")}
    manner = from_json({**liked, **words})
    return Learned(manner, liking, _agreement(rows), len(choices))


def next_pair(choices: Sequence[Choice]) -> tuple[Manner, Manner]:
    """The two manners whose comparison would tell most: they differ in the two traits that are least known."""
    _weights, errors = _fit(np.array([_difference(one) for one in choices]).reshape(-1, len(TRAITS)))
    asked = Counter(trait for one in choices for trait in TRAITS if getattr(one.better, trait) != getattr(one.worse, trait))
    ranked = sorted(range(len(TRAITS)), key=lambda place: (-round(float(errors[place]), 6), asked[TRAITS[place]], place))
    trait = TRAITS[ranked[0]]
    with_it = from_json({trait: True})
    other = next((TRAITS[place] for place in ranked[1:] if len(choices) % 2 and {trait, TRAITS[place]} != {"warm", "formal"}), None)
    return (with_it, from_json({other: True})) if other else (with_it, Manner())


def edited(original: Sequence[str], text: str) -> Choice | None:
    """What an edit says of taste: words put before or after sentences that were left as they are. None where the sentences changed."""
    whole, changed = " ".join(original), clean(text)
    before, found, after = changed.partition(whole)
    before, after = _phrase(before), _phrase(after)
    if not whole or not found or not (before or after):
        return None
    is_formal = any(
        word in before.casefold() for word in ("thank you", "dear ", "madam", "sir", "感谢", "您", "ありがとうございます", "merci")
    )
    better = Manner(
        warm=bool(before) and not is_formal, formal=bool(before) and is_formal, follow_up=bool(after), opener=before, closer=after
    )
    return Choice(better, Manner())


def _phrase(text: str) -> str:
    plain = text.strip()
    return plain if len(plain) <= PHRASE_LENGTH_MAX and not is_instruction(plain) and not any(map(str.isdigit, plain)) else ""


def _difference(choice: Choice) -> list[float]:
    return [float(getattr(choice.better, trait)) - float(getattr(choice.worse, trait)) for trait in TRAITS]


def _fit(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The most likely weights and their standard errors, by Newton's steps on a convex function."""
    weights, precision = np.zeros(len(TRAITS)), PRIOR_PRECISION * np.eye(len(TRAITS))
    curvature = precision
    for _ in range(STEPS):
        right = 1 / (1 + np.exp(-rows @ weights))
        curvature = precision + rows.T @ (rows * (right * (1 - right))[:, None])
        weights = weights + np.linalg.solve(curvature, rows.T @ (1 - right) - PRIOR_PRECISION * weights)
    return weights, np.sqrt(np.diag(np.linalg.inv(curvature)))


def _agreement(rows: NDArray[np.float64]) -> float | None:
    """Of choices that the others say anything about, the share they foretell; None for fewer than two."""
    if len(rows) <= 1:
        return None
    scores = [float(rows[place] @ _fit(np.delete(rows, place, axis=0))[0]) for place in range(len(rows))]
    told = [score for score in scores if not math.isclose(score, 0.0, abs_tol=1e-9)]
    return round(sum(score > 0 for score in told) / len(told), 3) if told else None


def _usual(words: Sequence[str]) -> str:
    """The words used most often, the newest of several."""
    used = Counter(word for word in words if word)
    most = max(used.values(), default=0)
    return next((word for word in reversed(words) if word and used[word] == most), "")


def distance(one: Manner, other: Manner) -> int:
    """In how many traits and phrases two manners differ."""
    return sum(getattr(one, name) != getattr(other, name) for name in (*TRAITS, "opener", "closer"))
