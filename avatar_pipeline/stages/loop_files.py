"""The files of a filmed face's loop: films for people and networks, and single pictures for a browser that shows each at its moment.

`loop.mp4` plays there and back, so that it can be repeated without a jump. `film_loop.mp4` holds the way there alone, as large as it was
filmed, for the studio. So does `loop.pictures`: the word "TLP1", how many pictures, their side (two bytes each), the length of each (four
bytes), then each as WebP. Whole numbers are big-endian.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.casting.webp import webp_of
from avatar_pipeline.stages.video_track import video_track

Bytes = NDArray[np.uint8]
LOOP, FILM_LOOP, LOOP_PICTURES = "loop.mp4", "film_loop.mp4", "loop.pictures"
"""Beside the rig of a face from a film; there is no film_loop.mp4 of faces that were filmed small, or cast before it was kept."""
WORD: Final = b"TLP1"
HEAD: Final = struct.Struct(">4sHH")
FRAMES_PER_SECOND: Final = 25
PICTURES_BYTES_MAX: Final = 2_500_000
"""A browser fetches them once, after the face has come to life."""
_QUALITIES: Final = (82, 74, 66, 56, 44, 30)
_TRIED: Final = 5  # pictures by which the quality is chosen


def write_loop_film(pictures: Sequence[Bytes], path: Path) -> None:
    """Write BGR pictures of one square size there and back, 25 a second, H.264. Raises OSError."""
    write_way_there([*pictures, *pictures[-2:0:-1]], path)


def write_way_there(pictures: Iterable[Bytes], path: Path) -> None:
    """Write BGR pictures of one square size once, as they come, none of them held. Raises OSError and what giving them raises."""
    coming = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.mp4")
    try:
        with av.open(str(coming), "w", options={"movflags": "+faststart"}) as container:
            track = None
            for number, picture in enumerate(pictures):
                track = track or video_track(container, picture.shape[1], picture.shape[0], FRAMES_PER_SECOND)
                frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p", dst_colorspace="ITU601")
                frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_SECOND)
                container.mux(track.encode(frame))
            if track is not None:
                container.mux(track.encode(None))
        coming.replace(path)
    finally:
        coming.unlink(missing_ok=True)


def write_loop_pictures(pictures: Sequence[Bytes], path: Path) -> None:
    """Write the same pictures, the way there alone, at the best quality that fits. Raises OSError."""
    tried = pictures[:: max(1, len(pictures) // _TRIED)]
    for quality in _QUALITIES:
        mean_bytes = sum(len(webp_of(picture, quality)) for picture in tried) / len(tried)
        if mean_bytes * len(pictures) <= PICTURES_BYTES_MAX:
            break
    packed = [webp_of(picture, quality) for picture in pictures]
    head = HEAD.pack(WORD, len(packed), pictures[0].shape[0]) + struct.pack(f">{len(packed)}I", *map(len, packed))
    coming = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        coming.write_bytes(head + b"".join(packed))
        coming.replace(path)
    finally:
        coming.unlink(missing_ok=True)
