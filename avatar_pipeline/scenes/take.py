"""One take: one sentence spoken and acted, from the moment they draw breath to the moment they are back where they began.

Every take begins and ends in the same pose and knows nothing of its neighbours, so takes can be made in any sequence, kept,
and put together again: changing a sentence changes its own take and no other.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.speech import TimedWord
from avatar_pipeline.score import RATE_HZ, MotionScore
from avatar_pipeline.speak import Feeling, SpokenSentence, idle, speak
from avatar_pipeline.stages.timeline import FADE_S, Timeline
from avatar_pipeline.voice import Voice

FRAMES_PER_SECOND: Final = 25
SAMPLE_RATE_HZ: Final = 24_000
SAMPLES_A_FRAME: Final = SAMPLE_RATE_HZ // FRAMES_PER_SECOND
_HOME_S: Final = 0.3  # how long the listening pose takes to come back to where takes begin


@dataclass(frozen=True)
class Pauses:
    """Silence around a take's sentence, in seconds, beyond the breath that its sound has already."""

    before_s: float = 0.0
    after_s: float = 0.0


@dataclass(frozen=True, eq=False)
class Acted:
    """`samples` int16 mono at 24 kHz, exactly 960 for each picture; `rows` float32 (pictures, 57); `words` timed from the take's begin."""

    samples: NDArray[np.int16]
    rows: NDArray[np.float32]
    words: tuple[TimedWord, ...]

    @property
    def frames(self) -> int:
        """How many pictures the take has."""
        return len(self.rows)


def act(text: str, voice: Voice, *, seed: int, pauses: Pauses, feeling: Feeling | None = None) -> Acted | None:
    """Speak and move one sentence, with a feeling or that of its words; None when nothing in it can be said. Raises what `speak` raises."""
    spoken = list(speak(text, voice, seed=zlib.crc32(f"{seed}:{text}".encode()), feeling=feeling))
    if not spoken:
        return None
    before = round(pauses.before_s * FRAMES_PER_SECOND) * SAMPLES_A_FRAME
    said = np.concatenate([one.samples for one in spoken])
    frames = -(-(before + len(said) + round(pauses.after_s * SAMPLE_RATE_HZ)) // SAMPLES_A_FRAME)
    samples = np.zeros(frames * SAMPLES_A_FRAME, np.int16)
    samples[before : before + len(said)] = said
    return Acted(samples, _rows(spoken, before / SAMPLE_RATE_HZ, frames, seed), _words(spoken, before / SAMPLE_RATE_HZ))


def _words(spoken: list[SpokenSentence], start_s: float) -> tuple[TimedWord, ...]:
    found: list[TimedWord] = []
    for one in spoken:
        found += [TimedWord(word.text, word.start_s + start_s, word.end_s + start_s) for word in one.words]
        start_s += one.duration_s
    return tuple(found)


def _rows(spoken: list[SpokenSentence], start_s: float, frames: int, seed: int) -> NDArray[np.float32]:
    """The 57 values of every picture: their sentence, and listening before and after it."""
    duration_s = frames / FRAMES_PER_SECOND
    timeline = Timeline(_listening(seed, duration_s))
    starts = np.cumsum([start_s, *(one.duration_s for one in spoken)])
    over_s = min(float(starts[-1]), duration_s) - FADE_S  # their last breath is long enough to come to rest in
    rows = []
    for frame in range(frames):
        moment = frame / FRAMES_PER_SECOND
        number = int(np.searchsorted(starts, moment, "right")) - 1
        is_speaking = 0 <= number < len(spoken) and moment < over_s
        rows.append(timeline.at(moment, spoken[number].score if is_speaking else None, moment - starts[max(number, 0)]))
    return np.asarray(rows, np.float32)


def _listening(seed: int, duration_s: float) -> MotionScore:
    """Listening for as long as the take lasts, from the loop's first row back to its first row."""
    loop = idle(seed)
    count = round(duration_s * RATE_HZ) + 1
    values = np.array([loop.at((row / RATE_HZ) % loop.duration_s) for row in range(count)], np.float32)
    home = loop.at(0.0)
    left_s = (count - 1 - np.arange(count)) / RATE_HZ
    share = np.clip(left_s / _HOME_S, 0, 1).astype(np.float32)[:, None]
    share = share * share * (3 - 2 * share)
    return MotionScore.from_floats(home + (values - home) * share)
