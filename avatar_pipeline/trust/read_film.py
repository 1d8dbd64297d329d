"""Reads a film that anybody may have sent: its label, and the mean of its pictures for the mark. Nothing in it is trusted.

Only the containers that films come in are opened, by name and after a look at their first bytes, because the library could also open
play lists that lead to other files and addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.errors import StageRefusal

BYTES_MAX: Final = 4_000_000_000
PIXELS_MAX: Final = 4096 * 2304
PICTURES_DECODED_MAX: Final = 600
"""Films of up to so many pictures (fewer, if they are larger than 1080p) are read from end to end, longer ones in twelve stretches."""
USUAL_PIXELS: Final = 1920 * 1080
STRETCHES, STRETCH_PICTURES_MAX, EVERY = 12, 24, 6
RATE_UNKNOWN: Final = 25.0
LABEL_CHARACTERS_MAX: Final = 4000
_SIGNS: Final = ((4, b"ftyp", "mov"), (0, b"\x1a\x45\xdf\xa3", "matroska"))


class MediaUnreadable(StageRefusal):
    """The file is no film that can be looked at; the message says why."""


@dataclass(frozen=True)
class AiLabel:
    """The implicit label of GB 45438 as a file carries it; all fields are what the file claims."""

    is_ai: bool
    producer: str
    produce_id: str
    film: str


@dataclass(frozen=True, eq=False)
class FilmRead:
    """What was read. `luma` is the mean brightness of the `pictures` looked at: float32 (height, width)."""

    label: AiLabel | None
    luma: NDArray[np.float32]
    pictures: int
    width_px: int
    height_px: int
    duration_s: float
    ends_early: bool


def read_film(path: Path) -> FilmRead:
    """Read a film. Raises MediaUnreadable with what is wrong in a sentence."""
    kind = container_of(path)
    try:
        with av.open(str(path), "r", format=kind, options={"enable_drefs": "0"}, metadata_errors="ignore") as film:
            return _read(film)
    except (av.error.FFmpegError, OSError, UnicodeDecodeError) as error:
        raise MediaUnreadable("This file begins like a film, but it is cut off or damaged: nothing in it can be played.") from error


def container_of(path: Path) -> str:
    """Say by its first bytes what kind of film a file may be, without opening it. Raises MediaUnreadable for what is none."""
    try:
        with path.open("rb") as file:
            start, size = file.read(16), path.stat().st_size
    except OSError as error:
        raise MediaUnreadable(f"The file cannot be read: {error.strerror}.") from error
    if size == 0:
        raise MediaUnreadable("The file is empty.")
    if size > BYTES_MAX:
        raise MediaUnreadable(f"The file is larger than {BYTES_MAX // 10**9} GB. Cut a part out of it and send that.")
    for place, sign, kind in _SIGNS:
        if start[place : place + len(sign)] == sign:
            return kind
    raise MediaUnreadable("This is no film. MP4, MOV, WebM and MKV can be read.")


def _read(film: Any) -> FilmRead:
    if not film.streams.video:
        if film.streams.audio:
            raise MediaUnreadable("The file holds only sound. The mark is in pictures, so there is nothing to look at.")
        raise MediaUnreadable("The file holds neither pictures nor sound.")
    stream = film.streams.video[0]
    width, height = stream.codec_context.width, stream.codec_context.height
    if not 0 < width * height <= PIXELS_MAX:
        raise MediaUnreadable(
            f"The pictures are {width} x {height} pixels, which is more than is read here. Make the film smaller and send that."
        )
    duration_s, rate = float(film.duration or 0) / av.time_base, float(stream.average_rate or RATE_UNKNOWN)
    total, pictures, last_s, is_broken = np.zeros((height, width), np.float32), 0, 0.0, False
    try:
        for picture in _sampled(film, stream, duration_s, rate):
            luma = picture.to_ndarray(format="gray")
            if luma.shape == total.shape:  # a stream may change its size; the first one counts
                total += luma  # whole numbers under 2**24: exact
                pictures, last_s = pictures + 1, float(picture.time or 0)
    except av.error.FFmpegError:
        is_broken = True
    if not pictures:
        raise MediaUnreadable("The file begins like a film, but not one of its pictures can be decoded.")
    is_read_whole = duration_s * rate <= _allowed(stream)  # of a longer one only stretches are, and these begin where a keyframe is
    ends_early = is_broken or (is_read_whole and last_s + 2 * EVERY / rate < 0.8 * duration_s)
    mean = np.asarray(total / pictures, np.float32)
    return FilmRead(_label(film.metadata), mean, pictures, width, height, duration_s, ends_early)


def _sampled(film: Any, stream: Any, duration_s: float, rate: float) -> Iterator[Any]:
    """Some pictures from all over the film. What is decoded is bounded, whatever the file says of itself."""
    allowed = _allowed(stream)
    if duration_s * rate <= allowed or not stream.time_base:
        yield from _every(film, stream, allowed)
        return
    for stretch in range(STRETCHES):
        film.seek(int(duration_s * stretch / STRETCHES / stream.time_base), stream=stream)
        yield from _every(film, stream, min(STRETCH_PICTURES_MAX, allowed // STRETCHES))


def _allowed(stream: Any) -> int:
    """How many pictures of this size may be decoded."""
    pixels = stream.codec_context.width * stream.codec_context.height
    return int(PICTURES_DECODED_MAX * min(1.0, USUAL_PIXELS / pixels))


def _every(film: Any, stream: Any, pictures: int) -> Iterator[Any]:
    for number, picture in enumerate(film.decode(stream)):
        if number >= pictures:
            return
        if number % EVERY == 0:
            yield picture


def _label(metadata: dict[str, str]) -> AiLabel | None:
    text = next((value for key, value in metadata.items() if key.upper() == "AIGC"), "")
    if not 0 < len(text) <= LABEL_CHARACTERS_MAX:
        return None
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    told = {key: str(fields.get(key, ""))[:200] for key in ("Label", "ContentProducer", "ProduceID", "ReservedCode1")}
    return AiLabel(told["Label"] == "1", told["ContentProducer"], told["ProduceID"], told["ReservedCode1"])
