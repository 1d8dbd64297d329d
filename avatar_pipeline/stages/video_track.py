"""A film's pictures as H.264: how every film of this house is encoded, and how a picture becomes one of its frames, marked."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from avatar_pipeline.trust.mark import Mark

_ENCODER: Final = {"preset": "veryfast", "crf": "20"}
_BT601, _LIMITED = 6, 1  # what cv2's conversion makes; said in the file, or large films would be shown with other colours


def video_track(container: Any, width: int, height: int, frames_per_second: int, *, threads: int = 0) -> VideoStream:
    """Add the track to an open container. `threads` 0 leaves their number to the library; a fixed one gives the same bytes anywhere."""
    stream = container.add_stream("libx264", rate=frames_per_second, options=_ENCODER)
    assert isinstance(stream, VideoStream)  # noqa: S101 - what libx264 makes
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = _BT601
    context.color_range, context.thread_count = _LIMITED, threads
    context.time_base = Fraction(1, frames_per_second)
    return stream


def fit_mark(mark: Mark, picture: NDArray[np.uint8]) -> None:
    """Have the mark worked out from a picture, BGR or BGRX uint8, that nothing lies over which goes again."""
    mark.fit(_planes(picture)[: picture.shape[0]])


def marked_frame(picture: NDArray[np.uint8], number: int, frames_per_second: int, mark: Mark) -> VideoFrame:
    """The picture with that number, BGR or BGRX uint8 (height, width, 3 or 4), as a frame that carries the mark."""
    planes = _planes(picture)
    mark.lay(planes[: picture.shape[0]])
    frame: VideoFrame = av.VideoFrame.from_numpy_buffer(planes, format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, frames_per_second)
    return frame


def _planes(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    conversion = cv2.COLOR_BGRA2YUV_I420 if picture.shape[2] == 4 else cv2.COLOR_BGR2YUV_I420
    planes: NDArray[np.uint8] = cv2.cvtColor(picture, conversion).astype(np.uint8, copy=False)
    return planes
