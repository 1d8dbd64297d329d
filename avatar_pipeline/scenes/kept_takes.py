"""Takes that are finished, kept by their fingerprint: what was made once is never made again, and a stopped film goes on where it was.

A take is two files: its pictures, encoded so that they can be joined to others without being touched again, and its sound with
the times of its words. The sound is written last; a take without it does not exist yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from avatar_pipeline.engines.speech import TimedWord
from avatar_pipeline.scenes.take import FRAMES_PER_SECOND, Acted
from avatar_pipeline.stages.film_file import FilmNotWritten
from avatar_pipeline.trust.mark import Mark

_BT601, _LIMITED = 6, 1  # what cv2's conversion makes, said in the file
_ENCODER: Final = {"preset": "veryfast", "crf": "20"}
_THREADS: Final = 2  # a fixed number: another one would give other bytes


@dataclass(frozen=True, eq=False)
class KeptTake:
    """A take on disk. `samples` int16 mono at 24 kHz, `frames` pictures in `pictures_path`."""

    key: str
    pictures_path: Path
    samples: NDArray[np.int16]
    words: tuple[TimedWord, ...]
    frames: int


class TakeStore:
    """A folder of takes. Several processes may use it at once: files come into being whole, under their final name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> KeptTake | None:
        """The take of that fingerprint, if it is there."""
        sound, pictures = self._paths(key)
        if not sound.exists() or not pictures.exists():
            return None
        with np.load(sound, allow_pickle=False) as kept:
            told = json.loads(str(kept["told"]))
            words = tuple(TimedWord(**word) for word in told["words"])
            return KeptTake(key, pictures, kept["samples"], words, told["frames"])

    def keep(self, key: str, acted: Acted, pictures: Iterable[NDArray[np.uint8]], mark: Mark) -> KeptTake:
        """Mark and encode the pictures and keep the take. Any error leaves nothing behind. Raises FilmNotWritten."""
        sound, film = self._paths(key)
        parts = film.with_suffix(".mp4.part"), sound.with_suffix(".npz.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _encode(pictures, mark, parts[0])
            told = json.dumps({"frames": acted.frames, "words": [asdict(word) for word in acted.words]})
            with parts[1].open("wb") as file:
                np.savez_compressed(file, samples=acted.samples, told=np.array(told))
            parts[0].replace(film)
            parts[1].replace(sound)
        except OSError as error:
            raise FilmNotWritten(f"A take cannot be written to {self._folder}: {error.strerror}.") from error
        finally:
            for part in parts:
                part.unlink(missing_ok=True)
        return KeptTake(key, film, acted.samples, acted.words, acted.frames)

    def _paths(self, key: str) -> tuple[Path, Path]:
        return self._folder / f"{key}.npz", self._folder / f"{key}.mp4"


def _encode(pictures: Iterable[NDArray[np.uint8]], mark: Mark, path: Path) -> None:
    """H.264 that begins with a whole picture and refers to nothing before it, so that it can stand behind any other take."""
    with av.open(str(path), "w", format="mp4") as container:
        stream: Any = None
        for number, frame in enumerate(pictures):
            if stream is None:
                stream = _stream(container, frame.shape[1], frame.shape[0])
            planes = cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).astype(np.uint8, copy=False)
            mark.lay(planes[: frame.shape[0]])
            picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, FRAMES_PER_SECOND)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def _stream(container: Any, width: int, height: int) -> VideoStream:
    stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=_ENCODER)
    assert isinstance(stream, VideoStream)  # noqa: S101 - what libx264 makes
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = _BT601
    context.color_range, context.thread_count = _LIMITED, _THREADS
    context.time_base = Fraction(1, FRAMES_PER_SECOND)
    return stream
