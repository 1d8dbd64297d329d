"""Where a sentence puts its weight: the few stressed vowels that a listener hears as the point of it.

Head and brows move on these and on nothing else, which is what makes small movements look meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.mastering import Performance
from avatar_pipeline.engines.speech import TimedPhoneme

ACCENT_GAP_MIN_S: Final = 0.45  # two nods closer than this look like trembling
MEANT_LETTERS_MIN: Final = 3  # shorter capitals are "I", "OK" and sizes

_Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Accent:
    """A stressed vowel that stands out: when its middle is heard and how strongly, 0 to 1."""

    time_s: float
    strength: float


def accents(performance: Performance) -> tuple[Accent, ...]:
    """Find the accents: primary-stressed vowels louder and higher than the sentence's own middle, strongest first, kept apart.

    A word written in capitals or between asterisks (SAVE, *today*) is meant, and its stressed vowels count in full.
    """
    stressed = [phoneme for phoneme in performance.phonemes if phoneme.stress == 2]
    if not stressed:
        return ()
    level = np.array([_mean(performance.level, performance.level_rate_hz, phoneme) for phoneme in stressed])
    pitch = np.array([_mean(performance.pitch_hz, performance.pitch_rate_hz, phoneme) for phoneme in stressed])
    weight = _standing_out(level) + _standing_out(pitch)
    strength = np.clip(0.45 + 0.3 * weight, 0.0, 1.0)
    meant = [(word.start_s, word.end_s) for word in performance.words if is_meant(word.text)]
    said = [any(start <= phoneme.start_s < end for start, end in meant) for phoneme in stressed]
    strength = np.where(said, 1.0, strength)
    found = [Accent((phoneme.start_s + phoneme.end_s) / 2, float(value)) for phoneme, value in zip(stressed, strength, strict=True)]
    kept: list[Accent] = []
    for accent in sorted(found, key=lambda accent: (-accent.strength, accent.time_s)):
        if accent.strength > 0.25 and all(abs(accent.time_s - other.time_s) >= ACCENT_GAP_MIN_S for other in kept):
            kept.append(accent)
    return tuple(sorted(kept, key=lambda accent: accent.time_s))


def is_meant(word: str) -> bool:
    """Whether whoever wrote the word wants it heard: capitals of three letters or more, or asterisks around it."""
    letters = "".join(letter for letter in word if letter.isalpha())
    return (len(letters) >= MEANT_LETTERS_MIN and letters.isascii() and letters.isupper()) or word.strip(".,!?;:\"'").startswith("*")


def livelier(found: tuple[Accent, ...], gain: float) -> tuple[Accent, ...]:
    """The same accents, each so many times as strong: what head and brows do with them follows."""
    return tuple(Accent(accent.time_s, accent.strength * gain) for accent in found)


def _mean(track: NDArray[np.float32], rate_hz: float, phoneme: TimedPhoneme) -> float:
    part = track[int(phoneme.start_s * rate_hz) : int(phoneme.end_s * rate_hz) + 1]
    heard = part[part > 0]
    return float(heard.mean()) if heard.size else 0.0


def _standing_out(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each value against the sentence's own median, in its own spread, so that a lively and a calm voice nod alike."""
    spread = float(values.std()) or 1.0
    return np.asarray((values - np.median(values)) / spread)


def bumps(moments: Sequence[tuple[float, float]], times: _Floats, rise_s: float, fall_s: float) -> _Floats:
    """Give a soft hill at every (time_s, height), rising over `rise_s` and falling over `fall_s`; shape as `times`."""
    track: _Floats = np.zeros_like(times)
    for time_s, height in moments:
        away = times - time_s
        width = np.where(away < 0, rise_s, fall_s)
        track = track + height * np.exp(-((away / width) ** 2))
    return track.astype(np.float32)
