"""Authoring: depth and sway for everything the moving skin does not cover: hair, ears, neck, clothes.

The skull's depth is known; outside it the depth falls off to the axis, so hair turns with the head like a soft ball.
Sway is 1 on the head and falls to 0 down the neck: shoulders and wall stand still.
"""

from __future__ import annotations

import cv2
import numpy as np

from avatar_pipeline.rig.make_mesh import Scene
from avatar_pipeline.rig.rasterise import rasterise, spread
from avatar_pipeline.rig.rig import Floats, Grid

NODES = 33


def make_grid(scene: Scene) -> Grid:
    """Depth and sway on 33 x 33 nodes over the square."""
    place = scene.xy / (scene.size_px - 1) * (NODES - 1)
    skull = scene.skin[scene.triangles].all(1)
    order = scene.triangles[skull]
    order = order[np.argsort(scene.z[order].mean(1))]
    found = rasterise(place.astype(np.float32), order, NODES, NODES)
    depth = np.full(NODES * NODES, np.nan, np.float32)
    depth[found.pixel] = spread(found, order, scene.z[:, None])[:, 0]
    return Grid(_filled(depth.reshape(NODES, NODES)), _sway(scene))


def _filled(depth: Floats) -> Floats:
    """Continue the depth outwards: it keeps the nearest known value at first and fades to the axis within a quarter."""
    known = ~np.isnan(depth)
    value = np.where(known, depth, 0).astype(np.float32)
    far, label = cv2.distanceTransformWithLabels((~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    nearest = np.zeros(int(label.max()) + 1, np.float32)
    nearest[label[known]] = value[known]
    outside = np.maximum(nearest[label], 0) * np.clip(1 - far / (NODES / 4), 0, 1)
    filled = np.where(known, value, outside).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(filled, (0, 0), 0.8), np.float32)


def _sway(scene: Scene) -> Floats:
    """1 from the chin upwards, 0 from the collar down, smooth between; fades at the picture's edge."""
    chin = scene.xy[scene.skin & (scene.z > 0.08 * scene.size_px), 1].max()
    rows = np.linspace(0, scene.size_px - 1, NODES, dtype=np.float32)
    t = np.clip((chin + 0.10 * scene.size_px - rows) / (0.13 * scene.size_px), 0, 1)
    down = t * t * (3 - 2 * t)
    return np.repeat(down[:, None], NODES, axis=1).astype(np.float32)
