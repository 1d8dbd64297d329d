"""Tell the person from what is behind: a matte, found by a small network and sharpened along the picture's own edges."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.rig.rig import Bytes, Floats
from avatar_pipeline.weights import weight_bytes

NETWORK_PX: Final = 256


def find_person(picture: Bytes, folder: Path | None = None) -> Floats:
    """The share (h, w) of the person at every pixel of a square BGR picture, 0..1. Raises WeightsMissing or WeightsDamaged."""
    network = cv2.dnn.readNetFromTFLite(np.frombuffer(weight_bytes("person-matte", folder), np.uint8))
    rgb = cv2.cvtColor(cv2.resize(picture, (NETWORK_PX, NETWORK_PX), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    network.setInput(np.ascontiguousarray((rgb.astype(np.float32) / 255).transpose(2, 0, 1)[None]))
    coarse = network.forward().reshape(NETWORK_PX, NETWORK_PX)
    side = picture.shape[0]
    rough = cv2.resize(coarse.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    return _along_edges(picture, np.clip(rough, 0, 1), radius=max(3, round(0.012 * side)))


def _along_edges(picture: Bytes, matte: Floats, radius: int) -> Floats:
    """Let the matte follow the picture's edges: a guided filter (He, Sun, Tang 2010) with the colour picture as its guide."""
    guide = picture.astype(np.float32) / 255
    box = (2 * radius + 1, 2 * radius + 1)
    mean, mean_m = cv2.blur(guide, box), cv2.blur(matte, box)
    cross = cv2.blur(guide * matte[..., None], box) - mean * mean_m[..., None]
    spread = np.empty((*matte.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(3):
            spread[..., i, j] = cv2.blur(guide[..., i] * guide[..., j], box) - mean[..., i] * mean[..., j]
    spread += np.eye(3, dtype=np.float32) * 1e-3
    slope = np.linalg.solve(spread, cross[..., None])[..., 0]
    offset = mean_m - (slope * mean).sum(-1)
    sharp = (cv2.blur(slope, box) * guide).sum(-1) + cv2.blur(offset, box)
    return np.asarray(np.clip((sharp - 0.08) / 0.84, 0, 1), np.float32)
