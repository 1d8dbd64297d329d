"""The mark as a picture: a tile of 33 by 33 cells, each a little lighter or darker, repeated over the film from edge to edge.

225 cells are the same in every film: they say that there is a mark and where its tile begins. The other 864 carry the film's id.
Which is which, and every sign, comes from the key by SHA-256, so that two versions of any library draw the same tile.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.trust import mark_code

Floats = NDArray[np.float32]
TILE_CELLS: Final = 33
FRAME_CELLS: Final = 120
"""Cells along the shorter side of a film: more than three and a half tiles, of which a crop may take two."""
PILOTS: Final = TILE_CELLS**2 - mark_code.SIGNS
PUBLIC_KEY: Final = b"tillhand-mark/1"
"""Known to everybody on purpose: anybody may read the mark. Proof of who made a film is its signature's business."""


@dataclass(frozen=True)
class Layout:
    """Where in the flattened tile the pilots and the id's signs stand, and the key's sign of every cell (int8)."""

    pilots: NDArray[np.intp]
    places: NDArray[np.intp]
    signs: NDArray[np.int8]


@lru_cache(maxsize=4)
def layout(key: bytes = PUBLIC_KEY) -> Layout:
    """Deal the cells out."""
    draws = [hashlib.sha256(key + cell.to_bytes(4, "big")).digest() for cell in range(TILE_CELLS**2)]
    order = np.array(sorted(range(len(draws)), key=draws.__getitem__), np.intp)
    signs = np.array([1 - 2 * (draw[-1] & 1) for draw in draws], np.int8)
    return Layout(order[:PILOTS], order[PILOTS:], signs)


def tile(film_id: int | None, key: bytes = PUBLIC_KEY) -> Floats:
    """Draw the tile of an id, +1 or -1 in each cell; without an id only the pilots, 0 elsewhere."""
    dealt = layout(key)
    cells = np.zeros(TILE_CELLS**2, np.float32)
    cells[dealt.pilots] = dealt.signs[dealt.pilots]
    if film_id is not None:
        cells[dealt.places] = dealt.signs[dealt.places] * mark_code.encode(film_id)
    return cells.reshape(TILE_CELLS, TILE_CELLS)


def frame_cells(side_px: int) -> float:
    """Cells along a film's shorter side; small films have fewer, since a cell under 4.5 pixels does not survive being halved."""
    return float(np.clip(side_px / 4.5, 36, FRAME_CELLS))


def wave(cells: Floats, width_px: int, height_px: int) -> Floats:
    """Spread the tile over a picture, (height, width), of mean square 1.

    Smoothly, so that no cell has an edge for an eye to catch, and without what is wider than a cell: that would be seen as
    blotches on skin, and no reader looks at it.
    """
    side = min(width_px, height_px)
    scale = frame_cells(side) / side
    across, down = math.ceil(width_px * scale) + 2, math.ceil(height_px * scale) + 2
    repeated = np.tile(cells, (-(-down // TILE_CELLS), -(-across // TILE_CELLS)))
    columns = (np.arange(width_px, dtype=np.float32) + 0.5) * scale - 0.5
    rows = (np.arange(height_px, dtype=np.float32) + 0.5) * scale - 0.5
    map_x, map_y = np.meshgrid(columns, rows)
    smooth = cv2.remap(repeated, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)
    fine = smooth - cv2.GaussianBlur(smooth, (0, 0), 1.2 / scale)
    return np.asarray(fine / fine.std(), np.float32)
