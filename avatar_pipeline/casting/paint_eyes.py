"""Paint two whole eyeballs out of the slits a photograph shows: the ring of the iris completed, the white continued.

The lids' shadow is told apart from the ball, because the ring moves under a shadow that stays.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from avatar_pipeline.casting.fit_head import Fit
from avatar_pipeline.casting.lids import below, opening
from avatar_pipeline.rig.rig import Bytes, Floats, Layer

_RINGS, _TURNS = 24, 96
_BRIGHT: Final = 48  # levels: by so much brighter than what lies behind, and it hides that


def paint_eyes(photo: Bytes, fit: Fit) -> tuple[Layer, Floats]:
    """The rig's eyeball layer (balls left, shadow right; see make_rig) and the white's colour (BGR) in this light."""
    side = photo.shape[0]
    seen = cv2.erode((opening(fit.lids, side) > 0.98).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    balls, white = whole_eyes(photo, fit, seen)
    rim = below(fit.lids, side)
    balls, seen = np.where(rim[..., None], photo, balls).astype(np.float32), np.maximum(seen, rim)
    reach = np.abs(fit.scene.eyes[:, 3]).max() * 1.15
    low = np.floor((fit.scene.eyes[:, :2] - reach).min(0)).astype(int).clip(0)
    high = np.ceil((fit.scene.eyes[:, :2] + reach).max(0)).astype(int).clip(0, side)
    cut = np.s_[low[1] : high[1], low[0] : high[0]]
    ratio = np.clip(photo[cut].astype(np.float32).sum(2) / np.maximum(balls[cut].sum(2), 24), 0.25, 1)
    known = seen[cut]
    near, wide = (cv2.GaussianBlur(known, (0, 0), s * side) for s in (0.003, 0.02))
    sharp, blurred = (cv2.GaussianBlur(ratio * known, (0, 0), s * side) for s in (0.003, 0.02))
    shade = np.where(near > 0.3, sharp / np.maximum(near, 1e-3), 0.8 * blurred / np.maximum(wide, 1e-3))
    grey = np.repeat(np.clip(shade, 0.25, 1)[..., None] * 255, 3, axis=2)
    both = np.hstack([balls[cut], grey])
    pixels = np.dstack([np.rint(np.clip(both, 0, 255)), np.full(both.shape[:2], 255.0)]).astype(np.uint8)
    return Layer(np.ascontiguousarray(pixels), int(low[0]), int(low[1])), white


def whole_eyes(photo: Bytes, fit: Fit, seen: Floats) -> tuple[Floats, Floats]:
    """The picture with both eyeballs whole, from what is `seen` of them (h, w; 1 or 0), and the white's mean colour (BGR)."""
    balls = photo.astype(np.float32)
    whites = []
    for iris, ball in zip(fit.irises, fit.scene.eyes, strict=True):
        balls, white = _completed(balls, seen, iris, ball)
        whites.append(white)
    return balls, np.mean(whites, axis=0).astype(np.float32)


def _completed(picture: Floats, seen: Floats, iris: Floats, ball: Floats) -> tuple[Floats, Floats]:
    """Replace one eye's square by a whole ball: the white from its own brighter part, the ring from what shows of it."""
    x, y = np.meshgrid(np.arange(picture.shape[1], dtype=np.float32) - iris[0], np.arange(picture.shape[0], dtype=np.float32) - iris[1])
    far = np.hypot(x, y)
    inside = np.hypot(x + iris[0] - ball[0], y + iris[1] - ball[1]) < ball[3] * 1.12
    open_white = (seen > 0) & inside & (far > iris[2] * 1.12)
    white = _bright(picture[open_white]) if open_white.sum() > 12 else np.full(3, 190, np.float32)
    colour = _white_around(picture, open_white, white)
    ring = _ring(picture, seen, iris)
    turn = (np.arctan2(y, x) / (2 * np.pi) * _TURNS) % _TURNS
    share = np.clip((iris[2] * 1.06 - far) / (iris[2] * 0.16), 0, 1)[..., None]
    along = far / (iris[2] * 1.06) * (_RINGS - 1)
    drawn = cv2.remap(ring, turn.astype(np.float32), along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    whole = colour * (1 - share) + drawn * share
    visible = cv2.GaussianBlur(seen, (0, 0), 0.8)[..., None] * (seen[..., None] > 0)
    whole = whole * (1 - visible) + picture * visible  # what shows stays as it is, glints and veins and all
    return np.where(inside[..., None], whole, picture).astype(np.float32), white


def _bright(colours: Floats) -> Floats:
    light = colours.sum(1)
    return np.asarray(np.median(colours[light >= np.percentile(light, 60)], axis=0), np.float32)


def _white_around(picture: Floats, known: Floats, white: Floats) -> Floats:
    """The white of the eye, continued under the lids from what shows of it and darkening a little towards the rim."""
    share = known.astype(np.float32)
    reach = 0.012 * picture.shape[0]
    near, total = cv2.GaussianBlur(share, (0, 0), reach), cv2.GaussianBlur(picture * share[..., None], (0, 0), reach)
    local = total / np.maximum(near, 1e-3)[..., None]
    trust = np.clip(near * 6, 0, 1)[..., None] * 0.6
    return np.asarray(np.maximum(local, white * 0.8) * trust + white * (1 - trust), np.float32)


def _ring(picture: Floats, seen: Floats, iris: Floats) -> Floats:
    """The iris unrolled (rings, turns, 3): what the lids hide is as what lies opposite, above or below, else as its ring elsewhere."""
    radius = np.linspace(0, iris[2] * 1.06, _RINGS, dtype=np.float32)[:, None]
    angle = np.linspace(0, 2 * np.pi, _TURNS, endpoint=False, dtype=np.float32)[None]
    x, y = iris[0] + radius * np.cos(angle), iris[1] + radius * np.sin(angle)
    colours = cv2.remap(picture, x, y, cv2.INTER_LINEAR)
    shown = cv2.remap(seen, x, y, cv2.INTER_LINEAR)[..., None]
    sum_, count = (colours * shown).sum(1, keepdims=True), shown.sum(1, keepdims=True)
    usual = np.where(count > 4, sum_ / np.maximum(count, 1), (colours * shown).sum((0, 1)) / max(float(shown.sum()), 1.0))
    for ring in range(_RINGS - 2, -1, -1):  # a pupil all under the lid is as dark as what shows of its edge
        if count[ring] <= 4:
            usual[ring] = usual[ring + 1]
    opposite = -np.arange(_TURNS) % _TURNS
    hidden = colours[:, opposite] * shown[:, opposite] + usual * (1 - shown[:, opposite])
    filled = colours * shown + hidden * (1 - shown)
    return np.asarray(cv2.copyMakeBorder(filled, 0, 0, 0, 1, cv2.BORDER_WRAP), np.float32)


def lashes_alone(person: Bytes, eyeballs: Layer, between: Floats, left: Floats) -> Bytes:
    """The person (h, w, 4) with the lids open, cut out: of what lies between them only what hangs before the eyeball, less `left`.

    Before the resting eye it is the photograph again; and a lid that falls takes no white of the eye along, which was its pale rim.
    """
    behind = person[..., :3].astype(np.float32)
    half = eyeballs.pixels.shape[1] // 2
    rows, columns = slice(eyeballs.y, eyeballs.y + eyeballs.pixels.shape[0]), slice(eyeballs.x, eyeballs.x + half)
    ball = eyeballs.pixels[..., :3].astype(np.float32)
    behind[rows, columns] = ball[:, :half] * ball[:, half:] / 255
    share = least_share(person[..., :3], behind)[..., None]
    hanging = np.dstack([np.clip(person[..., :3] - (1 - share) * behind, 0, 255 * share), 255 * share])
    kept = person * (1 - between)[..., None] + hanging * np.clip(between - left, 0, 1)[..., None]
    return np.asarray(np.rint(kept), np.uint8)


def least_share(picture: Bytes, behind: Bytes | Floats) -> Floats:
    """How much of each pixel is something that hangs before what is `behind`: of a shade as little as can be, what is brighter hides it."""
    off = picture.astype(np.float32) - behind
    shade = (-off / np.maximum(behind, 1)).max(2)
    return np.asarray(np.clip(np.maximum(shade, off.max(2) / _BRIGHT), 0, 1), np.float32)
