"""Encoding beside the drawing: the same bytes as one after the other, errors that come back to whoever draws, and nothing left running."""

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_pipeline.stages.encoding_thread import PICTURES_HELD, EncodingThread
from avatar_pipeline.stages.video_track import marked_frame, video_track
from avatar_pipeline.trust.mark import Mark

SIDE_PX, FILM_ID = 128, 0x7F3029


def pictures(count: int, channels: int = 3) -> list[NDArray[np.uint8]]:
    """Noise that moves, so that no two packets are alike."""
    whole = np.random.default_rng(5).integers(0, 255, (SIDE_PX, SIDE_PX + count, channels), np.uint8)
    return [np.ascontiguousarray(whole[:, number : number + SIDE_PX]) for number in range(count)]


def written(path: Path, shown: Iterable[NDArray[np.uint8]], *, beside: bool) -> list[bytes]:
    packets = []
    with av.open(str(path), "w", format="mp4") as container:
        stream, mark = video_track(container, SIDE_PX, SIDE_PX, 25, threads=1), Mark(FILM_ID)
        if beside:
            with EncodingThread(stream, 25, mark) as encoder:
                packets = [packet for picture in shown for packet in encoder.add(picture)] + encoder.finish()
        else:
            packets = [packet for number, picture in enumerate(shown) for packet in stream.encode(marked_frame(picture, number, 25, mark))]
            packets += stream.encode(None)
        told = [bytes(packet) for packet in packets]
        container.mux(packets)
    return told


def test_the_bytes_are_those_of_encoding_one_after_the_other(tmp_path: Path) -> None:
    shown = pictures(60)
    beside = written(tmp_path / "beside.mp4", shown, beside=True)
    assert len(beside) == len(shown)
    assert beside == written(tmp_path / "after.mp4", shown, beside=False)


def test_a_fourth_channel_means_nothing(tmp_path: Path) -> None:
    four = pictures(12, channels=4)
    three = [np.ascontiguousarray(picture[..., :3]) for picture in four]
    assert written(tmp_path / "four.mp4", four, beside=True) == written(tmp_path / "three.mp4", three, beside=True)


class Full:
    """A stream that takes some pictures and then fails, as on a full disk."""

    def __init__(self, taken: int) -> None:
        self._left = taken

    def encode(self, frame: av.VideoFrame | None) -> list[av.Packet]:
        self._left -= frame is not None
        if self._left < 0:
            raise OSError(28, "No space left on device")
        return []


def test_whoever_draws_hears_of_an_error_and_nothing_goes_on_running() -> None:
    drawn = 0
    with pytest.raises(OSError, match="No space left"), EncodingThread(Full(5), 25, Mark(FILM_ID)) as encoder:  # type: ignore[arg-type]  # noqa: PT012
        for picture in pictures(100):
            encoder.add(picture)
            drawn += 1
        encoder.finish()
    assert drawn < 40  # not all of them were drawn for nothing
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("encoder")]


def test_pictures_may_be_drawn_over_once_enough_others_were_added(tmp_path: Path) -> None:
    shown, canvases = pictures(40), [np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8) for _ in range(PICTURES_HELD + 1)]

    def drawn_over() -> Iterator[NDArray[np.uint8]]:
        for number, picture in enumerate(shown):
            canvas = canvases[number % len(canvases)]
            canvas[:] = picture
            yield canvas

    assert written(tmp_path / "over.mp4", drawn_over(), beside=True) == written(tmp_path / "after.mp4", shown, beside=False)
