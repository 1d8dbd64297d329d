"""A recording whose speaker agreed that their voice is copied. Beside `sample.wav` lies `sample.consent.json`, written when they agreed:

    {"speaker": "Maria Keller", "agreed_on": "2026-11-20", "sha256": "..."}

The fingerprint ties the agreement to this recording: another one under the same name is another voice, and nobody agreed to that.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.errors import StageRefusal

_FORM = '{"speaker": ..., "agreed_on": "2026-11-20", "sha256": ...}, the fingerprint of the recording'


class ConsentMissing(StageRefusal):
    """Nobody agreed that the voice of this recording is copied."""


@dataclass(frozen=True)
class ConsentedSample:
    """The recording, who speaks in it, and since when they agree."""

    path: Path
    speaker: str
    agreed_on: date


def read_consented_sample(path: Path, today: date | None = None) -> ConsentedSample:
    """The recording with its agreement; with `today`, one that holds by then. Raises ConsentMissing with what to do."""
    paper = path.with_suffix(".consent.json")
    if not paper.is_file():
        raise ConsentMissing(f"{path.name} has no agreement of its speaker. Write {paper.name} with {_FORM}.")
    try:
        told = json.loads(paper.read_text(encoding="utf-8"))
        sample = ConsentedSample(path, str(told["speaker"]).strip(), date.fromisoformat(told["agreed_on"]))
        is_this_one = told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConsentMissing(f"{paper.name} cannot be read as an agreement. Write it with {_FORM}.") from error
    if not sample.speaker:
        raise ConsentMissing(f"{paper.name} does not name the speaker. Write who agreed.")
    if not is_this_one:
        raise ConsentMissing(f"{paper.name} is the agreement to another recording: its sha256 is not that of {path.name}.")
    if today is not None and sample.agreed_on > today:
        raise ConsentMissing(f"{sample.speaker} agrees from {sample.agreed_on} on. Until then nobody uses this recording.")
    return sample


def sound_of(path: Path, rate_hz: int, seconds_max: float) -> NDArray[np.float32]:
    """The recording as mono samples [n] in -1..1, at most so long. Raises ValueError for a file that is gone or holds no sound.

    PyAV brings its own decoders, so any common kind of file is read on every machine that the product runs on.
    """
    pieces: list[NDArray[np.float32]] = []
    try:
        with av.open(str(path)) as file:
            resampler = av.AudioResampler(format="flt", layout="mono", rate=rate_hz)
            for decoded in chain(file.decode(audio=0), [None]):
                pieces += [np.asarray(frame.to_ndarray()[0], np.float32) for frame in resampler.resample(decoded)]
                if sum(map(len, pieces)) >= rate_hz * seconds_max:
                    break
    except (av.FFmpegError, IndexError) as error:
        raise ValueError(f"{path.name} holds no sound that can be read: {error}.") from error
    heard = np.concatenate([*pieces, np.zeros(0, np.float32)])
    return np.asarray(np.clip(heard[: int(rate_hz * seconds_max)], -1, 1), np.float32)
