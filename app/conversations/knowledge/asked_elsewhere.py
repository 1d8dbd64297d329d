"""What shoppers of other shops asked, and what answered them: like questions tell what is wanted, like passages whether this one gives it.

The invented shops that the readers were trained on (tests/evaluation/reader-pairs) are knowledge at answer time too. Of each of their
questions is kept where it lies, and where the sentence lies that answers it or, of a near miss that nothing answered, the nearest one.
`PYTHONPATH=. python tests/benchmarks/keep_questions.py` writes the file; no shop's own questions are in it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.conversations.knowledge.measurements import Numbers, best_others

FILE: Final = "asked_elsewhere.npz"
SHA256: Final = "f11cbcc9f1f5dc98460876bc9dcae216a94f17d237c42cd3a0b7a7cf14723376"
NEIGHBOURS: Final = 200
SHARP: Final = (12.0, 25.0)
"""How much a nearer question counts more, in the two shares that were answered."""
PAIR_SHARP: Final = (10.0, 5.0)
"""The same for question and passage together."""
FAR: Final = -1.0


@dataclass(frozen=True)
class AskedNearby:
    """Questions of other shops near to one: how near each is (n,), whether it had an answer (n,), and the sentence kept of it (n, 128)."""

    nearness: NDArray[np.float32]
    is_answered: NDArray[np.bool_]
    sentences: NDArray[np.float32]


class AskedElsewhere:
    """Questions and sentences of other shops in a space of fewer axes, each a unit vector there."""

    def __init__(self, held: Mapping[str, NDArray[np.generic]]) -> None:
        """Take what keep_questions.py wrote: for questions and sentences a mean (384,), axes (384, n) and the points in bytes."""
        self._means = {name: held[f"{name}.mean"].astype(np.float32) for name in ("questions", "sentences")}
        self._axes = {name: held[f"{name}.axes"].astype(np.float32) for name in ("questions", "sentences")}
        self.questions, self._sentences = (_unit(held[name].astype(np.float32)) for name in ("questions", "sentences"))
        self._sentence_of = held["sentence_of"].astype(np.intp)
        self._is_answered = held["is_answered"].astype(bool)

    def nearby(self, query: NDArray[np.float32]) -> AskedNearby:
        """The questions nearest to one's vector (384,)."""
        nearness = self.questions @ self.place_questions(query[None])[0]
        nearest = np.argpartition(-nearness, NEIGHBOURS)[:NEIGHBOURS]
        return AskedNearby(nearness[nearest], self._is_answered[nearest], self._sentences[self._sentence_of[nearest]])

    def measure(self, nearby: AskedNearby, passages: Sequence[NDArray[np.float32]]) -> Numbers:
        """Columns of measurements.ELSEWHERE for candidates, shape (passages, 12): vectors of each and its sentences (n, 384)."""
        near, answered, there = nearby.nearness, nearby.is_answered, nearby.sentences
        worth, sharper = (np.exp(sharp * (near - near.max())) for sharp in SHARP)
        whole = (_share(worth, answered), _share(sharper, answered), float(near.max()))
        like = np.stack([(self._placed("sentences", own) @ there.T).max(axis=0) for own in passages])
        rows = [self._one(near, answered, worth, each) for each in like]
        table = np.array(rows)
        margins = np.stack([table[:, 0] - best_others(table[:, 0]), table[:, 5] - table[:, 5].max()], axis=1)
        columns: Numbers = np.hstack([table, margins, np.tile(whole, (len(table), 1))])
        return columns

    def place_questions(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """Questions' vectors (n, 384) as unit vectors among `questions`, shape (n, 128)."""
        return self._placed("questions", queries)

    @staticmethod
    def _one(near: NDArray[np.float32], answered: NDArray[np.bool_], worth: NDArray[np.float32], like: NDArray[np.float32]) -> list[float]:
        both = near + like
        best, worst = (float(both[chosen].max()) if chosen.any() else FAR for chosen in (answered, ~answered))
        shares = [_share(np.exp(sharp * (both - both.max())), answered) for sharp in PAIR_SHARP]
        means = [float((worth * chosen * like).sum() / max(float((worth * chosen).sum()), 1e-9)) for chosen in (answered, ~answered)]
        return [best, worst, best - worst, *shares, *means]

    def _placed(self, name: str, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        return _unit(((vectors - self._means[name]) @ self._axes[name]).astype(np.float32))


@lru_cache(maxsize=1)
def asked_elsewhere() -> AskedElsewhere:
    """The memory of this process. Raises ValueError when the file is not the one that was measured."""
    packed = resources.files(__package__).joinpath(FILE).read_bytes()
    if hashlib.sha256(packed).hexdigest() != SHA256:
        raise ValueError(f"{FILE} is not the file that was measured; run tests/benchmarks/keep_questions.py.")
    with np.load(BytesIO(packed)) as held:
        return AskedElsewhere(dict(held))


def _share(worth: NDArray[np.float32], chosen: NDArray[np.bool_]) -> float:
    return float(worth[chosen].sum() / worth.sum())


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return unit
