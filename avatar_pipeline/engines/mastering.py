"""From a raw engine's sound to what the shopper hears: the same loudness every time, no click, no long wait at the ends.

Phoneme and word times move with the cut, so they still fill the sound exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.speech import TimedPhoneme, TimedWord, Utterance

LOUDNESS_RMS: Final = 0.1  # -20 dBFS over the speaking parts, the usual level of voice prompts
LIMIT_FROM: Final = 0.8  # above this the limiter bends the wave; it never reaches full scale
QUIET_SHARE: Final = 0.05  # a 10 ms frame is quiet at 26 dB under the speaking level
HEAD_S: Final = 0.10  # kept before the first sound, so that the mouth can open in time
SENTENCE_TAIL_S: Final = 0.24  # kept after a sentence: the breath between two sentences
CLAUSE_TAIL_S: Final = 0.10  # kept after a clause
_FADE_S: Final = 0.008
_FRAME_S: Final = 0.010
_Timed = TypeVar("_Timed", TimedPhoneme, TimedWord)


@dataclass(frozen=True, eq=False)
class Performance:
    """A sentence as it will be played.

    `samples` int16 mono; `phonemes` follow one another without gaps over all samples; `level` is the loudness of each 10 ms
    relative to the speaking level (1.0 = usual); `silences` are the quiet spans (start_s, end_s), shortest first dropped.
    """

    samples: NDArray[np.int16]
    sample_rate_hz: int
    phonemes: tuple[TimedPhoneme, ...]
    words: tuple[TimedWord, ...]
    pitch_hz: NDArray[np.float32]
    pitch_rate_hz: float
    level: NDArray[np.float32]
    level_rate_hz: float
    silences: tuple[tuple[float, float], ...]

    @property
    def duration_s(self) -> float:
        """Length of the sound in seconds."""
        return len(self.samples) / self.sample_rate_hz


def master(utterance: Utterance, ends_sentence: bool) -> Performance:
    """Level, limit, trim and fade one utterance."""
    rate = utterance.sample_rate_hz
    level = _levels(utterance.samples, rate)
    usual = _usual(level)
    first, last = _ends(level, usual, ends_sentence, len(utterance.samples), rate)
    samples = _limited(utterance.samples[first:last] * (LOUDNESS_RMS / usual))
    _fade(samples, int(_FADE_S * rate))
    return _performed(utterance, samples, first, last)


def levelled(samples: NDArray[np.float32], rate: int, usual: float | None = None) -> NDArray[np.float32]:
    """A whole recording (mono, at `rate` Hz) at the house's loudness, as long as it was; `usual` is its speaking level, if known."""
    return _limited(samples * np.float32(LOUDNESS_RMS / (usual or speaking_level(samples, rate)))).astype(np.float32)


def speaking_level(samples: NDArray[np.float32], rate: int) -> float:
    """How loud somebody speaks, pauses left out: the root mean square of full scale."""
    return _usual(_levels(samples, rate))


def as_recorded(utterance: Utterance) -> Performance:
    """One stretch of a levelled recording with nothing cut or faded: what lies before and after it goes on sounding."""
    return _performed(utterance, utterance.samples.astype(np.float64), 0, len(utterance.samples))


def _performed(utterance: Utterance, samples: NDArray[np.float64], first: int, last: int) -> Performance:
    """The performance of what was kept: `samples` are the utterance's from `first` to `last`, as they will be played."""
    rate = utterance.sample_rate_hz
    shift_s, duration_s = first / rate, (last - first) / rate
    relative = (_levels(samples, rate) / LOUDNESS_RMS).astype(np.float32)
    pitch = utterance.pitch_hz[round(shift_s * utterance.pitch_rate_hz) : round(last / rate * utterance.pitch_rate_hz)]
    return Performance(
        samples=np.rint(samples * 32767.0).astype(np.int16),
        sample_rate_hz=rate,
        phonemes=_moved(utterance.phonemes, shift_s, duration_s),
        words=tuple(replace(word, **_clipped(word, shift_s, duration_s)) for word in utterance.words),
        pitch_hz=pitch,
        pitch_rate_hz=utterance.pitch_rate_hz,
        level=relative,
        level_rate_hz=1 / _FRAME_S,
        silences=_quiet_spans(relative < QUIET_SHARE, duration_s),
    )


def _usual(level: NDArray[np.float64]) -> float:
    """The speaking level: that of the 10 ms which are not quiet."""
    speaking = level[level > QUIET_SHARE * level.max(initial=1e-9)]
    return float(np.sqrt(np.mean(speaking**2))) if speaking.size else 1.0


def _levels(samples: NDArray[np.floating[Any]], rate: int) -> NDArray[np.float64]:
    """Root mean square of each whole 10 ms, the last one padded with silence."""
    size = int(_FRAME_S * rate)
    padded = np.zeros(-(-len(samples) // size) * size)
    padded[: len(samples)] = samples
    return np.asarray(np.sqrt(np.mean(padded.reshape(-1, size) ** 2, axis=1)))


def _ends(level: NDArray[np.float64], usual: float, ends_sentence: bool, length: int, rate: int) -> tuple[int, int]:
    heard = np.flatnonzero(level > QUIET_SHARE * usual)
    if not heard.size:
        return 0, length
    tail_s = SENTENCE_TAIL_S if ends_sentence else CLAUSE_TAIL_S
    first = max(0, round((heard[0] * _FRAME_S - HEAD_S) * rate))
    last = min(length, round(((heard[-1] + 1) * _FRAME_S + tail_s) * rate))
    return first, last


def _limited(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    loud = np.abs(samples).astype(np.float64)
    room = 0.98 - LIMIT_FROM
    bent = LIMIT_FROM + room * np.tanh((loud - LIMIT_FROM) / room)
    return np.asarray(np.sign(samples) * np.where(loud > LIMIT_FROM, bent, loud))


def _fade(samples: NDArray[np.float64], length: int) -> None:
    ramp = np.linspace(0.0, 1.0, min(length, len(samples)))
    samples[: len(ramp)] *= ramp
    samples[len(samples) - len(ramp) :] *= ramp[::-1]


def _clipped(timed: TimedPhoneme | TimedWord, shift_s: float, duration_s: float) -> dict[str, Any]:
    return {
        "start_s": min(max(timed.start_s - shift_s, 0.0), duration_s),
        "end_s": min(max(timed.end_s - shift_s, 0.0), duration_s),
    }


def _moved(phonemes: tuple[TimedPhoneme, ...], shift_s: float, duration_s: float) -> tuple[TimedPhoneme, ...]:
    """Shift and cut phonemes to the kept sound; the first starts at 0 and the last ends with it."""
    moved = [replace(phoneme, **_clipped(phoneme, shift_s, duration_s)) for phoneme in phonemes]
    kept = [phoneme for phoneme in moved if phoneme.end_s > phoneme.start_s]
    kept[0] = replace(kept[0], start_s=0.0)
    kept[-1] = replace(kept[-1], end_s=duration_s)
    return tuple(kept)


def _quiet_spans(quiet: NDArray[np.bool_], duration_s: float) -> tuple[tuple[float, float], ...]:
    edges = np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1) * _FRAME_S, np.flatnonzero(edges == -1) * _FRAME_S
    return tuple((float(start), min(float(end), duration_s)) for start, end in zip(starts, ends, strict=True))
