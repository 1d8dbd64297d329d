"""Marks and encodes pictures on a thread of its own, so that the next ones are drawn meanwhile.

Drawing is the longer work of the two, so everything that can be done to a finished picture is done here. The thread is given two
pictures at once: drawing holds Python's lock most of the time, and each time both want it costs either of them.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, TypeAlias

import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from avatar_pipeline.stages.video_track import marked_frame
from avatar_pipeline.trust.mark import Mark

_TOGETHER: Final = 2  # pictures handed over at once
_AHEAD: Final = 2  # times as many may wait: enough to outlast a slow picture, little enough memory at 1080p
PICTURES_HELD: Final = _TOGETHER * (_AHEAD + 1) - 1  # given last, these may still be read: whoever draws must not overwrite them
Packets: TypeAlias = "list[Packet[VideoStream]]"


class EncodingThread:
    """Use as a context manager: leaving it waits for the pictures being encoded and forgets those that wait."""

    def __init__(self, stream: VideoStream, frames_per_second: int, mark: Mark) -> None:
        self._stream, self._frames_per_second, self._mark = stream, frames_per_second, mark
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        self._ready: list[NDArray[np.uint8]] = []
        self._waiting: deque[Future[Packets]] = deque()
        self._count = 0

    def add(self, picture: NDArray[np.uint8]) -> Packets:
        """Take the next picture, BGR or BGRX uint8 (height, width, 3 or 4). Gives what is finished, to be written.

        The picture is read later: it must stay as it is until PICTURES_HELD further ones were added. Raises what encoding an
        earlier picture raised.
        """
        self._ready.append(picture)
        if len(self._ready) == _TOGETHER:
            self._hand_over()
        finished: Packets = []
        while len(self._waiting) > _AHEAD or (self._waiting and self._waiting[0].done()):
            finished += self._waiting.popleft().result()
        return finished

    def finish(self) -> Packets:
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
        pictures, self._ready = self._ready, []
        self._waiting.append(self._thread.submit(self._encode, pictures, self._count))
        self._count += len(pictures)

    def _encode(self, pictures: list[NDArray[np.uint8]], first: int) -> Packets:
        packets: Packets = []
        for number, picture in enumerate(pictures, first):
            packets += self._stream.encode(marked_frame(picture, number, self._frames_per_second, self._mark))
        return packets
