"""Authoring: a scene file and its rendered layers become one rig.

`layers` is a folder with background, person (eye openings cut out), open (jaw at 0.85), closed (both eyes shut),
eyeballs (under the lids' shadow) and eyes_free (without it), all PNG of one square size; `scene` is the .npz of the same
picture. Run it with

    python -m avatar_pipeline.rig.make_rig SCENE.npz LAYERS OUT.rig --id amara --name Amara --size 512
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from avatar_pipeline.rig.draw_teeth import MOUTH_WIDTH, draw_row, with_cheeks
from avatar_pipeline.rig.make_grid import make_grid
from avatar_pipeline.rig.make_mesh import Scene, make_mesh, read_scene
from avatar_pipeline.rig.rasterise import rasterise
from avatar_pipeline.rig.rig import OPEN_JAW, Bytes, Eye, Floats, Layer, Rig, Sprite
from avatar_pipeline.rig.round_lips import with_round_lips
from avatar_pipeline.rig.write_rig import write_rig
from avatar_pipeline.score import COEFFICIENTS

_PICTURES = ("background", "person", "open", "closed", "eyeballs", "eyes_free")
Box = tuple[int, int, int, int]
IRIS_SHARE = 0.50  # the coloured ring's radius as a share of the ball's, a constant of the head data


def make_rig(scene_path: str, layers_dir: Path, size_px: int, identity: tuple[str, str], vertices_max: int = 1020) -> Rig:
    """Build the rig `identity` = (id, display name) at `size_px` from the authoring files."""
    scene = read_scene(scene_path, size_px)
    picture = {name: _load(layers_dir / f"{name}.png", size_px) for name in _PICTURES}
    boxes = {name: _box(picture[name]) for name in ("open", "closed")}
    grid = make_grid(scene)
    mesh = with_round_lips(make_mesh(scene, grid, boxes["open"], boxes["closed"], vertices_max), *_lips(scene))
    eyes = tuple(Eye(float(x), float(y), float(r), float(r) * IRIS_SHARE) for x, y, _, r in scene.eyes)
    mouth, sprites = _mouth(scene, picture["open"], picture["eyeballs"])
    picture["open"] = _lips_continued(scene, picture["open"])
    picture["closed"] = _lids_plucked(scene, _lids_joined(scene, picture["closed"]))
    layers = {name: _cut(picture[name], boxes[name]) for name in boxes}
    layers |= {"background": Layer(picture["background"], 0, 0), "person": Layer(picture["person"], 0, 0), "mouth": Layer(mouth, 0, 0)}
    layers["eyeballs"] = _eyeballs(picture["eyes_free"], picture["eyeballs"])
    return Rig(
        face_id=identity[0], name=identity[1], size_px=size_px, layers=layers, mesh=mesh, grid=grid,
        eyes=(eyes[0], eyes[1]), sprites=sprites, jaw=jaw_ride(scene), pivot=(size_px / 2, chin_y(scene) + 0.02 * size_px),
    )  # fmt: skip


def _load(path: Path, size_px: int) -> Bytes:
    """Read one layer as premultiplied BGRA, averaged down to `size_px`."""
    raw = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if raw is None:
        raise FileNotFoundError(f"The layer {path} is missing or is not a picture.")
    straight = raw if raw.shape[2] == 4 else cv2.cvtColor(raw, cv2.COLOR_BGR2BGRA)
    alpha = straight[..., 3:].astype(np.float32) / 255
    full = np.dstack([straight[..., :3] * alpha, straight[..., 3:]]).astype(np.float32)
    sized = cv2.resize(full, (size_px, size_px), interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(sized), np.uint8)


def _box(picture: Bytes) -> Box:
    """The smallest box (x, y, w, h) around what is fully opaque; a rendered crop's edge rows are half empty."""
    rows, columns = np.flatnonzero((picture[..., 3] == 255).any(1)), np.flatnonzero((picture[..., 3] == 255).any(0))
    return int(columns[0]) + 1, int(rows[0]) + 1, int(np.ptp(columns)) - 1, int(np.ptp(rows)) - 1


def _cut(picture: Bytes, box: Box) -> Layer:
    x, y, w, h = box
    return Layer(np.ascontiguousarray(picture[y : y + h, x : x + w]), x, y)


def _eyeballs(free: Bytes, shaded: Bytes) -> Layer:
    """Both eyeballs without the lids' shadow (left half) and that shadow alone as grey (right half), opaque.

    Apart, because the coloured ring moves under a shadow that stays.
    """
    x, y, w, h = _box(free)
    cut = np.s_[y - 2 : y + h + 2, x - 2 : x + w + 2]
    bright, dark = (p[cut][..., :3].max(2).astype(np.float32) for p in (free, shaded))
    lit = (dark > 30) & (free[cut][..., 3] == 255)
    sure = cv2.erode(lit.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    ratio = np.clip(dark / np.maximum(bright, 8), 0.25, 1)
    known, total = (cv2.GaussianBlur(v.astype(np.float32), (0, 0), 1.2) for v in (sure, ratio * sure))
    wide, share = (cv2.GaussianBlur(v.astype(np.float32), (0, 0), 6.0) for v in (sure, ratio * sure))
    shade = np.where(known > 0.3, total / np.maximum(known, 1e-3), 0.75 * share / np.maximum(wide, 1e-2))
    shade = cv2.GaussianBlur(np.clip(shade, 0.3, 1).astype(np.float32), (0, 0), 0.8)
    spread = cv2.inpaint(np.ascontiguousarray(free[cut][..., :3]), (free[cut][..., 3] < 250).astype(np.uint8), 3, cv2.INPAINT_TELEA)
    grey = cv2.cvtColor(np.rint(shade * 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    both = np.hstack([spread, grey])
    return Layer(np.dstack([both, np.full(both.shape[:2], 255, np.uint8)]), x - 2, y - 2)


def jaw_ride(scene: Scene) -> Floats:
    """Displacement (52, 2) of the lower front teeth for each unit: what teeth and tongue ride on."""
    depth = np.where(scene.teeth_lower, scene.z, -np.inf)
    front = depth > depth.max() - 0.03 * scene.size_px
    return np.asarray(scene.deltas[:, front].mean(1), np.float32)


def chin_y(scene: Scene) -> float:
    """The row of the chin's lower edge: of what rides on the jaw, for on a large face the neck is as near to the camera."""
    near = scene.skin & (np.abs(scene.xy[:, 0] - scene.size_px / 2) < 0.02 * scene.size_px) & (scene.z > 0.07 * scene.size_px)
    rides = scene.deltas[COEFFICIENTS.index("jawOpen"), :, 1] > 0
    return float(scene.xy[near & rides, 1].max())


def _lips(scene: Scene) -> tuple[float, float, float]:
    """Middle x, seam y and half width of the mouth at rest, from the teeth's arch and the vertices that part."""
    gap = scene.deltas[COEFFICIENTS.index("jawOpen"), :, 1]
    rim = scene.skin & (np.abs(scene.xy[:, 0] - scene.size_px / 2) < 0.01 * scene.size_px) & (scene.z > 0.2 * scene.size_px)
    seam = float(scene.xy[rim & (gap > 0.6 * gap[rim].max()), 1].min())
    smile = scene.deltas[COEFFICIENTS.index("mouthSmileLeft")]
    corner = int(np.argmax(np.where(scene.skin, np.linalg.norm(smile, axis=1), 0)))
    return scene.size_px / 2, seam, abs(float(scene.xy[corner, 0]) - scene.size_px / 2)


def _mouth(scene: Scene, open_picture: Bytes, eyeballs: Bytes) -> tuple[Bytes, tuple[Sprite, ...]]:
    """The inside of the mouth as one picture with three parts: tongue and throat as rendered, two drawn rows of teeth."""
    middle, seam, half = _lips(scene)
    white = np.percentile(eyeballs[eyeballs[..., 3] == 255][:, :3].astype(np.float32), 99, axis=0)
    tint = np.asarray(white * np.array([1.07, 1.12, 1.16]), np.float32)  # teeth lie further out than eyes, and take more light
    upper = draw_row(half, 0.40 * half, tint, upper=True)
    lower = draw_row(half, 0.34 * half, tint * np.float32(0.88), upper=False)
    throat, corner = _throat(scene, open_picture, (middle, seam, half), tint)
    sheet, boxes = stacked([throat, lower, upper])
    drop = jaw_ride(scene)[COEFFICIENTS.index("jawOpen")] * OPEN_JAW
    front_z = float(scene.z[scene.teeth_upper].max())
    return sheet, (
        Sprite("throat", boxes[0], (corner[0] - float(drop[0]), corner[1] - float(drop[1])), front_z - 0.06 * scene.size_px, 1.0),
        Sprite("lower", boxes[1], (middle - lower.shape[1] / 2, seam + 0.03 * half), front_z, 1.0),
        Sprite("upper", boxes[2], (middle - upper.shape[1] / 2, seam + 0.13 * half - (upper.shape[0] - 2)), front_z, 0.0),
    )


def _throat(scene: Scene, picture: Bytes, lips: tuple[float, float, float], tint: Floats) -> tuple[Bytes, tuple[float, float]]:
    """Cut tongue and throat out of the open picture and continue them behind the lips and cheeks."""
    middle, seam, half = lips
    drop = float(scene.deltas[COEFFICIENTS.index("jawOpen"), scene.skin, 1].max()) * OPEN_JAW
    x0, x1, y0, y1 = (
        round(v) for v in (middle - half * MOUTH_WIDTH / 2, middle + half * MOUTH_WIDTH / 2, seam - 0.42 * half, seam + drop * 1.12)
    )
    hole = _mouth_hole(scene, picture.shape[0])[y0:y1, x0:x1]
    crop = np.ascontiguousarray(picture[y0:y1, x0:x1, :3])
    inner = cv2.erode(hole, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    rows = np.arange(len(crop))[:, None]
    last = np.flatnonzero(inner.any(1)).max()
    inner[rows[:, 0] > last - 0.22 * half] = 0  # the rendered lower teeth and the black gap under them
    filled = cv2.inpaint(crop, (inner == 0).astype(np.uint8), 5, cv2.INPAINT_TELEA).astype(np.float32)
    above = np.clip((rows - np.flatnonzero(inner.any(1)).min()) / (0.25 * half), 0, 1)[..., None]
    sides = np.clip((np.abs(np.arange(crop.shape[1]) - crop.shape[1] / 2) / half - 0.72) / 0.3, 0, 1)[None, :, None]
    filled *= (0.30 + 0.70 * above) * (1 - 0.6 * sides)
    soft = with_cheeks(np.asarray(cv2.GaussianBlur(filled, (0, 0), 0.02 * half), np.float32), tint)
    return np.dstack([np.rint(soft), np.full(soft.shape[:2], 255)]).astype(np.uint8), (float(x0), float(y0))


def _lips_continued(scene: Scene, picture: Bytes) -> Bytes:
    """Continue the lips into the open mouth, darkening: their inner rim would else carry a line of rendered teeth."""
    hole = cv2.dilate(_mouth_hole(scene, picture.shape[0]), np.ones((5, 5), np.uint8))
    spread = cv2.inpaint(np.ascontiguousarray(picture[..., :3]), hole, 4, cv2.INPAINT_TELEA).astype(np.float32)
    inwards = cv2.distanceTransform(hole, cv2.DIST_L2, 5)[..., None]
    spread *= 0.25 + 0.75 * np.exp(-inwards / (0.012 * picture.shape[0]))
    result = picture.copy()
    result[..., :3] = np.where(hole[..., None] > 0, np.rint(spread), picture[..., :3])
    return result


def _lids_joined(scene: Scene, picture: Bytes) -> Bytes:
    """Fill what shut lids leave open between them with their own colours: no eye may glint through a blink."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    eye = np.logical_or.reduce([np.hypot(x - e[0], y - e[1]) < 1.3 * e[3] for e in scene.eyes])
    gap = (eye & (picture[..., 3] < 250)).astype(np.uint8)
    filled = cv2.inpaint(np.ascontiguousarray(picture[..., :3]), cv2.dilate(gap, np.ones((3, 3), np.uint8)), 3, cv2.INPAINT_TELEA)
    result = picture.copy()
    result[gap > 0] = np.dstack([filled, np.full(gap.shape, 255, np.uint8)])[gap > 0]
    return result


def _lids_plucked(scene: Scene, picture: Bytes) -> Bytes:
    """Take single brow hairs off the shut lids: they root in the fold, unseen while the eye is open."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    share = np.zeros(picture.shape[:2], np.float32)
    for centre_x, centre_y, _, radius in scene.eyes:
        share = np.maximum(share, 3 - 3 * np.hypot((x - centre_x) / (1.1 * radius), (y - centre_y + 0.38 * radius) / (0.62 * radius)))
    side = 2 * round(0.0075 * picture.shape[0]) + 1
    smooth = cv2.morphologyEx(picture, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    share = np.clip(share, 0, 1)[..., None] * (picture[..., 3:] > 180)
    return np.asarray(np.rint(picture * (1 - share) + cv2.GaussianBlur(smooth, (0, 0), side / 4) * share), np.uint8)


def _mouth_hole(scene: Scene, side: int) -> Bytes:
    """255 where the open picture shows the inside of the mouth: whatever lies in front there is no lip."""
    points = scene.moved({"jawOpen": OPEN_JAW})
    order = scene.triangles[np.argsort(scene.z[scene.triangles].mean(1))]
    found = rasterise(points, order, side, side)
    lip_depth = float(scene.z[scene.teeth_upper].max()) - 0.028 * side  # skin deeper than this is the inside of the cheeks
    is_lip = scene.skin[order].all(1) & (scene.z[order].mean(1) > lip_depth)
    inside = np.zeros(side * side, np.uint8)
    inside[found.pixel] = ~is_lip[found.triangle]
    _, label = cv2.connectedComponents(inside.reshape(side, side), connectivity=4)
    middle, seam, half = _lips(scene)
    return np.asarray((label == label[round(seam + 0.45 * half), round(middle)]) * np.uint8(255))


def stacked(parts: list[Bytes]) -> tuple[Bytes, list[Box]]:
    """Stack pictures on one sheet with two empty rows between them."""
    width = max(p.shape[1] for p in parts)
    sheet = np.zeros((sum(p.shape[0] + 2 for p in parts), width, 4), np.uint8)
    boxes, y = [], 0
    for part in parts:
        h, w = part.shape[:2]
        sheet[y : y + h, :w] = part
        boxes.append((0, y, w, h))
        y += h + 2
    return sheet, boxes


def main() -> None:
    """Read the command line, build the rig and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scene")
    parser.add_argument("layers", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--id", default="amara")
    parser.add_argument("--name", default="Amara")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--quality", type=int, default=84)
    arguments = parser.parse_args()
    rig = make_rig(arguments.scene, arguments.layers, arguments.size, (arguments.id, arguments.name))
    arguments.out.write_bytes(write_rig(rig, quality=arguments.quality))


if __name__ == "__main__":
    main()
