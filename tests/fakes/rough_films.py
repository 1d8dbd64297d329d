"""What happens to films out in the world: compressed, shrunk, cropped; always as planes of YUV 4:2:0, as encoders take them."""

import io
from collections.abc import Iterable, Sequence

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.uint8]


def planes_of(picture: NDArray[np.uint8]) -> Planes:
    """BGR to planes."""
    return cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420)


def compress(pictures: Sequence[Planes], *, crf: int, preset: str) -> bytes:
    """An MP4 of them, by one thread so that it is the same everywhere."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=25, options={"preset": preset, "crf": str(crf)})
        stream.width, stream.height, stream.pix_fmt = pictures[0].shape[1], pictures[0].shape[0] * 2 // 3, "yuv420p"
        stream.codec_context.thread_count = 1
        for planes in pictures:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(planes), format="yuv420p")))
        film.mux(stream.encode(None))
    return file.getvalue()


def decoded(film: bytes) -> list[Planes]:
    """The pictures of an MP4."""
    with av.open(io.BytesIO(film)) as opened:
        return [picture.to_ndarray(format="yuv420p") for picture in opened.decode(video=0)]


def cropped(planes: Planes, share: float) -> Planes:
    """Cut `share` off each side's length, unevenly and not at a block's edge."""
    picture = cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)
    height, width = picture.shape[:2]
    down, across = int(height * share), int(width * share)
    return planes_of(_even(picture[down // 3 : height - down + down // 3, across * 2 // 3 : width - across + across * 2 // 3]))


def shrunk(planes: Planes, factor: float) -> Planes:
    """Scale to `factor` of the size."""
    picture = cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)
    return planes_of(_even(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)))


def mean_luma(pictures: Iterable[Planes]) -> NDArray[np.float32]:
    """The mean brightness, as `read_film` makes it."""
    return np.mean([planes[: planes.shape[0] * 2 // 3] for planes in pictures], axis=0, dtype=np.float32)


def _even(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    return np.ascontiguousarray(picture[: height // 2 * 2, : width // 2 * 2])
