"""Encodes pictures on a thread of its own, so that the next one is drawn while the last is marked and encoded.

Drawing holds Python's lock most of the time, encoding hardly ever: with two processors a film takes little longer than the slower of both.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final

import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from avatar_pipeline.stages.video_track import marked_frame
from avatar_pipeline.trust.mark import Mark

_AHEAD: Final = 6  # pictures that may wait: enough to outlast one slow picture, little enough memory at 1080p


class EncodingThread:
    """Use as a context manager: leaving it waits for the picture being encoded and forgets those that wait."""

    def __init__(self, stream: VideoStream, frames_per_second: int, mark: Mark) -> None:
        self._stream, self._frames_per_second, self._mark = stream, frames_per_second, mark
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._waiting: deque[Future[list[Packet[VideoStream]]]] = deque()
        self._count = 0

    def add(self, picture: NDArray[np.uint8]) -> list[Packet[VideoStream]]:
        """Take the next picture, BGR or BGRX uint8 (height, width, 3 or 4), the thread's from now on. Gives what is finished.

        Raises what encoding an earlier picture raised.
        """
        self._waiting.append(self._thread.submit(self._encode, picture, self._count))
        self._count += 1
        finished: list[Packet[VideoStream]] = []
        while len(self._waiting) > _AHEAD or (self._waiting and self._waiting[0].done()):
            finished += self._waiting.popleft().result()
        return finished

    def finish(self) -> list[Packet[VideoStream]]:
        """Wait for all pictures and give the rest."""
        self._waiting.append(self._thread.submit(self._stream.encode, None))
        rest = [packet for one in self._waiting for packet in one.result()]
        self._waiting.clear()
        return rest

    def __enter__(self) -> EncodingThread:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.shutdown(cancel_futures=True)

    def _encode(self, picture: NDArray[np.uint8], number: int) -> list[Packet[VideoStream]]:
        return self._stream.encode(marked_frame(picture, number, self._frames_per_second, self._mark))
