"""Films for casting's tests: somebody in the public domain who sways a little before the camera, and films that cannot become a face."""

import io
from collections.abc import Callable, Iterator
from functools import cache

import av
import cv2
import numpy as np
from fakes.portraits import photograph
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
RATE = 25


@cache
def portrait() -> Picture:
    return cv2.imdecode(np.frombuffer(photograph(), np.uint8), cv2.IMREAD_COLOR)


def swaying(picture: Picture, seconds: float) -> Iterator[Picture]:
    """The picture as a head that breathes and sways: three pixels to each side and a pixel up, once in two seconds."""
    size = picture.shape[1::-1]
    for number in range(round(seconds * RATE)):
        angle = np.pi * number / RATE
        moved = np.array([[1, 0, 3 * np.sin(angle)], [0, 1, np.cos(2 * angle)]], np.float32)
        yield cv2.warpAffine(picture, moved, size, borderMode=cv2.BORDER_REFLECT_101)


def film_of(pictures: Iterator[Picture], kind: str = "mp4") -> bytes:
    """The pictures as a film file, 25 a second."""
    out, codec = io.BytesIO(), {"mp4": "libx264", "mov": "libx264", "webm": "libvpx"}[kind]
    with av.open(out, "w", format=kind) as container:
        stream = None
        for picture in pictures:
            if stream is None:
                stream = container.add_stream(codec, rate=RATE)
                stream.height, stream.width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
                stream.pix_fmt = "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")))
        container.mux(stream.encode(None))
    return out.getvalue()


@cache
def usable_film(seconds: float = 2.4) -> bytes:
    return film_of(swaying(portrait(), seconds))


def changed_film(change: Callable[[Picture], Picture], seconds: float = 2.4) -> bytes:
    return film_of(change(picture) for picture in swaying(portrait(), seconds))


def dark(picture: Picture) -> Picture:
    return (picture // 12).astype(np.uint8)


def twins(picture: Picture) -> Picture:
    return np.hstack([picture, picture])


def wall(picture: Picture) -> Picture:
    return np.full_like(picture, 150)


def sideways(picture: Picture) -> Picture:
    """The head as if turned away: one side of the face is narrow, the other wide."""
    height, width = picture.shape[:2]
    middle, columns = 0.44 * width, np.arange(width, dtype=np.float32)
    away = columns - middle
    from_x = middle + np.where(away < 0, 3.0 * away, 0.62 * away)
    return cv2.remap(
        picture, np.tile(from_x.astype(np.float32), (height, 1)), np.tile(np.arange(height, dtype=np.float32)[:, None], (1, width)),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101,
    )  # fmt: skip


def sound_alone() -> bytes:
    """A film's file with nothing to see."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=24_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 24_000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 24_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def damaged() -> bytes:
    """A film whose later pictures are noise, behind a head and a first picture that are whole."""
    film = bytearray(usable_film())
    begins, ends = film.index(b"mdat") + 4 + len(film) // 2, film.index(b"moov") - 4
    film[begins:ends] = bytes(np.random.default_rng(1).integers(0, 256, ends - begins, np.uint8))
    return bytes(film)
