"""One take: one sentence spoken and acted, from the moment they draw breath to the moment they are back where they began.

Every take begins and ends in the same pose and knows of its neighbours only whether they feel the same, so takes can be made in any
sequence, kept, and put together again: changing a sentence changes its own take, and a neighbour's only where their faces are joined.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.speech import TimedWord
from avatar_pipeline.motion.gesture import gesticulate
from avatar_pipeline.motion.mood import MOODS, feel
from avatar_pipeline.score import RATE_HZ, MotionScore
from avatar_pipeline.speak import Feeling, Gesture, SpokenSentence, idle, moods_in, speak
from avatar_pipeline.stages.timeline import FADE_S, Timeline
from avatar_pipeline.text.languages import columns_of, language_of
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


@dataclass(frozen=True)
class Manner:
    """How a sentence is played: a `feeling` or that of its words, a `gesture`, and at which ends a neighbour feels the same (`held`)."""

    feeling: Feeling | None = None
    gesture: Gesture | None = None
    held: tuple[bool, bool] = (False, False)


PLAIN: Final = Manner()


def act(text: str, voice: Voice, *, seed: int, pauses: Pauses, manner: Manner = PLAIN) -> Acted | None:
    """Speak and move one sentence; None when nothing in it can be said. Raises what `speak` raises."""
    own_seed = zlib.crc32(f"{seed}:{text}".encode())
    spoken = list(speak(text, voice, seed=own_seed, feeling=manner.feeling, held=manner.held))
    if not spoken:
        return None
    before = round(pauses.before_s * FRAMES_PER_SECOND) * SAMPLES_A_FRAME
    said = np.concatenate([one.samples for one in spoken])
    frames = -(-(before + len(said) + round(pauses.after_s * SAMPLE_RATE_HZ)) // SAMPLES_A_FRAME)
    samples = np.zeros(frames * SAMPLES_A_FRAME, np.int16)
    samples[before : before + len(said)] = said
    start_s, words = before / SAMPLE_RATE_HZ, _words(spoken, before / SAMPLE_RATE_HZ)
    waits = _at_the_ends(_listening(seed, frames / FRAMES_PER_SECOND), start_s + len(said) / SAMPLE_RATE_HZ / 2, text, manner)
    rows = _rows(spoken, start_s, frames, waits)
    if manner.gesture:
        said_s = (words[0].start_s, words[-1].end_s) if words else (start_s, start_s + len(said) / SAMPLE_RATE_HZ)
        rows = gesticulate(rows, manner.gesture, np.arange(frames) / FRAMES_PER_SECOND, said_s, 1.0 if own_seed % 2 else -1.0)
    return Acted(samples, rows, words)


def unsaid_in(acted: Acted, text: str) -> str:
    """The first Chinese or Japanese word that an English voice passed over without a sound; "" when it said them all."""
    if language_of(text) != "en":
        return ""
    return next((word.text for word in acted.words if word.end_s <= word.start_s and columns_of(word.text) > len(word.text)), "")


def _words(spoken: list[SpokenSentence], start_s: float) -> tuple[TimedWord, ...]:
    found: list[TimedWord] = []
    for one in spoken:
        found += [TimedWord(word.text, word.start_s + start_s, word.end_s + start_s) for word in one.words]
        start_s += one.duration_s
    return tuple(found)


def _rows(spoken: list[SpokenSentence], start_s: float, frames: int, waits: MotionScore) -> NDArray[np.float32]:
    """The 57 values of every picture: their sentence, and waiting before and after it."""
    duration_s = frames / FRAMES_PER_SECOND
    timeline = Timeline(waits)
    starts = np.cumsum([start_s, *(one.duration_s for one in spoken)])
    over_s = min(float(starts[-1]), duration_s) - FADE_S  # their last breath is long enough to come to rest in
    rows = []
    for frame in range(frames):
        moment = frame / FRAMES_PER_SECOND
        number = int(np.searchsorted(starts, moment, "right")) - 1
        is_speaking = 0 <= number < len(spoken) and moment < over_s
        rows.append(timeline.at(moment, spoken[number].score if is_speaking else None, moment - starts[max(number, 0)]))
    return np.asarray(rows, np.float32)


def _at_the_ends(waits: MotionScore, middle_s: float, text: str, manner: Manner) -> MotionScore:
    """The same waiting with the sentence's mood on at the ends at which the neighbour feels the same; it changes while nobody sees it."""
    if not any(manner.held):
        return waits
    rows, moods = waits.to_floats(), moods_in(text, manner.feeling)
    before = np.arange(len(rows)) < middle_s * RATE_HZ
    for mood, share in ((moods[0], before & manner.held[0]), (moods[-1], ~before & manner.held[1])):
        feel(rows, MOODS[mood], share.astype(np.float32))
    return MotionScore.from_floats(rows)


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
