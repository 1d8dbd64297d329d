"""The head every cast face is bent from: one mesh whose 52 units are known exactly, tied to the landmark model's points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.rig import Floats

Numbers = NDArray[np.floating[Any]]  # of either width: fits are solved in float64
SKIN, TEETH_UPPER, TEETH_LOWER, TONGUE = range(4)


@dataclass(frozen=True, eq=False)
class Template:
    """In units of the distance between the eyes: x right, y down, z nearer, 0 between the eyes (z 0 on the neck's axis)."""

    xyz: Floats  # (V, 3) with nothing in the face
    deltas: Floats  # (52, V, 3)
    group: NDArray[np.uint8]
    triangles: NDArray[np.uint16]
    landmark_vertices: NDArray[np.int64]  # (468, k)
    landmark_weights: Floats  # (468, k)

    def at_landmarks(self, values: Numbers) -> Floats:
        """Read per-vertex values (..., V, n) under the 468 landmarks: (..., 468, n)."""
        picked = np.take(values, self.landmark_vertices, axis=-2)
        return np.asarray((picked * self.landmark_weights[..., None]).sum(-2), np.float32)


@lru_cache(maxsize=1)
def template() -> Template:
    """The template that ships with this package (made by `make_template`)."""
    raw = np.load(Path(__file__).with_name("head_template.npz"), allow_pickle=False)
    quads = raw["quads"]
    return Template(
        xyz=raw["xyz"],
        deltas=(raw["moves"].astype(np.float32) * raw["move_step"][:, None, None]).astype(np.float32),
        group=raw["group"],
        triangles=np.concatenate([quads[:, [0, 2, 1]], quads[:, [0, 3, 2]]]).astype(np.uint16),
        landmark_vertices=raw["landmark_vertices"].astype(np.int64),
        landmark_weights=raw["landmark_weights"],
    )
