"""A tiny model for every reviewed answer: a line through the space of meanings that tells its question from all the others of the shop.

Trained when the knowledge is loaded, from the vectors that were kept when the answer was taught: linear discriminants with one shared
spread (Fisher 1936; shrunken as Friedman 1989), so a thousand are solved for at once and cost 1.5 kB each. A model only points: whether its
answer is said is decided with two further witnesses (skills/reviewed.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.conversations.language_models.registry import ModelEntry

SHRINKAGE: Final = 0.5
"""How far the measured spread is drawn towards a round one: a shop has fewer passages than meanings have directions."""
POINTED_US: Final = 100
"""What pointing costs at a thousand models (bench_mind.py, route)."""
TASK: Final = "curated"


@dataclass(frozen=True)
class Pointed:
    """The model a question points to, and by how many deviations of all models it leads the next."""

    owner: UUID
    lead: float


class TinyModels:
    """All the tiny models of a mind, as one table: weights (n, 384)."""

    def __init__(self, owners: Sequence[UUID], own: NDArray[np.float32], every: NDArray[np.float32]) -> None:
        """Train a model per owner from its vector (n, 384) against the spread of every passage (m, 384)."""
        self.owners = tuple(owners)
        mean = every.mean(axis=0) if len(every) else np.zeros(own.shape[1], np.float32)
        apart = own - mean
        self._weights = _solved(every - mean, apart).astype(np.float32)
        self._bounds = (self._weights * (own + mean)).sum(axis=1) / 2

    def __len__(self) -> int:
        return len(self.owners)

    def point(self, query: NDArray[np.float32]) -> Pointed | None:
        """The model this question (384,) points to most; None without models."""
        if not self.owners:
            return None
        scores = self._weights @ query - self._bounds
        first = int(np.argmax(scores))
        others = np.delete(scores, first)
        spread = float(scores.std()) or 1.0
        return Pointed(self.owners[first], float((scores[first] - others.max()) / spread) if len(others) else np.inf)

    def entries(self) -> list[ModelEntry]:
        """These models for the register."""
        size = self._weights.shape[1] * 4 + 4 if self.owners else 0
        return [
            ModelEntry(f"curated-{owner}", TASK, "*", "L2", size, 0, POINTED_US, None, "the shop's own", owner) for owner in self.owners
        ]


def _solved(spread: NDArray[np.float32], apart: NDArray[np.float32]) -> NDArray[np.float64]:
    width = apart.shape[1]
    covariance = (spread.T @ spread).astype(np.float64) / max(len(spread), 1)
    round_one = np.trace(covariance) / width or 1.0
    mixed = (1 - SHRINKAGE) * covariance + SHRINKAGE * round_one * np.eye(width)
    return np.asarray(np.linalg.solve(mixed, apart.T.astype(np.float64)).T, dtype=np.float64)
