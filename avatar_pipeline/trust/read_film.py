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
WHOLE_READ_S: Final = 20.0
"""Films up to this length are read from end to end; longer ones in twelve stretches."""
PICTURES_DECODED_MAX: Final = 600
STRETCHES, STRETCH_PICTURES, EVERY = 12, 24, 6
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
    kind = _kind(path)
    try:
        with av.open(str(path), "r", format=kind, options={"enable_drefs": "0"}, metadata_errors="ignore") as film:
            return _read(film)
    except (av.error.FFmpegError, OSError, UnicodeDecodeError) as error:
        raise MediaUnreadable("This file begins like a film, but it is cut off or damaged: nothing in it can be played.") from error


def _kind(path: Path) -> str:
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
        what = "only sound" if film.streams.audio else "neither pictures nor sound"
        raise MediaUnreadable(f"The file holds {what}. The mark is in pictures, so there is nothing to look at.")
    stream = film.streams.video[0]
    width, height = stream.codec_context.width, stream.codec_context.height
    if not 0 < width * height <= PIXELS_MAX:
        raise MediaUnreadable(f"The pictures are {width} x {height}; at most {PIXELS_MAX / 1e6:.0f} million pixels are read.")
    duration_s = float(film.duration or 0) / av.time_base
    total, pictures, last_s, is_broken = np.zeros((height, width), np.float32), 0, 0.0, False
    try:
        for picture in _sampled(film, stream, duration_s):
            luma = picture.to_ndarray(format="gray")
            if luma.shape != total.shape:  # a stream may change its size; the first one counts
                continue
            total += luma  # whole numbers under 2**24: exact
            pictures, last_s = pictures + 1, float(picture.time or 0)
    except av.error.FFmpegError:
        is_broken = True
    if not pictures:
        raise MediaUnreadable("The file begins like a film, but not one of its pictures can be decoded.")
    ends_early = is_broken or last_s < min(duration_s, PICTURES_DECODED_MAX / 60) * 0.5
    mean = np.asarray(total / pictures, np.float32)
    return FilmRead(_label(film.metadata), mean, pictures, width, height, duration_s, ends_early)


def _sampled(film: Any, stream: Any, duration_s: float) -> Iterator[Any]:
    """Some pictures from all over the film, never more decoded than PICTURES_DECODED_MAX."""
    if duration_s <= WHOLE_READ_S or not stream.time_base:
        for number, picture in enumerate(film.decode(stream)):
            if number >= PICTURES_DECODED_MAX:
                return
            if number % EVERY == 0:
                yield picture
        return
    for stretch in range(STRETCHES):
        film.seek(int(duration_s * stretch / STRETCHES / stream.time_base), stream=stream)
        for number, picture in enumerate(film.decode(stream)):
            if number >= STRETCH_PICTURES:
                break
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
