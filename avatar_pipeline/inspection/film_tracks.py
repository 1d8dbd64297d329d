"""A film taken apart again: its sound as samples, its pictures one after the other, with the moment each is shown at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.errors import StageRefusal

LISTEN_HZ: Final = 16_000  # what the aligner was trained on
LOUDNESS_HZ: Final = 48_000  # the rate BS.1770 gives its filters for

Floats = NDArray[np.float32]


class FilmUnwatchable(StageRefusal):
    """The film has no pictures or no sound that can be decoded."""


@dataclass(frozen=True)
class Shown:
    """One picture of a film: its number, the second it is shown at, and itself (BGR uint8)."""

    number: int
    time_s: float
    pixels: NDArray[np.uint8]


def sound_of(path: Path, rate_hz: int, channels: int) -> Floats:
    """All sound of a film, float32 (samples, channels), full scale 1.0, at another rate. Raises FilmUnwatchable."""
    layout = "mono" if channels == 1 else "stereo"
    resampler = av.AudioResampler(format="flt", layout=layout, rate=rate_hz)
    pieces: list[NDArray[np.float32]] = []
    with _opened(path) as film:
        if not film.streams.audio:
            raise FilmUnwatchable("The film has no sound.")
        for frame in film.decode(film.streams.audio[0]):
            if not pieces:  # sound that begins later than the pictures is silence until then
                pieces.append(np.zeros((1, max(0, round((frame.time or 0.0) * rate_hz)) * channels), np.float32))
            pieces += [part.to_ndarray() for part in resampler.resample(frame)]
        pieces += [part.to_ndarray() for part in resampler.resample(None)]
    if len(pieces) < 2:
        raise FilmUnwatchable("The film's sound cannot be decoded.")
    return np.concatenate(pieces, axis=1).reshape(-1, channels).astype(np.float32)


def pictures_of(path: Path, spans: Sequence[tuple[float, float]] | None = None) -> Iterator[Shown]:
    """The pictures of a film in sequence; with `spans` (seconds, rising, not overlapping) only those shown within them.

    Raises FilmUnwatchable.
    """
    with _opened(path) as film:
        if not film.streams.video:
            raise FilmUnwatchable("The film has no pictures.")
        stream = film.streams.video[0]
        stream.thread_type = "AUTO"
        for start_s, end_s in spans if spans is not None else ((0.0, float("inf")),):
            if start_s > 0:
                film.seek(int(start_s / stream.time_base), stream=stream)
            for frame in film.decode(stream):
                time_s = float(frame.time)
                if time_s >= end_s:
                    break
                if time_s >= start_s - 1e-6:
                    number = round(time_s * float(stream.average_rate))
                    yield Shown(number, time_s, frame.to_ndarray(format="bgr24"))


def rate_of(path: Path) -> float:
    """Pictures a second."""
    with _opened(path) as film:
        return float(film.streams.video[0].average_rate)


def _opened(path: Path) -> Any:
    try:
        return av.open(str(path), "r", format="mp4")
    except (av.error.FFmpegError, OSError) as error:
        raise FilmUnwatchable(f"The film {path.name} cannot be opened.") from error
