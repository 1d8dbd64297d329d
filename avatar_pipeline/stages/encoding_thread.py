"""Encodes pictures on a thread of its own, so that the next ones are drawn meanwhile.

Drawing holds Python's lock most of the time, encoding hardly ever. Each time both want it costs more than a small picture's encoding
saves, so the thread is given several pictures at once, marked and converted already, and asks for the lock once a picture.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final

import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from avatar_pipeline.stages.video_track import marked_frame
from avatar_pipeline.trust.mark import Mark

_TOGETHER: Final = 4  # pictures handed over at once
_AHEAD: Final = 2  # times as many may wait: enough to outlast a slow picture, little enough memory at 1080p


class EncodingThread:
    """Use as a context manager: leaving it waits for the pictures being encoded and forgets those that wait."""

    def __init__(self, stream: VideoStream, frames_per_second: int, mark: Mark) -> None:
        self._stream, self._frames_per_second, self._mark = stream, frames_per_second, mark
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._ready: list[VideoFrame] = []
        self._waiting: deque[Future[list[Packet[VideoStream]]]] = deque()
        self._count = 0

    def add(self, picture: NDArray[np.uint8]) -> list[Packet[VideoStream]]:
        """Take the next picture, BGR or BGRX uint8 (height, width, 3 or 4). Gives what is finished, to be written.

        Raises what encoding an earlier picture raised.
        """
        self._ready.append(marked_frame(picture, self._count, self._frames_per_second, self._mark))
        self._count += 1
        if len(self._ready) == _TOGETHER:
            self._hand_over()
        finished: list[Packet[VideoStream]] = []
        while len(self._waiting) > _AHEAD or (self._waiting and self._waiting[0].done()):
            finished += self._waiting.popleft().result()
        return finished

    def finish(self) -> list[Packet[VideoStream]]:
        """Wait for all pictures and give the rest."""
        self._hand_over()
        self._waiting.append(self._thread.submit(self._stream.encode, None))
        rest = [packet for one in self._waiting for packet in one.result()]
        self._waiting.clear()
        return rest

    def __enter__(self) -> EncodingThread:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.shutdown(cancel_futures=True)

    def _hand_over(self) -> None:
        frames, self._ready = self._ready, []
        self._waiting.append(self._thread.submit(lambda: [packet for frame in frames for packet in self._stream.encode(frame)]))
