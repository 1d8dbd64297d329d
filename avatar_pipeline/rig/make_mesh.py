"""Authoring: take the moving part of a modelled head out of its scene file and make it the rig's mesh.

The scene file (.npz) knows where every vertex of the head lies on screen, at rest and for each of the 52 units. Kept
is what can be seen in at least one of several faces (rest, open, shut, pout, smile...), found by drawing the head with
eyeballs and teeth in front of it; the rest (skull under the hair, the inside of the cheeks) would be dead weight.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.decimate import Thinning
from avatar_pipeline.rig.make_lashes import with_lashes
from avatar_pipeline.rig.rasterise import rasterise, spread
from avatar_pipeline.rig.rig import OPEN_JAW, Floats, Grid, Mesh
from avatar_pipeline.score import COEFFICIENTS

Box = tuple[int, int, int, int]
PIVOT_DEPTH = 16.45  # the scene depth of the neck's axis; 1 scene unit is 10 cm
_SMILES = ("mouthSmileLeft", "mouthSmileRight", "mouthDimpleLeft", "mouthDimpleRight")
_ROUNDED = {"mouthPucker": 1.0, "mouthFunnel": 0.8}  # the share of the smile that goes with each
_FACES: tuple[dict[str, float], ...] = (
    {},
    {"jawOpen": 0.4},
    {"jawOpen": OPEN_JAW},
    {"eyeBlinkLeft": 1, "eyeBlinkRight": 1},
    {"eyeBlinkLeft": 0.5, "eyeBlinkRight": 0.5},
    {"mouthFunnel": 0.8, "jawOpen": 0.25},
    {"mouthUpperUpLeft": 1, "mouthUpperUpRight": 1, "mouthLowerDownLeft": 1, "mouthLowerDownRight": 1, "jawOpen": 0.3},
    {"mouthRollLower": 0.6, "jawOpen": 0.15},
)


@dataclass(frozen=True, eq=False)
class Scene:
    """The scene file's arrays, scaled to the rig's size: `xy` (V, 2), `z` (V,), `deltas` (52, V, 2) in score order."""

    size_px: int
    xy: Floats
    z: Floats
    deltas: Floats
    triangles: NDArray[np.uint16]
    skin: NDArray[np.bool_]
    eyes: Floats  # (2, 4): x, y, z of the centre, radius; the person's left eye first
    teeth_upper: NDArray[np.bool_]
    teeth_lower: NDArray[np.bool_]
    lashes: NDArray[np.bool_]

    def moved(self, pose: dict[str, float]) -> Floats:
        """Vertex positions (V, 2) with the units of `pose` applied."""
        return self.xy + sum((v * self.deltas[COEFFICIENTS.index(k)] for k, v in pose.items()), np.zeros_like(self.xy))


def read_scene(path: str, size_px: int) -> Scene:
    """Read a scene file and scale it to a square of `size_px`; quads become two triangles that face the viewer."""
    raw = np.load(path, allow_pickle=False)
    scale = size_px / float(raw["size"])
    near = float(raw["size"]) * float(raw["focal"]) / 16.0 * scale  # pixels per scene unit at the face
    xy = (raw["xy"] * scale - 0.5).astype(np.float32)  # the scene's pixel 0 spans 0..1; ours has its centre at 0
    order = [list(raw["units"]).index(name) for name in COEFFICIENTS]
    quads, names, group = raw["quads"], list(raw["group_names"]), raw["group"]
    eyes = np.column_stack([raw["eye_xy"] * scale - 0.5, (PIVOT_DEPTH - raw["eye_depth"]) * near, raw["eye_radius_px"] * scale])
    return Scene(
        size_px=size_px,
        xy=xy,
        z=((PIVOT_DEPTH - raw["depth"]) * near).astype(np.float32),
        deltas=eased((raw["unit_xy"][order] - raw["xy"]) * scale, json.loads(str(raw["expression"]))),
        triangles=np.concatenate([quads[:, [0, 2, 1]], quads[:, [0, 3, 2]]]).astype(np.uint16),
        skin=group == names.index("skin"),
        eyes=eyes.astype(np.float32),
        teeth_upper=group == names.index("helper-upper-teeth"),
        teeth_lower=group == names.index("helper-lower-teeth"),
        lashes=group == names.index("lash"),
    )


def eased(deltas: Floats, expression: dict[str, float]) -> Floats:
    """Let a unit take back what of the portrait's expression stands in its way.

    A smiling "oo" is a V, and nobody makes one; lids held wide in the portrait would not meet in a blink.
    """
    worn = {name: amount * deltas[COEFFICIENTS.index(name)] for name, amount in expression.items()}
    none = np.zeros_like(deltas[0])
    smile = sum((worn.get(name, none) for name in _SMILES), none)
    for name, share in _ROUNDED.items():
        deltas[COEFFICIENTS.index(name)] -= share * smile
    for side in ("Left", "Right"):
        deltas[COEFFICIENTS.index(f"eyeBlink{side}")] -= worn.get(f"eyeWide{side}", none)
    return deltas.astype(np.float32)


def visible(scene: Scene, pose: dict[str, float]) -> NDArray[np.bool_]:
    """Which vertices (V,) the viewer sees in `pose`, with eyeballs and teeth standing in the way."""
    points, side = scene.moved(pose), scene.size_px
    depth = scene.z[scene.triangles].mean(1)
    order = scene.triangles[np.argsort(depth)]
    found = rasterise(points, order, side, side)
    front = np.full(side * side, -np.inf, np.float32)
    front[found.pixel] = spread(found, order, scene.z[:, None])[:, 0]
    rows, columns = np.divmod(np.arange(side * side), side)
    for x, y, z, radius in scene.eyes:
        rise = radius**2 - (columns - x) ** 2 - (rows - y) ** 2
        front = np.where(rise > 0, np.maximum(front, z + np.sqrt(np.maximum(rise, 0))), front)
    front = cv2.dilate(front.reshape(side, side), np.ones((3, 3), np.uint8))
    at = np.clip(np.rint(points).astype(int), 0, side - 1)
    return np.asarray(scene.z >= front[at[:, 1], at[:, 0]] - scene.size_px * 0.008)


def _grow(marked: NDArray[np.bool_], triangles: NDArray[np.uint16], rings: int) -> NDArray[np.bool_]:
    """Add the neighbours of marked vertices, `rings` times."""
    for _ in range(rings):
        marked = marked.copy()
        marked[triangles[marked[triangles].any(1)].ravel()] = True
    return marked


def make_mesh(scene: Scene, grid: Grid, open_box: Box, closed_box: Box, vertices_max: int) -> Mesh:
    """Choose the core of the skin, say which picture each vertex shows, and put the triangles in drawing order."""
    unit = scene.size_px / 512
    seen = {index: visible(scene, pose) for index, pose in enumerate(_FACES)}
    travel = np.linalg.norm(scene.deltas, axis=2).max(0)
    ever = _grow(np.logical_or.reduce(list(seen.values())), scene.triangles, 1)
    core = scene.skin & ever & (travel > 0.35 * unit) & (scene.z > -20 * unit)
    inner_cheek = _near_mouth(scene) & ~seen[0] & (scene.z < scene.z[scene.teeth_upper].max() - 10 * unit)
    core &= ~inner_cheek
    taper = _taper(scene, core, 12 * unit)
    moved = [np.linalg.norm(d, axis=-1) for d in (scene.deltas[COEFFICIENTS.index("jawOpen")], _blink(scene.deltas))]
    open_full = _step(0.2, 2.0, moved[0] / unit) * _inside(scene.moved({"jawOpen": OPEN_JAW}), open_box, 10 * unit) * taper
    closed_full = _step(0.2, 1.5, moved[1] / unit) * _inside(scene.xy + _blink(scene.deltas), closed_box, 6 * unit)
    open_share = np.column_stack([~seen[0] & seen[2] & (open_full > 0.5) & _near_mouth(scene), open_full]).astype(np.float32)
    closed_share = np.column_stack([~seen[0] & seen[3] & (closed_full > 0.5), closed_full]).astype(np.float32)
    used = scene.triangles[core[scene.triangles].all(1) & (taper[scene.triangles] > 0).any(1)]
    used = _thin(scene, used, np.column_stack([open_share, closed_share]), vertices_max)
    pick = np.unique(used)
    triangles = np.searchsorted(pick, used)
    smooth_z = _at(grid.z, scene.xy[pick], scene.size_px)
    z = smooth_z + (scene.z[pick] - smooth_z) * taper[pick]
    depth = z[triangles].mean(1)
    skin = Mesh(
        xy=scene.xy[pick],
        z=z.astype(np.float32),
        sway=_at(grid.sway, scene.xy[pick], scene.size_px),
        open_share=np.maximum(open_share, open_share[:, :1])[pick],
        closed_share=np.maximum(closed_share, closed_share[:, :1])[pick],
        lash=np.zeros(len(pick), np.float32),
        triangles=triangles[np.argsort(depth, kind="stable")].astype(np.uint16),
        deltas=scene.deltas[:, pick] * taper[pick][None, :, None],
    )
    return with_lashes(skin, scene.eyes, unit)


def _near_mouth(scene: Scene) -> NDArray[np.bool_]:
    """Vertices close to the lips; what hides elsewhere (nostrils, the throat under the chin) keeps the rest picture."""
    teeth = scene.xy[scene.teeth_upper]
    low, high = teeth.min(0), teeth.max(0)
    margin = 0.02 * scene.size_px
    below, above = np.array([low[0] - margin, high[1] - margin]), np.array([high[0] + margin, high[1] + 2.2 * margin])
    return np.asarray(((scene.xy > below) & (scene.xy < above)).all(1))


def _thin(scene: Scene, triangles: NDArray[np.uint16], shares: Floats, vertices_max: int) -> NDArray[np.int64]:
    """Collapse edges whose ends move alike; 1 px of different motion weighs as much as 6 px of length."""
    poses = np.stack([scene.moved(p) for p in _FACES[:5]])
    unit = 512 / scene.size_px
    travel = scene.deltas.transpose(1, 0, 2).reshape(len(scene.xy), -1)
    lips = 1 + 1.2 * _near_mouth(scene)[:, None]
    features = np.column_stack([travel * unit * lips, lips * scene.xy * unit / 6, scene.z * unit / 12, shares * 2])
    thinning = Thinning(poses, features.astype(np.float32), triangles)
    thinning.run(vertices_max)
    return thinning.triangles()


def _blink(deltas: Floats) -> Floats:
    return np.asarray(deltas[COEFFICIENTS.index("eyeBlinkLeft")] + deltas[COEFFICIENTS.index("eyeBlinkRight")])


def _step(low: float, high: float, value: Floats) -> Floats:
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _inside(points: Floats, box: Box, feather: float) -> Floats:
    """1 well inside the box (x, y, w, h), falling to 0 at its edge."""
    x, y, w, h = box
    edge = np.minimum.reduce([points[:, 0] - x, points[:, 1] - y, x + w - points[:, 0], y + h - points[:, 1]])
    return _step(1, feather, edge)


def _taper(scene: Scene, core: NDArray[np.bool_], width: float) -> Floats:
    """1 inside the core, 0 along its outer border, so that the moving skin meets the still picture without a seam."""
    used = scene.triangles[core[scene.triangles].all(1)]
    mask = np.zeros((scene.size_px, scene.size_px), np.uint8)
    cv2.fillPoly(mask, list(np.rint(scene.xy[used]).astype(np.int32)), 255)
    outline, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    solid = cv2.drawContours(np.zeros_like(mask), [max(outline, key=len)], -1, 255, cv2.FILLED)
    far = cv2.distanceTransform(solid, cv2.DIST_L2, 5)
    at = np.clip(np.rint(scene.xy).astype(int), 0, scene.size_px - 1)
    return _step(1.0, width, far[at[:, 1], at[:, 0]])


def _at(field: Floats, points: Floats, size_px: int) -> Floats:
    """Read a (rows, columns) grid that spans the square at `points`, linearly."""
    rows, columns = field.shape
    place = points / (size_px - 1) * np.array([columns - 1, rows - 1], np.float32)
    read = cv2.remap(field, place[None].astype(np.float32), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read[0], np.float32)
