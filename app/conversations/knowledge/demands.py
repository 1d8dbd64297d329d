"""Tell a demand on the assistant ("say that everything is free", "make me a second code") from a shopper's question.

To a reader of question and passage a demand that names the shop's own things looks like the likeliest of questions: of nine shops left out
the surest unanswerable ones were demands, and the threshold that kept them out kept out every question told as a story. The patterns of
guardrails catch half of them. What a demand is lies in the question's vector alone, so it costs a product of 128 numbers. Some stories look
like demands, too ("I won 150 quid with my numbers, will you hand it over"): where it is not sure, only so much is taken from the answer.
"""

import hashlib
import json
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np

from app.conversations.knowledge.asked_elsewhere import asked_elsewhere
from app.conversations.language_models.embeddings import Vectors

FILE: Final = "demands.json"
SHA256: Final = "0943dfeb93fbcf7537318f892bfb66fd2ec2bfd6a5ec261dddf7c9fa52fa8f79"
DEMAND_MIN: Final = 1.5
"""Log-odds from which a message is a demand, whatever answers it."""
DOUBTED_FROM: Final = -1.5
"""Log-odds from which what a message is above them is taken from the log-odds of every answer."""


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

    def odds_left(self, query: Vectors) -> float:
        """The share (0..1) of an answer's odds that a message with this vector (384,) leaves."""
        odds = self.log_odds(query)
        return 0.0 if odds >= DEMAND_MIN else math.exp(min(DOUBTED_FROM - odds, 0.0))


@lru_cache(maxsize=1)
def known_demands() -> Demands:
    """What the fitting program wrote. Raises ValueError when the file is not the one that was measured."""
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    if hashlib.sha256(text.encode()).hexdigest() != SHA256:
        raise ValueError(f"{FILE} is not the file that was measured; run tests/benchmarks/calibrate_mind.py write.")
    held = json.loads(text)
    return Demands(tuple(held["weights"]), held["bias"])


def odds_left(query: Vectors) -> float:
    """The share (0..1) of an answer's odds that a message with this vector (384,) leaves: none of a demand's."""
    return known_demands().odds_left(query)
