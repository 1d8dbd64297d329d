"""Authoring: make the head that every cast face is bent from, out of the catalogue's eight rendered heads.

    python -m avatar_pipeline.casting.make_template OUT.npz SCENE.npz PICTURE.png [SCENE.npz PICTURE.png ...]

The eight heads share one mesh, and each of their 52 face units is known exactly. The landmark model is run over each
picture; the mesh point under each landmark, averaged over the people, ties the model's 468 points to the mesh without
anybody pointing at anything. Shapes and units are averaged too, in units of the distance between the eyes.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.casting.find_face import FaceFinder
from avatar_pipeline.casting.landmarks import LOWER_LIP_INNER, UPPER_LIP_INNER
from avatar_pipeline.rig.make_mesh import PIVOT_DEPTH
from avatar_pipeline.rig.rasterise import rasterise
from avatar_pipeline.rig.rig import Floats
from avatar_pipeline.score import COEFFICIENTS

LANDMARKS = 468  # without the irises, which are no skin
_REACH = 12  # mesh vertices kept per landmark
_WINDOW, _LIPS = 9, 4  # pixels around a landmark in which its place on the mesh is sought, and in which the two lips are told apart
_GROUPS = ("skin", "helper-upper-teeth", "helper-lower-teeth", "helper-tongue")


@dataclass(frozen=True, eq=False)
class Head:
    """One person's mesh in units of the distance between the eyes, x right, y down, z nearer, 0 between the eyes."""

    ids: NDArray[np.int64]  # group * 100000 + the head data's vertex number
    neutral: Floats  # (V, 3)
    deltas: Floats  # (52, V, 3)
    quads: NDArray[np.int64]
    landmarks: NDArray[np.float64]  # (468, V) weights that sum to 1 where the landmark lies on the mesh
    eyes: Floats  # (2, 4)


def read_head(scene_path: str, picture_path: str, finder: FaceFinder) -> Head:
    """Measure one rendered person."""
    raw = np.load(scene_path, allow_pickle=False)
    eyes = raw["eye_xy"].astype(np.float64)
    apart, middle = float(np.linalg.norm(eyes[0] - eyes[1])), eyes.mean(0)
    near = float(raw["size"]) * float(raw["focal"]) / 16.0
    order = [list(raw["units"]).index(name) for name in COEFFICIENTS]

    def placed(xy: Any, depth: Any) -> Any:
        return np.concatenate([(xy - middle) / apart, ((PIVOT_DEPTH - depth) * near / apart)[..., None]], axis=-1)

    rest = placed(raw["xy"], raw["depth"])
    deltas = placed(raw["unit_xy"][order], raw["unit_depth"][order]) - rest
    worn = json.loads(str(raw["expression"]))
    neutral = rest - sum(amount * deltas[COEFFICIENTS.index(name)] for name, amount in worn.items())
    radius = (raw["eye_radius_px"] / apart)[:, None]
    return Head(
        ids=raw["group"].astype(np.int64) * 100_000 + raw["base_ids"],
        neutral=neutral,
        deltas=deltas,
        quads=raw["quads"],
        landmarks=_weights(raw, picture_path, finder),
        eyes=np.hstack([placed(eyes, raw["eye_depth"]), radius]),
    )


def _weights(raw: Any, picture_path: str, finder: FaceFinder) -> NDArray[np.float64]:
    """Which mesh vertices lie under each landmark, as weights (468, V)."""
    picture = cv2.imread(picture_path)
    if picture is None:
        raise FileNotFoundError(f"The picture {picture_path} is missing.")
    points = finder.face(np.asarray(picture, np.uint8), finder.boxes(np.asarray(picture, np.uint8))[0]).points[:LANDMARKS, :2]
    detail = 4  # the mesh is drawn larger: lids and lips are thin
    quads = raw["quads"][(raw["group"][raw["quads"]] == 0).all(1)]
    triangles = np.concatenate([quads[:, [0, 2, 1]], quads[:, [0, 3, 2]]]).astype(np.uint16)
    order = triangles[np.argsort(-raw["depth"][triangles].mean(1))]
    side = int(raw["size"]) * detail
    found = rasterise(((raw["xy"]) * detail - 0.5).astype(np.float32), order, side, side)
    owner = np.full(side * side, -1, np.int64)
    owner[found.pixel] = np.arange(len(found.pixel))
    picked = owner.reshape(side, side)
    drop = (raw["unit_xy"][list(raw["units"]).index("jawOpen")] - raw["xy"])[:, 1]
    weights = np.zeros((LANDMARKS, len(raw["xy"])))
    for number, (x, y) in enumerate((points + 0.5) * detail):
        low = np.array([max(0, int(x) - _WINDOW * detail), max(0, int(y) - _WINDOW * detail)])
        part = picked[low[1] : low[1] + 2 * _WINDOW * detail, low[0] : low[0] + 2 * _WINDOW * detail]
        rows, columns = np.nonzero(part >= 0)
        chosen = part[rows, columns]
        sinks = drop[order[found.triangle[chosen]]].mean(1)
        far = (columns + low[0] - x) ** 2 + (rows + low[1] - y) ** 2
        close = sinks[far < (_LIPS * detail) ** 2] if (far < (_LIPS * detail) ** 2).any() else sinks
        far = far + _wrong_lip(number, sinks, float(close.min() + close.max()) / 2) * side**2
        nearest = chosen[int(np.argmin(far))]
        weights[number, order[found.triangle[nearest]]] = found.weights[nearest]
    return weights


def _wrong_lip(number: int, sinks: NDArray[np.float64], middle: float) -> NDArray[np.bool_]:
    """Where lips touch, a point of the lower lip must not be tied to the upper one: what sinks with the jaw is the lower."""
    if number in LOWER_LIP_INNER[1:-1]:
        return np.asarray(sinks < middle)
    if number in UPPER_LIP_INNER[1:-1]:
        return np.asarray(sinks > middle)
    return np.zeros(len(sinks), bool)


def make_template(pairs: list[tuple[str, str]]) -> dict[str, NDArray[Any]]:
    """The arrays of the template file from (scene, picture) pairs."""
    finder = FaceFinder()
    heads = [read_head(scene, picture, finder) for scene, picture in pairs]
    shared = sorted(set.intersection(*(set(head.ids.tolist()) for head in heads)))
    shared = [number for number in shared if number // 100_000 < len(_GROUPS)]
    picks = [np.array([{int(n): i for i, n in enumerate(head.ids)}[number] for number in shared]) for head in heads]
    xyz = np.mean([head.neutral[pick] for head, pick in zip(heads, picks, strict=True)], axis=0)
    deltas = np.mean([head.deltas[:, pick] for head, pick in zip(heads, picks, strict=True)], axis=0)
    weights = np.mean([head.landmarks[:, pick] for head, pick in zip(heads, picks, strict=True)], axis=0)
    first, pick = heads[0], picks[0]
    number = {int(old): new for new, old in enumerate(pick)}
    quads = np.array([[number[int(v)] for v in quad] for quad in first.quads if all(int(v) in number for v in quad)])
    chosen = np.argsort(-weights, axis=1)[:, :_REACH]
    kept = np.take_along_axis(weights, chosen, axis=1)
    step = np.abs(deltas).max(axis=(1, 2)) / 32000 + 1e-9
    return {
        "xyz": xyz.astype(np.float32),
        "moves": np.rint(deltas / step[:, None, None] / 256).astype(np.int8),
        "move_step": (step * 256).astype(np.float32),
        "group": (np.array(shared) // 100_000).astype(np.uint8),
        "quads": quads.astype(np.uint16),
        "landmark_vertices": chosen.astype(np.uint16),
        "landmark_weights": (kept / np.maximum(kept.sum(1, keepdims=True), 1e-9)).astype(np.float32),
        "landmark_share": weights.sum(1).astype(np.float32),
        "eyes": np.mean([head.eyes for head in heads], axis=0).astype(np.float32),
    }


def main() -> None:
    """Read the command line and write the template."""
    out, *files = sys.argv[1:]
    arrays = make_template(list(zip(files[::2], files[1::2], strict=True)))
    with Path(out).open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
