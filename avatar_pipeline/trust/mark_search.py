"""Finds the mark in a picture of unknown scale and crop, and says how sure that is.

The picture is brought to two pixels a cell for every scale the mark may have, whitened, and all its tiles are laid on one another;
there the pilots are looked for at every position at once, the strongest places are decoded, and the id that comes out is held
against all 1,089 cells. A strength is a normalised correlation, sum(sign * cell) / norm(cells). Were the key's signs drawn afresh, a
picture made without it would reach the strength t for a given place and id with a probability of at most exp(-t * t / 2), whatever
the picture shows (Hoeffding's inequality: no model of pictures is needed). Places and ids are counted, and the bound is the product.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.trust import mark_code
from avatar_pipeline.trust.mark_pattern import PUBLIC_KEY, TILE_CELLS, layout, tile

Floats = NDArray[np.float32]
CELLS_MIN, CELLS_MAX = 30.0, 190.0  # cells that may lie along the picture's shorter side
SCALE_STEP: Final = 0.006
READ_STRENGTH_MIN: Final = 11.3
"""An id counts from here on, over all cells: at most one false alarm in ten million pictures, over all places and all 2**48 ids."""
SEEN_STRENGTH_MIN: Final = 7.6
"""From here on the pilots alone are proof, also where the id cannot be read any more: one false alarm in two million."""
CANDIDATES_MAX: Final = 12
SIDE_PX_MAX: Final = 1080
_CELL_PX: Final = 2
_BLUR_PX, _NEAR_PX, _CALM, _CLIP = 1.5, 21, 0.3, 2.5
_REFINED: Final = tuple(SCALE_STEP * step / 6 for step in (-3, -2, -1, 0, 1, 2, 3))


@dataclass(frozen=True)
class Sighting:
    """The best place for the mark at one scale. `cells` is the tile there as seen, flattened, rows first."""

    strength: float
    cells_across: float
    cells: Floats


@dataclass(frozen=True)
class MarkFound:
    """A mark; `film_id` is None where its pilots are there and its id cannot be read. `strength` is over all cells, or the pilots'."""

    film_id: int | None
    strength: float
    false_alarm_bound: float


def find_mark(luma: Floats, key: bytes = PUBLIC_KEY) -> MarkFound | None:
    """Look for the mark in `luma` (float32, (height, width), 0..255; of a film, best the mean of many pictures). None if there is none."""
    luma = _small_enough(luma)
    coarse = sorted((sight(luma, scale, key) for scale in _scales()), key=lambda one: -one.strength)[:CANDIDATES_MAX]
    sightings = [_refined(luma, one.cells_across, key) for one in coarse]
    for one in sorted(sightings, key=lambda one: -one.strength):
        film_id = mark_code.decode(soft_signs(one, key))
        strength = 0.0 if film_id is None else strength_of(one, film_id, key)
        if strength >= READ_STRENGTH_MIN:
            return MarkFound(film_id, strength, false_alarm_bound(strength, ids=1 << mark_code.ID_BITS))
    best = max(one.strength for one in sightings)
    return MarkFound(None, best, false_alarm_bound(best, ids=1)) if best >= SEEN_STRENGTH_MIN else None


def false_alarm_bound(strength: float, ids: int) -> float:
    """At most this share of pictures without a mark shows one of `ids` as strong, over every place and scale that is tried."""
    places = (len(_scales()) + CANDIDATES_MAX * len(_REFINED)) * (TILE_CELLS * _CELL_PX) ** 2
    return min(1.0, places * ids * math.exp(-strength * strength / 2))


def strength_of(sighting: Sighting, film_id: int, key: bytes = PUBLIC_KEY) -> float:
    """How strongly all cells of a place speak for an id."""
    return float(sighting.cells @ tile(film_id, key).ravel()) / max(1e-9, float(np.linalg.norm(sighting.cells)))


def sight(luma: Floats, cells_across: float, key: bytes = PUBLIC_KEY) -> Sighting:
    """Find the best place of the pilots at one scale: in the tile's every cell, and half a cell beside it."""
    folded = _fold(luma, cells_across)
    cells = folded + np.roll(folded, -1, 0)
    cells = cells + np.roll(cells, -1, 1)
    seen = cells.reshape(TILE_CELLS, _CELL_PX, TILE_CELLS, _CELL_PX).transpose(1, 3, 0, 2).reshape(-1, TILE_CELLS, TILE_CELLS)
    signs, places = _pilot_spectra(key)
    along = np.fft.irfft2(np.fft.rfft2(seen) * signs, (TILE_CELLS, TILE_CELLS))
    energy = np.fft.irfft2(np.fft.rfft2(seen * seen) * places, (TILE_CELLS, TILE_CELLS))
    strength = along / np.sqrt(np.maximum(energy, 1e-9))
    beside, down, across = (int(place) for place in np.unravel_index(int(strength.argmax()), strength.shape))
    turned = np.roll(seen[beside], (-down, -across), (0, 1)).ravel()
    return Sighting(float(strength[beside, down, across]), cells_across, turned)


def soft_signs(sighting: Sighting, key: bytes = PUBLIC_KEY) -> Floats:
    """The id's signs as they are seen, in the order of `mark_code.encode`."""
    dealt = layout(key)
    return np.asarray(sighting.cells[dealt.places] * dealt.signs[dealt.places], np.float32)


def _refined(luma: Floats, cells_across: float, key: bytes) -> Sighting:
    near: Iterable[Sighting] = (sight(luma, cells_across * (1 + change), key) for change in _REFINED)
    return max(near, key=lambda one: one.strength)


@lru_cache(maxsize=1)
def _scales() -> tuple[float, ...]:
    steps = math.ceil(math.log(CELLS_MAX / CELLS_MIN) / SCALE_STEP)
    return tuple(float(scale) for scale in np.geomspace(CELLS_MIN, CELLS_MAX, steps))


@lru_cache(maxsize=4)
def _pilot_spectra(key: bytes) -> tuple[NDArray[np.complexfloating], NDArray[np.complexfloating]]:
    pilots = tile(None, key)
    return np.conj(np.fft.rfft2(pilots)), np.conj(np.fft.rfft2(np.abs(pilots)))


def _small_enough(luma: Floats) -> Floats:
    side = min(luma.shape)
    if side <= SIDE_PX_MAX:
        return luma
    factor = SIDE_PX_MAX / side
    return np.asarray(cv2.resize(luma, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.float32)


def _fold(luma: Floats, cells_across: float) -> Floats:
    """Whiten the picture at two pixels a cell and add up its tiles: (66, 66)."""
    height, width = luma.shape
    factor = cells_across * _CELL_PX / min(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    detail = small - cv2.GaussianBlur(small, (7, 7), _BLUR_PX)
    busy = cv2.sqrt(cv2.blur(detail * detail, (_NEAR_PX, _NEAR_PX))) + _CALM
    white = np.clip(detail / busy, -_CLIP, _CLIP) / cv2.sqrt(busy)
    side = TILE_CELLS * _CELL_PX
    down, across = -(-size[1] // side), -(-size[0] // side)
    whole = np.zeros((down * side, across * side), np.float32)
    whole[: size[1], : size[0]] = white
    return np.asarray(whole.reshape(down, side, across, side).sum((0, 2)), np.float32)
