"""A filmed face before any wall: who is in the loop is told from what is behind, and walks through it from rest to rest.

A take of a film begins and ends in the same pose, so that any may follow any other. A loop's pose at rest is its middle picture, the one
that the face was chosen by; a sentence goes from there towards one end and back, then towards the other, at the film's own pace.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.casting.find_person import find_person
from avatar_pipeline.casting.paint_wall import cut_out, held_together

Bytes = NDArray[np.uint8]
Pictures = Callable[[], Iterator[Bytes]]
MATTES: Final = "mattes.npz"
_BEFORE_AND_AFTER: Final = 0.25
"""How much of the pictures before and after goes into a picture's outline: found in each alone, it trembles."""


def walk(count: int, frames: int, *, is_down_first: bool = False) -> NDArray[np.int64]:
    """Which of a loop's `frames` each of `count` pictures shows, int64 [count]: neighbours all along, the middle one first and last."""
    home, left = frames // 2, count - 1
    ways = (-home, frames - 1 - home) if is_down_first else (frames - 1 - home, -home)
    places = [home]
    for turn in range(count):
        far = min(abs(ways[turn % 2]), left // 2)
        side = 1 if ways[turn % 2] > 0 else -1
        places += [home + side * step for step in (*range(1, far + 1), *range(far - 1, -1, -1))]
        left -= 2 * far
        if left < 2:
            break
    return np.array((places + [home] * count)[:count], np.int64)


def mattes_of(pictures: Pictures, folder: Path) -> Bytes:
    """How much of each pixel is the person, uint8 [frames, side, side]; found once and kept in `folder`. Raises WeightsMissing, OSError."""
    path = folder / MATTES
    if not path.is_file():
        found = np.stack([np.rint(255 * held_together(find_person(picture))).astype(np.uint8) for picture in pictures()])
        coming = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.npz")
        np.savez_compressed(coming, mattes=_calmed(found))
        coming.replace(path)
    with np.load(path) as kept:
        return np.asarray(kept["mattes"], np.uint8)


def persons_of(pictures: Pictures, mattes: Bytes, folder: Path) -> Bytes:
    """The person of each picture alone, premultiplied BGRA [frames, side, side, 4], without the colour of the wall at its edge.

    They lie in a passing file in `folder`, for five seconds at the size of films take 600 MB. Raises OSError.
    """
    with TemporaryFile(dir=folder) as passing:
        persons = np.memmap(passing, np.uint8, "w+", shape=(*mattes.shape, 4))
    for number, (picture, matte) in enumerate(zip(pictures(), mattes, strict=True)):
        persons[number] = cut_out(picture, matte.astype(np.float32) / 255)
    return persons


def before_wall(person: Bytes, behind: Bytes) -> Bytes:
    """A premultiplied BGRA person, drawn as large as the wall behind them (BGR, square), before it."""
    side = behind.shape[0]
    if person.shape[0] != side:
        person = np.asarray(cv2.resize(person, (side, side), interpolation=cv2.INTER_AREA if person.shape[0] > side else cv2.INTER_CUBIC))
    rest = cv2.merge([255 - person[..., 3]] * 3)
    return np.asarray(cv2.add(cv2.multiply(behind, rest, scale=1 / 255), person[..., :3]), np.uint8)


def _calmed(mattes: Bytes) -> Bytes:
    around = np.concatenate([mattes[:1], mattes, mattes[-1:]])
    calm = np.empty_like(mattes)
    for number in range(len(mattes)):
        before, own, after = around[number : number + 3].astype(np.float32)
        calm[number] = np.rint((1 - 2 * _BEFORE_AND_AFTER) * own + _BEFORE_AND_AFTER * (before + after))
    return calm
