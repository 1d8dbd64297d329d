"""What every speech engine promises: words in; sound and exact phoneme times out.

An engine is one file beside this one. It knows nothing of faces; the motion room knows nothing of engines; this page is
all they share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.text.reading import Reading
from avatar_pipeline.text.rule import Rule

SILENCE = "_"  # the symbol of a phoneme that is a pause


@dataclass(frozen=True)
class TimedPhoneme:
    """One speech sound and when it is heard, in seconds from the first sample. Stress: 0 none, 1 secondary, 2 primary."""

    symbol: str
    start_s: float
    end_s: float
    stress: int = 0


@dataclass(frozen=True)
class TimedWord:
    """One word as it is written (not as it is read out) and when it is heard, for captions."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class Utterance:
    """What an engine made of one sentence.

    `samples` is float32 mono at `sample_rate_hz`; `phonemes` follow one another without gaps from 0 to the end of the
    samples; `pitch_hz` is the voice's melody at `pitch_rate_hz`, 0 where unvoiced.
    """

    samples: NDArray[np.float32]
    sample_rate_hz: int
    phonemes: tuple[TimedPhoneme, ...]
    words: tuple[TimedWord, ...]
    pitch_hz: NDArray[np.float32]
    pitch_rate_hz: float


class SpeechEngine(Protocol):
    """A loaded voice. Safe to call from several threads at once."""

    @property
    def scripts(self) -> frozenset[str]:
        """Unicode scripts (first word of the character's name, such as LATIN) that this voice can read."""

    def read(self, sentence: str, own: Sequence[Rule] = ()) -> tuple[Reading, ...]:
        """Cut a sentence into written words and what is said for each, by the rules of the language this voice speaks; `own` come first."""

    def say(self, readings: Sequence[Reading], speed: float, seed: int) -> Utterance | None:
        """Speak one sentence; None when nothing in it can be said. The same arguments give the same samples."""


@dataclass(frozen=True, eq=False)
class SpokenStretch:
    """Some words of a sentence, `first` to `last` (not included) of its readings, at the house's loudness.

    What lies before and after it goes on sounding, except after the sentence's last one (`is_last`).
    """

    utterance: Utterance
    first: int
    last: int
    is_last: bool


@runtime_checkable
class StreamingEngine(Protocol):
    """A SpeechEngine that can be heard while it is still speaking a sentence."""

    def say_in_stretches(self, readings: Sequence[Reading], speed: float, seed: int) -> Iterator[SpokenStretch]:
        """Speak one sentence stretch by stretch; none when nothing in it can be said. Close it to stop the work."""
