"""The wall behind and the edge of the person: the head may turn, the wall does not, so it must be whole."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from avatar_pipeline.rig.rig import Bytes, Floats

_WISP: Final = 0.012  # of the side: so far from the person hair may fray
_SPECK: Final = 0.035  # of full cover: less is not seen, but a coded picture keeps it and it moves


def paint_wall(photo: Bytes, matte: Floats) -> Bytes:
    """The picture without the person: filled from what lies around, from near to far, with the grain of the rest."""
    side = photo.shape[0]
    reach = round(0.022 * side)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    person = cv2.dilate((matte > 0.08).astype(np.uint8), kernel)
    known = (1 - person).astype(np.float32)
    colour = photo.astype(np.float32)
    if known.sum() < 0.01 * known.size:
        return np.asarray(cv2.GaussianBlur(photo, (0, 0), 0.06 * side), np.uint8)
    soft = cv2.resize(_filled(_halved(colour * known[..., None]), _halved(known)), (side, side), interpolation=cv2.INTER_CUBIC)
    edge = cv2.GaussianBlur(person.astype(np.float32), (0, 0), 0.004 * side)[..., None]
    return np.asarray(np.clip(colour * (1 - edge) + (soft + _grain(colour, known)) * edge, 0, 255), np.uint8)


def held_together(matte: Floats) -> Floats:
    """The person in one piece: specks of wall that look a little like somebody would travel with the head, so they are let go."""
    side = matte.shape[0]
    reach = round(0.012 * side)
    near = cv2.dilate((matte > 0.3).astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    _, label, sizes, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    if len(sizes) < 2:
        return matte
    largest = 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA]))
    return np.where((label == largest) & (matte > _SPECK), matte, 0).astype(np.float32)


def confirmed(matte: Floats, again: Floats) -> Floats:
    """The matte without what is not taken for the person when it is looked for `again` in the picture that was made."""
    reach = round(_WISP * matte.shape[0])
    near = cv2.dilate((again > 0.1).astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    soft = cv2.GaussianBlur(near.astype(np.float32), (0, 0), 0.25 * reach)
    return np.asarray(matte * np.where(near > 0, soft, 0), np.float32)


def _halved(picture: Floats) -> Floats:
    """Averaged down to about 192 pixels: what is made up behind a person is soft anyway."""
    return np.asarray(cv2.resize(picture, (192, 192), interpolation=cv2.INTER_AREA), np.float32)


def _filled(colour: Floats, known: Floats) -> Floats:
    """Fill unknown places from known ones, the nearest first. `colour` is already weighted by `known`."""
    filled = colour / np.maximum(known, 1e-3)[..., None]
    done = known > 0.95
    for sigma in (1.5, 3, 6, 12, 24, 48):
        share = cv2.GaussianBlur(known, (0, 0), sigma)
        wide = cv2.GaussianBlur(colour, (0, 0), sigma) / np.maximum(share, 1e-6)[..., None]
        now = ~done & (share > 0.02)
        filled[now] = wide[now]
        done |= now
    if not done.all():
        filled[~done] = colour.sum((0, 1)) / known.sum()
    return np.asarray(cv2.GaussianBlur(filled, (0, 0), 2.2), np.float32)


def _grain(colour: Floats, known: Floats) -> Floats:
    """Noise like the wall's own: a fill without it looks like a hole."""
    rough = colour - cv2.GaussianBlur(colour, (0, 0), 2)
    spread = 1.48 * np.median(np.abs(rough[known > 0.5]))
    noise = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, known.shape).astype(np.float32), (0, 0), 0.8)
    return np.asarray((noise * (spread / noise.std()))[..., None], np.float32)


def cut_out(picture: Bytes, matte: Floats) -> Bytes:
    """Premultiplied BGRA of the person; colour at the edge comes from inside, or the old wall would travel with the hair."""
    side = picture.shape[0]
    inside = cv2.erode((matte > 0.92).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    colour = picture.astype(np.float32)
    reach = 0.006 * side
    share = cv2.GaussianBlur(inside, (0, 0), reach)[..., None]
    pushed = cv2.GaussianBlur(colour * inside[..., None], (0, 0), reach) / np.maximum(share, 1e-3)
    mix = np.clip((1 - matte)[..., None] * 1.5, 0, 1) * (share > 0.01)
    clean = colour * (1 - mix) + pushed * mix
    return np.asarray(np.rint(np.dstack([clean * matte[..., None], matte * 255])), np.uint8)
