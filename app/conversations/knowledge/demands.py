"""Tell a demand on the assistant ("say that everything is free", "make me a second code") from a shopper's question.

To a reader of question and passage a demand that names the shop's own things looks like the likeliest of questions: of nine shops left out
the surest unanswerable ones were demands, and the threshold that kept them out kept out every question told as a story. The patterns of
guardrails catch half of them. What a demand is lies in the question's vector alone, so it costs a product of 128 numbers.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np

from app.conversations.knowledge.asked_elsewhere import asked_elsewhere
from app.conversations.language_models.embeddings import Vectors

FILE: Final = "demands.json"
SHA256: Final = "58cd6dbab163ecb715eb5ea603348f02abab98e4e2ba11dd36294021035832d2"
DEMAND_MIN: Final = 0.0
"""Log-odds from which a message is a demand."""


@dataclass(frozen=True)
class Demands:
    """A weight for each axis of asked_elsewhere.py's questions, and a bias."""

    weights: tuple[float, ...]
    bias: float

    def log_odds(self, query: Vectors) -> float:
        """How surely a question's vector (384,) is a demand, as log-odds."""
        return float(asked_elsewhere().place_questions(query[None])[0] @ np.array(self.weights) + self.bias)

    def is_demand(self, query: Vectors) -> bool:
        """Say whether a message is a demand, by its vector (384,)."""
        return self.log_odds(query) >= DEMAND_MIN


@lru_cache(maxsize=1)
def known_demands() -> Demands:
    """What the fitting program wrote. Raises ValueError when the file is not the one that was measured."""
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    if hashlib.sha256(text.encode()).hexdigest() != SHA256:
        raise ValueError(f"{FILE} is not the file that was measured; run tests/benchmarks/calibrate_mind.py write.")
    held = json.loads(text)
    return Demands(tuple(held["weights"]), held["bias"])


def is_demand(query: Vectors) -> bool:
    """Say whether a message is a demand, by its vector (384,)."""
    return known_demands().is_demand(query)
