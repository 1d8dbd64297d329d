"""A film of somebody's face as an avatar's loop: read at 25 pictures a second, forwards and backwards, without holding it in memory.

Its pictures come by their own times, so a telephone's uneven film is as even as any other; what was filmed sideways is turned upright.
Backwards it is read in blocks, each from the key picture before it, so a minute of film takes no more memory than two seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.engines.face_crop import FaceNotFollowed

Bytes = NDArray[np.uint8]
FRAMES_PER_SECOND: Final = 25
FRAMES_MAX: Final = 30 * FRAMES_PER_SECOND
"""Half a minute; the loop there and back is a minute long. What comes after it is not looked at."""
SIDE_MAX_PX: Final = 1080
PIXELS_MAX: Final = 4096 * 2304
"""Of one picture; larger ones are not unpacked."""
BLOCK_FRAMES: Final = 50


class PicturesTooLarge(FaceNotFollowed):
    """A film's pictures have more pixels than are unpacked here."""


class FaceFilm:
    """A film file of `frames` pictures, the middle of each cut to `size_px` square, or to what `cut` makes of it.

    Raises FaceNotFollowed for what cannot be read.
    """

    def __init__(self, path: Path, cut: Callable[[Bytes], Bytes] | None = None) -> None:
        self._path, self._cut = path, cut or self._square
        try:
            with av.open(str(path)) as film:
                stream = film.streams.video[0]
                if stream.width * stream.height > PIXELS_MAX:
                    raise PicturesTooLarge(f"The pictures of {path.name} are too large. Save the film with 1920 x 1080 pixels.")
                times = sorted(packet.pts * stream.time_base for packet in film.demux(stream) if packet.pts is not None)
            shape = next(self._decoded(0.0)).shape if times else (0, 0)
        except (av.FFmpegError, IndexError, StopIteration, OSError) as error:
            raise FaceNotFollowed(f"{path.name} holds no picture that can be read. Use an MP4 film.") from error
        if not times:
            raise FaceNotFollowed(f"{path.name} holds no picture that can be read. Use an MP4 film.")
        self._times = np.array([float(time) for time in times])
        lasts_s = self._times[-1] - self._times[0] + float(np.median(np.diff(self._times))) if len(times) > 1 else 1 / FRAMES_PER_SECOND
        self.frames = min(FRAMES_MAX, max(1, round(lasts_s * FRAMES_PER_SECOND)))
        self.size_px = min(SIDE_MAX_PX, min(shape[:2]) // 4 * 4)

    def pictures(self, first: int = 0, last: int | None = None) -> Iterator[Bytes]:
        """The pictures first..last (not included), BGR, the same each time."""
        wanted = self._times[0] + np.arange(first, self.frames if last is None else last) / FRAMES_PER_SECOND
        sources = np.maximum(np.searchsorted(self._times, wanted + 1e-4, "right") - 1, 0)
        if not len(sources):
            return
        decoded = self._decoded(float(self._times[sources[0]]))
        at, picture = int(sources[0]), self._cut(next(decoded))
        for source in sources:
            while at < source:
                found = next(decoded, None)
                if found is None:
                    break  # a file cut short: its last picture stays
                at, picture = at + 1, self._cut(found)
            yield picture.copy()

    def there_and_back(self) -> Iterator[Bytes]:
        """The loop as it is played: to its end and back again, neither end shown twice."""
        yield from self.pictures()
        bounds = [*range(1, max(1, self.frames - 1), BLOCK_FRAMES), max(1, self.frames - 1)]
        for first, last in reversed(list(pairwise(bounds))):
            yield from reversed(list(self.pictures(first, last)))

    def _decoded(self, from_s: float) -> Iterator[Bytes]:
        """Pictures as they were filmed, upright, from the one of this time on."""
        with av.open(str(self._path)) as film:
            stream = film.streams.video[0]
            film.seek(int(from_s / stream.time_base), stream=stream, backward=True)
            for frame in film.decode(stream):
                if frame.pts is None or float(frame.pts * stream.time_base) >= from_s - 1e-6:
                    yield _upright(frame)

    def _square(self, picture: Bytes) -> Bytes:
        height, width = picture.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        middle = picture[top : top + side, left : left + side]
        if side == self.size_px:
            return np.ascontiguousarray(middle)
        return np.asarray(cv2.resize(middle, (self.size_px, self.size_px), interpolation=cv2.INTER_AREA), np.uint8)


def frame_of_loop(index: int, frames: int) -> int:
    """Which picture of a film of so many is shown at a place of its loop there and back."""
    period = max(1, 2 * frames - 2)
    place = index % period
    return place if place < frames else period - place


def _upright(frame: Any) -> Bytes:
    turns = round(frame.rotation / 90) % 4  # counter-clockwise, as the file says it is to be shown
    return np.asarray(np.rot90(frame.to_ndarray(format="bgr24"), turns), np.uint8)
