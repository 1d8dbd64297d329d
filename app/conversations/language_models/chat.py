"""What every language model promises: a conversation goes in, its continuation comes out piece by piece.

An engine is one file beside this one. Closing the stream stops the work: that is how an answer is cut off. Whoever answers shoppers with
a model still puts offers, prices and facts in from the shop's own books; a model only words them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

Role = Literal["system", "user", "assistant"]

YES: Final = ("Yes", "yes")
NO: Final = ("No", "no")
"""The first words by which a model agrees or does not."""
LEAST: Final = -15.0
"""The logarithm of a chance too small to be told."""


class LanguageModelFailed(Exception):
    """A model cannot be loaded, reached or understood; the message says what to do. The mind answers without one then."""


@dataclass(frozen=True)
class Said:
    """One turn of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True)
class Ask:
    """A conversation to be continued by at most `tokens_max` tokens. `temperature` 0 takes the likeliest word; the seed fixes the rest.

    `spent` is told once how many tokens were read and made, also when the answer is cut off: they were paid for.
    """

    turns: tuple[Said, ...]
    tokens_max: int = 200
    temperature: float = 0.0
    seed: int = 1
    spent: Callable[[int], None] = field(default=lambda _: None, compare=False)

    def __post_init__(self) -> None:
        """Refuse what no model can continue."""
        if not self.turns or self.turns[-1].role == "assistant" or self.tokens_max < 1 or self.temperature < 0:
            raise ValueError("Ask with at least one turn, the last not the assistant's, a positive tokens_max and no negative temperature.")


class LanguageModel(Protocol):
    """A loaded or reachable model. Safe to call from several threads at once. Only one that `is_fluent` may word answers; others weigh."""

    @property
    def is_fluent(self) -> bool: ...  # noqa: D102

    def stream(self, ask: Ask) -> Generator[str, None, None]:
        """The continuation in pieces as they are made; close it to stop. Raises LanguageModelFailed."""

    def answer_all(self, asks: Sequence[Ask]) -> list[str]:
        """Several continuations, made together; each is what it would be alone. Raises LanguageModelFailed."""

    def agreement(self, ask: Ask) -> float:
        """How much likelier the continuation begins with Yes than with No: the difference of the logarithms. Raises LanguageModelFailed."""


def agreement_in(logarithms: dict[str, float]) -> float:
    """The same from the likeliest first words and the logarithms of their chances."""
    yes, no = (max(logarithms.get(word, LEAST) for word in words) for words in (YES, NO))
    return yes - no
