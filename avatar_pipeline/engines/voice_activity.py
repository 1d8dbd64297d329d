"""Is somebody speaking? Silero's small network answers for every 32 ms of sound, one ear per microphone."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.weights import weight_bytes

SAMPLE_RATE_HZ: Final = 16_000
CHUNK_SAMPLES: Final = 512
_BEFORE_SAMPLES: Final = 64
_STATE_SHAPE: Final = (2, 1, 128)


class VoiceActivity:
    """One ear: it remembers what it heard a moment ago, so each microphone has its own."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._state = np.zeros(_STATE_SHAPE, np.float32)
        self._before = np.zeros(_BEFORE_SAMPLES, np.float32)

    def likelihood(self, chunk: NDArray[np.float32]) -> float:
        """How likely CHUNK_SAMPLES float32 samples of 16 kHz hold speech, 0..1."""
        looked = np.concatenate([self._before, chunk])[None]
        rate = np.array(SAMPLE_RATE_HZ, np.int64)
        likely, self._state = self._session.run(None, {"input": looked, "state": self._state, "sr": rate})
        self._before = chunk[-_BEFORE_SAMPLES:]
        return float(likely[0, 0])


def new_ear(folder: Path | None = None) -> VoiceActivity:
    """An ear that has heard nothing yet. Raises WeightsMissing, WeightsDamaged."""
    return VoiceActivity(_session(folder))


@lru_cache(maxsize=2)
def _session(folder: Path | None) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(weight_bytes("speech-or-silence", folder), options, providers=["CPUExecutionProvider"])
