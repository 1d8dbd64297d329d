"""Which row of which score counts at a moment: sentences one after the other, listening around them.

The browser's performer (app/widget/player/performer.js) keeps the same rules: lips belong to the sentence alone and are
shut when there is none; head, eyes and brows fade from one to the other within 200 ms.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS, MotionScore

Floats = NDArray[np.float32]
FADE_S: Final = 0.2
_SMILES: Final = tuple(CHANNEL_INDEX[f"mouth{n}{s}"] for n in ("Smile", "Frown", "Dimple") for s in ("Left", "Right"))
_LIPS: Final = np.array(
    [i for i in range(CHANNEL_INDEX["jawForward"], CHANNEL_INDEX["mouthUpperUpRight"] + 1) if i not in _SMILES]
)  # what sound moves; a smile or a frown belongs to the person, not to the sentence
_BLINKS: Final = np.array([CHANNEL_INDEX["eyeBlinkLeft"], CHANNEL_INDEX["eyeBlinkRight"]])


class Timeline:
    """Reads the motion of one take. Moments must be asked for in order, because fades remember where they were."""

    def __init__(self, idle: MotionScore) -> None:
        """Take the listening loop, a score whose first and last row are equal."""
        self._idle, self._share, self._before_s = idle, 0.0, 0.0
        self._speech = np.zeros(len(CHANNELS), np.float32)

    def at(self, time_s: float, sentence: MotionScore | None, since_s: float) -> Floats:
        """The 57 values at `time_s`; `sentence` is being spoken for `since_s` seconds, or is None."""
        step = max(0.0, time_s - self._before_s) / FADE_S
        self._before_s = time_s
        self._share = float(np.clip(self._share + (step if sentence is not None else -step), 0, 1))
        if sentence is not None:
            self._speech = sentence.at(since_s)
        else:
            self._speech = self._speech.copy()
            self._speech[_LIPS] = 0
        rest = self._idle.at(time_s % self._idle.duration_s if self._idle.duration_s else 0.0)
        return blend(self._speech, rest, self._share)


def lips_at_rest(rows: Floats) -> Floats:
    """The same rows (n, 57) with the lips shut."""
    still = rows.copy()
    still[:, _LIPS] = 0
    return still


def blend(speech: Floats, rest: Floats, share: float) -> Floats:
    """Mix one row of a sentence with one of listening; `share` 1 is all sentence. Lips are always the sentence's."""
    soft = np.float32(share * share * (3 - 2 * share))
    values = rest + (speech - rest) * soft
    values[_LIPS] = speech[_LIPS]
    values[_BLINKS] = np.maximum(speech[_BLINKS] * soft, rest[_BLINKS] * (1 - soft))
    return np.asarray(values, np.float32)
