"""The room behind a person, drawn out of focus: a wall, a window's light, shelves, and small lamps far away.

It is drawn, not rendered: what a long lens leaves of a room are soft planes and discs of light, and those cost no time.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.authoring.person import Backdrop

_BLUR = 0.024  # the lens's disc as a share of the picture's side
Picture = NDArray[np.float32]


def draw_backdrop(backdrop: Backdrop, size_px: int) -> NDArray[np.uint8]:
    """The wall behind a person as opaque BGRA, uint8 (size_px, size_px, 4)."""
    random = np.random.default_rng(backdrop.seed)
    line = np.linspace(0, 1, size_px, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    room = _wall(backdrop, x, y)
    _furniture(room, backdrop, random)
    soft = _out_of_focus(room, _BLUR * size_px)
    soft += _lamps(backdrop, random, size_px)
    soft *= (1 - 0.35 * np.clip(np.hypot(x - 0.5, (y - 0.45) * 0.9) - 0.30, 0, 1) ** 1.5)[..., None]
    soft += random.normal(0, 0.0035, (size_px, size_px, 1)).astype(np.float32)  # a trace of grain, or the gradients band
    encoded = np.clip(soft, 0, 1) ** (1 / 2.2) * 255
    bgr = np.rint(encoded[..., ::-1]).astype(np.uint8)
    return np.dstack([bgr, np.full((size_px, size_px), 255, np.uint8)])


def _wall(backdrop: Backdrop, x: Picture, y: Picture) -> Picture:
    """The wall, lit from the window on the left and darker to the floor."""
    wall, light = (np.array(colour, np.float32) for colour in (backdrop.wall, backdrop.light))
    glow = np.exp(-(((x - 0.18) / 0.42) ** 2) - ((y - 0.30) / 0.55) ** 2)[..., None]
    shade = (1.0 - 0.42 * y)[..., None]
    return np.asarray(wall * shade * (1 - 0.45 * glow) + light * 0.45 * glow, np.float32)


def _furniture(room: Picture, backdrop: Backdrop, random: np.random.Generator) -> None:
    """A window's edge, a doorway and shelves with things on them, as flat planes: the lens softens them."""
    side = room.shape[0]
    light, wall = np.array(backdrop.light), np.array(backdrop.wall)
    edge, sill = round(side * random.uniform(0.13, 0.21)), round(side * random.uniform(0.56, 0.68))
    _fill(room, (0, 0, edge, sill), light * 0.92)
    for bar in (0.24, 0.47):
        _fill(room, (0, round(side * bar), edge, round(side * 0.016)), wall * 0.8)
    _fill(room, (round(edge * 0.42), 0, round(side * 0.016), sill), wall * 0.8)
    right = round(side * random.uniform(0.76, 0.83))
    for shelf in (0.16, 0.33, 0.50, 0.67):
        top = round(side * (shelf + random.uniform(-0.012, 0.012)))
        _fill(room, (right, top, side - right, round(side * 0.014)), wall * 0.45)
        left = right + round(side * 0.02)
        while left < side:
            width, height = (round(side * random.uniform(*span)) for span in ((0.015, 0.045), (0.05, 0.12)))
            tint = (wall * 0.6 + light * 0.4) * random.uniform(0.35, 1.05) * random.uniform(0.85, 1.15, 3)
            _fill(room, (left, top - height, width, height), tint)
            left += width + round(side * random.uniform(0.0, 0.03))


def _fill(room: Picture, box: tuple[int, int, int, int], colour: NDArray[np.float64]) -> None:
    x, y, width, height = box
    room[max(y, 0) : y + height, x : x + width] = np.clip(colour, 0, 1)


def _disc(radius: float) -> Picture:
    """What a lens makes of a point of light, summing to 1."""
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return np.asarray(disc / disc.sum(), np.float32)


def _out_of_focus(room: Picture, radius: float) -> Picture:
    """The room through a wide-open lens."""
    blurred = cv2.filter2D(room, -1, _disc(radius), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.GaussianBlur(blurred, (0, 0), radius * 0.45), np.float32)


def _lamps(backdrop: Backdrop, random: np.random.Generator, side: int) -> Picture:
    """Faint discs of light, high up, away from the face."""
    lamps = np.zeros((side, side, 3), np.float32)
    for _ in range(backdrop.lamps):
        x = random.choice([random.uniform(0.24, 0.36), random.uniform(0.64, 0.98)])
        y, radius, bright = random.uniform(0.03, 0.42), random.uniform(0.012, 0.026) * side, random.uniform(0.02, 0.08)
        disc = np.zeros((side, side), np.float32)
        cv2.circle(disc, (round(x * side * 16), round(y * side * 16)), round(radius * 16), 1.0, cv2.FILLED, cv2.LINE_AA, 4)
        lamps += cv2.GaussianBlur(disc, (0, 0), 0.0025 * side)[..., None] * np.array(backdrop.light, np.float32) * bright
    return lamps
