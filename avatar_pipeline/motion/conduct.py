"""One sentence's whole face: mouth, brows, lids, gaze and head put together into a score.

Pure and quick (a few milliseconds): the same performance, text and seed always give the same score.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.mastering import Performance
from avatar_pipeline.motion import eyes, head
from avatar_pipeline.motion.mood import MOODS, NEUTRAL, Mood, eased, feel, lean, let_go
from avatar_pipeline.motion.mouth import mouth
from avatar_pipeline.motion.prosody import Accent, accents, bumps, livelier
from avatar_pipeline.motion.states import CHEEK_AT_REST
from avatar_pipeline.score import CHANNEL_INDEX, RATE_HZ, MotionScore

BROW_ACCENT: Final = 0.22
BROW_QUESTION: Final = 0.40
BROW_MAX: Final = 0.55

_Floats = NDArray[np.floating[Any]]


def conduct(
    performance: Performance, text: str, blinks: list[float], seed: int, mood: Mood, *,
    held: tuple[bool, bool] = (False, False), worn: str = NEUTRAL.name,
) -> MotionScore:  # fmt: skip
    """Make the score of one sentence. `blinks` are start times in seconds; `text` says how it closes.

    `held` tells at which end, the first and the last, its neighbour feels the same, so that the face keeps it. `worn` is what the face
    still feels as the sentence begins, and lets go of, unless it feels the same.
    """
    frames = int(np.ceil(performance.duration_s * RATE_HZ)) + 1
    random = np.random.default_rng(seed)
    weights = accents(performance)
    asks, exclaims = (text.rstrip("\"'”’) ").endswith(mark) for mark in ("?", "!"))
    pose = head.head(random, frames, livelier(weights, mood.liveliness), asks)
    pose = head.limit(pose + lean(mood, frames, 1.0 if seed % 2 else -1.0))
    lids = eyes.lids(eyes.fit_blinks(blinks, performance.duration_s), frames)
    face = mouth(performance.phonemes, performance.silences, frames)
    face += eyes.eyes(lids, eyes.glances(random, frames), pose)
    _set_pose(face, pose)
    _set_brows(face, weights, asks, exclaims)
    _set_cheeks(face)
    if worn != mood.name:
        feel(face, MOODS[worn], let_go(frames))
    feel(face, mood, eased(frames, (held[0] or worn == mood.name, held[1])))
    return MotionScore.from_floats(face)


def _set_pose(face: _Floats, pose: _Floats) -> None:
    for column, name in enumerate(("headPitch", "headYaw", "headRoll")):
        face[:, CHANNEL_INDEX[name]] = pose[:, column]


def _set_brows(face: _Floats, weights: tuple[Accent, ...], asks: bool, exclaims: bool) -> None:
    """Raise the brows on accents, higher in an exclamation, and over the end of a question; down again at both ends."""
    times = np.arange(len(face), dtype=np.float32) / RATE_HZ
    gain = BROW_ACCENT * (1.4 if exclaims else 1.0)
    raised = bumps([(accent.time_s - 0.04, gain * accent.strength**2) for accent in weights], times, 0.12, 0.28)
    if asks:
        raised = raised + bumps([(float(times[-1]) - 0.5, BROW_QUESTION)], times, 0.45, 0.16)
    eased = np.clip(np.minimum(times, times[-1] - times) / 0.2, 0.0, 1.0)
    raised = np.minimum(raised, BROW_MAX) * eased
    face[:, CHANNEL_INDEX["browInnerUp"]] = raised
    for side in ("Left", "Right"):
        face[:, CHANNEL_INDEX[f"browOuterUp{side}"]] = 0.7 * raised


def _set_cheeks(face: _Floats) -> None:
    for side in ("Left", "Right"):
        face[:, CHANNEL_INDEX[f"cheekSquint{side}"]] = CHEEK_AT_REST
