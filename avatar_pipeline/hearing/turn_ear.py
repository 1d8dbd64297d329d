"""When a shopper begins to speak and when they are done, decided from one likelihood of speech for every 32 ms of sound.

Pure: it knows neither sound nor clock, only chunks that follow one another, so tests feed it whole conversations in no time. A pause
inside a sentence must not end the turn and a finished question must not wait, so how long a pause ends it depends on the words so far.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

CHUNK_S: Final = 0.032
LIKELY: Final = 0.5
STILL_LIKELY: Final = 0.35
"""Once somebody speaks, a weaker sign says that they still do: words fade out."""
BEGIN_S: Final = 0.128
BEGIN_OVER_HER_S: Final = 0.192
"""While they talk a cough, or their own voice in the room, must not stop them."""
LEAD_S: Final = 0.32
"""Sound kept from before the first sure sign: the first consonant is quiet."""
SETTLE_S: Final = 0.192
"""A pause after which it is worth understanding what was said so far, before it is known whether more comes."""
END_FINISHED_S: Final = 0.448
END_OPEN_S: Final = 0.832
"""The pause that ends a turn: after a finished sentence, and after one that sounds open."""
LOOK_EVERY_S: Final = 0.8
TURN_S_MAX: Final = 28.0
"""Nobody asks for so long; the recogniser looks at thirty seconds."""
SPOKEN_S_MIN: Final = 0.16


class Kind(Enum):
    """What can happen at an ear."""

    BEGAN = "began"
    LOOK = "look"
    SETTLED = "settled"
    RESUMED = "resumed"
    ENDED = "ended"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Mark:
    """Something that happened, and the chunks (from the first ever fed, the last one exclusive) the turn reaches over so far."""

    kind: Kind
    first_chunk: int
    last_chunk: int


class TurnEar:
    """One microphone's turns. `is_pushed`: the shopper's finger, not silence, says when a turn begins and ends."""

    def __init__(self, *, is_pushed: bool = False) -> None:
        self.is_pushed = is_pushed
        self.is_she_talking = False
        self.is_finished = False
        self._heard = 0
        self._recent: deque[bool] = deque(maxlen=_chunks(BEGIN_OVER_HER_S) + 2)
        self._first: int | None = None
        self._quiet = self._spoken = self._since_look = 0

    @property
    def is_in_turn(self) -> bool:
        """Whether somebody is in the middle of saying something."""
        return self._first is not None

    def hear(self, likelihood: float) -> list[Mark]:
        """Take the next chunk's likelihood of speech; give what happened, in order."""
        self._heard += 1
        is_speech = likelihood >= (STILL_LIKELY if self.is_in_turn and self._quiet == 0 else LIKELY)
        self._recent.append(is_speech)
        if not self.is_in_turn:
            return [] if self.is_pushed or not self._has_begun() else self._begin()
        return self._go_on(is_speech=is_speech)

    def press(self) -> list[Mark]:
        """The shopper holds the button: a turn begins, whatever is heard."""
        return [] if self.is_in_turn else self._begin()

    def release(self) -> list[Mark]:
        """The shopper lets go: the turn ends here."""
        return self._end() if self.is_in_turn else []

    def _has_begun(self) -> bool:
        return sum(self._recent) >= _chunks(BEGIN_OVER_HER_S if self.is_she_talking else BEGIN_S)

    def _begin(self) -> list[Mark]:
        lead = 0 if self.is_pushed else len(self._recent) + _chunks(LEAD_S)
        self._first, self._spoken, self._quiet, self._since_look = max(0, self._heard - lead), sum(self._recent), 0, 0
        self.is_finished = False
        return [self._mark(Kind.BEGAN)]

    def _go_on(self, *, is_speech: bool) -> list[Mark]:
        self._since_look += 1
        marks: list[Mark] = []
        if is_speech:
            if self._quiet >= _chunks(SETTLE_S):
                marks.append(self._mark(Kind.RESUMED))
                self.is_finished = False
            self._spoken, self._quiet = self._spoken + 1, 0
        else:
            self._quiet += 1
            if self._quiet == _chunks(SETTLE_S):
                self._since_look = 0
                marks.append(self._mark(Kind.SETTLED))
        if self._is_over():
            return marks + self._end()
        if is_speech and self._since_look >= _chunks(LOOK_EVERY_S):
            self._since_look = 0
            marks.append(self._mark(Kind.LOOK))
        return marks

    def _is_over(self) -> bool:
        if self._first is None or (self._heard - self._first) * CHUNK_S >= TURN_S_MAX:
            return True
        return not self.is_pushed and self._quiet >= _chunks(END_FINISHED_S if self.is_finished else END_OPEN_S)

    def _end(self) -> list[Mark]:
        is_worth_it = self._spoken * CHUNK_S >= SPOKEN_S_MIN
        mark = self._mark(Kind.ENDED if is_worth_it else Kind.DROPPED)
        self._first = None
        self._recent.clear()
        return [mark]

    def _mark(self, kind: Kind) -> Mark:
        return Mark(kind, self._first or 0, self._heard)


def _chunks(seconds: float) -> int:
    return round(seconds / CHUNK_S)
