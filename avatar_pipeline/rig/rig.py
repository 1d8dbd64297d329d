"""A rig in memory: the pictures a face is made of, the mesh that moves them, and where eyes and teeth sit.

All positions are in pixels of the rig's own square (x right, y down, pixel centres at whole numbers). Depth `z` is in
the same pixels, larger nearer to the viewer, 0 at the axis the head turns on. Three pictures of the same person lie on
one mesh: at rest, mouth wide open, eyes shut; each vertex says how much of which picture it shows, and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FORMAT: Final = "tillhand-rig/1"
OPEN_JAW: Final = 0.85  # the jawOpen value at which the mouth-open picture was taken
LAYERS: Final = ("background", "person", "open", "closed", "eyeballs", "mouth")

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Layer:
    """One picture, uint8 (h, w, 4) BGRA premultiplied by alpha, whose top left pixel lies at (x, y) of the square."""

    pixels: Bytes
    x: int
    y: int


@dataclass(frozen=True, eq=False)
class Mesh:
    """The moving skin. V vertices, T triangles in drawing order (far first), U = 52 units in score order."""

    xy: Floats  # (V, 2) at rest
    z: Floats  # (V,)
    sway: Floats  # (V,) 0..1, how far the vertex follows the head
    open_share: Floats  # (V, 2) share of the mouth-open picture as soon as the lips part and with the jaw open; none while they touch
    closed_share: Floats  # (V, 2) share of the eyes-shut picture at rest and with the eye shut
    lash: Floats  # (V,) 1 on the lash skirts, which fade as the eye shuts
    triangles: NDArray[np.uint16]  # (T, 3)
    deltas: Floats  # (52, V, 2) displacement of each unit at 1


@dataclass(frozen=True, eq=False)
class Grid:
    """The still skin, hair and clothes: depth and sway on a regular grid of shape (rows, columns) over the whole square."""

    z: Floats
    sway: Floats


@dataclass(frozen=True)
class Eye:
    """An eyeball: its centre, the radius of the ball and of the coloured ring, all in pixels."""

    x: float
    y: float
    radius: float
    iris: float


@dataclass(frozen=True)
class Sprite:
    """A part of the mouth picture (x, y, w, h there), where its top left lies at rest, its depth, and what it follows."""

    name: str
    box: tuple[int, int, int, int]
    at: tuple[float, float]
    z: float
    follows_jaw: float


@dataclass(frozen=True, eq=False)
class Rig:
    """Everything needed to draw one face. `size_px` is the side of the square; `jaw` is (52, 2), the chin's displacement."""

    face_id: str
    name: str
    size_px: int
    layers: dict[str, Layer]
    mesh: Mesh
    grid: Grid
    eyes: tuple[Eye, Eye]
    sprites: tuple[Sprite, ...]
    jaw: Floats
    pivot: tuple[float, float]
