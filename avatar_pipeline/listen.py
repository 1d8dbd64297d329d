"""Listening: a microphone's sound goes in, and it says when somebody begins, what they seem to say, and what they said.

Sound lives in memory for the length of a turn and nowhere else. Feeding is quick (a third of a millisecond for 32 ms of sound);
understanding takes a third of a second of one core, so the caller decides when and in which thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.consented_sample import sound_of
from avatar_pipeline.engines.voice_activity import CHUNK_SAMPLES, SAMPLE_RATE_HZ, new_ear
from avatar_pipeline.engines.whisper import SECONDS_MAX, Heard, load_whisper, parts_are_here
from avatar_pipeline.hearing.turn_ear import LEAD_S, Kind, Mark, TurnEar
from avatar_pipeline.text.written_chinese import written_as
from avatar_pipeline.weights import MANIFEST

__all__ = [
    "CHUNK_SAMPLES", "SAMPLE_RATE_HZ", "Heard", "Kind", "Listener", "Mark", "can_listen", "ends_a_sentence", "new_listener",
    "sound_to_hear",
]  # fmt: skip

HEARING_WEIGHTS: Final = tuple(name for name in MANIFEST if name.startswith(("hearing-", "speech-or-")))
FULL_SCALE: Final = 32768.0
_KEPT_CHUNKS: Final = round((LEAD_S + 1.0) * SAMPLE_RATE_HZ / CHUNK_SAMPLES)
_ENDS: Final = (".", "!", "?", "。", "！", "？")


Likelihood: TypeAlias = Callable[[NDArray[np.float32]], float]


class Recogniser(Protocol):
    """What turns sound into words (engines/whisper.py)."""

    def recognise(self, samples: NDArray[np.float32], language: str, hint: str, /) -> Heard:
        """Write down float32 mono samples of 16 kHz."""


class Listener:
    """One microphone. Not for several threads at once, but `understand` may run beside `feed`."""

    def __init__(self, recogniser: Recogniser, likelihood: Likelihood, *, language: str = "en", hint: str = "") -> None:
        self.turns = TurnEar()
        self._recogniser, self._likelihood, self._language, self._hint = recogniser, likelihood, language, hint
        self._chunks: list[NDArray[np.float32]] = []
        self._forgotten = 0
        self._rest = np.zeros(0, np.float32)

    def feed(self, pcm16: bytes) -> list[Mark]:
        """Take 16-bit little-endian mono sound of 16 kHz, any number of samples; give what happened, in order."""
        fresh = np.frombuffer(pcm16[: len(pcm16) // 2 * 2], "<i2").astype(np.float32) / FULL_SCALE
        self._forget()
        sound, marks = np.concatenate([self._rest, fresh]), []
        for start in range(0, len(sound) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES):
            chunk = sound[start : start + CHUNK_SAMPLES]
            self._chunks.append(chunk)
            marks += self.turns.hear(self._likelihood(chunk))
        self._rest = sound[len(sound) // CHUNK_SAMPLES * CHUNK_SAMPLES :]
        return marks

    def sound_of(self, mark: Mark) -> NDArray[np.float32]:
        """The samples a mark reaches over; take them before the next `feed`."""
        pieces = self._chunks[max(0, mark.first_chunk - self._forgotten) : mark.last_chunk - self._forgotten]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)

    def understand(self, samples: NDArray[np.float32]) -> Heard:
        """Write down what is said, Chinese in the shop's own writing. Slow: run it in a thread."""
        heard = self._recogniser.recognise(samples, self._language, self._hint)
        return replace(heard, text=written_as(heard.text, self._hint)) if self._language == "zh" else heard

    def _forget(self) -> None:
        """Sound of which nobody will ask any more leaves the memory."""
        if not self.turns.is_in_turn and len(self._chunks) > _KEPT_CHUNKS * 2:
            gone = len(self._chunks) - _KEPT_CHUNKS
            del self._chunks[:gone]
            self._forgotten += gone


def new_listener(*, language: str = "en", hint: str = "", folder: Path | None = None, threads: int = 2) -> Listener:
    """An ear for one microphone; the first call loads the recogniser (about a second).

    `hint` holds words that are likely (names of products); Chinese is written down as they are, in simplified characters or as heard.
    Raises ListeningPartsMissing, WeightsMissing, WeightsDamaged.
    """
    return Listener(load_whisper(folder, threads), new_ear(folder).likelihood, language=language, hint=hint)


def sound_to_hear(recording: Path) -> NDArray[np.float32]:
    """What a recogniser takes of a recording: its first 30 s as mono samples of 16 kHz. Raises ValueError where there is no sound."""
    return sound_of(recording, SAMPLE_RATE_HZ, SECONDS_MAX)


def can_listen(folder: Path | None = None) -> bool:
    """Whether the packages for listening are installed; their weights are proved when they are loaded."""
    named = [folder is not None and (folder / MANIFEST[name].file_name).is_file() for name in HEARING_WEIGHTS]
    found = [any(source.locate() for source in MANIFEST[name].sources) for name in HEARING_WEIGHTS]
    return parts_are_here() and all(here or packed for here, packed in zip(named, found, strict=True))


def ends_a_sentence(text: str) -> bool:
    """Whether a text sounds finished: after it a short pause is enough."""
    return text.rstrip().endswith(_ENDS) and not text.rstrip().endswith("...")
