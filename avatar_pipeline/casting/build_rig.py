"""From a framed photograph and its face to a rig: fit the head, paint the pictures, put the mesh over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from avatar_pipeline.casting.close_holes import with_closed_holes
from avatar_pipeline.casting.find_face import Face
from avatar_pipeline.casting.find_person import find_person
from avatar_pipeline.casting.fit_head import fit_head, smile_kept
from avatar_pipeline.casting.lids import lashes_left, opening, shut
from avatar_pipeline.casting.paint_eyes import lashes_alone, paint_eyes
from avatar_pipeline.casting.paint_mouth import lips, paint_mouth
from avatar_pipeline.casting.paint_skin import paint_open, paint_rest
from avatar_pipeline.casting.paint_wall import confirmed, cut_out, held_together, paint_wall
from avatar_pipeline.rig.light_teeth import with_lit_teeth
from avatar_pipeline.rig.lip_shapes import with_lip_shapes, with_lips_together
from avatar_pipeline.rig.make_grid import make_grid
from avatar_pipeline.rig.make_mesh import Box, Scene, make_mesh
from avatar_pipeline.rig.make_rig import chin_y, jaw_ride
from avatar_pipeline.rig.rig import OPEN_JAW, Bytes, Eye, Floats, Layer, Rig
from avatar_pipeline.rig.round_lips import with_round_lips
from avatar_pipeline.rig.soft_edges import with_soft_edges
from avatar_pipeline.rig.under_lip import with_room_under_lip
from avatar_pipeline.score import COEFFICIENTS

VERTICES_MAX: Final = 1020
_TEETH_GAIN: Final = (0.97, 0.98, 0.98)  # BGR: a photograph's white of the eye is already as bright as its teeth, and rather redder
_STEPS: Final = 6


def build_rig(square: Bytes, face: Face, matte: Floats, identity: tuple[str, str], progress: Callable[[float], None]) -> Rig:
    """The rig `identity` = (id, display name) of the person in `square`; `face` and `matte` are in its pixels."""
    side = square.shape[0]
    fit = fit_head(face, side)
    scene = fit.scene
    progress(1 / _STEPS)
    rest = paint_rest(square, fit)
    opened, _ = paint_open(rest, scene)
    progress(2 / _STEPS)
    closed = shut(rest, fit.lids)
    eyeballs, white = paint_eyes(square, fit)
    progress(3 / _STEPS)
    mouth, sprites = paint_mouth(scene, white)
    matte = held_together(matte)
    wall = paint_wall(square, matte)
    first = cut_out(rest, matte)
    matte = confirmed(matte, find_person(np.asarray(np.rint(wall * (1 - first[..., 3:] / 255.0) + first[..., :3]), np.uint8)))
    progress(4 / _STEPS)
    person = cut_out(rest, matte)
    between = opening(fit.lids, side)
    person = lashes_alone(person, eyeballs, between, lashes_left(between, side))
    boxes = _moving_box(scene, {"jawOpen": OPEN_JAW}), _eye_box(scene)
    grid = make_grid(scene)
    mesh = with_closed_holes(with_round_lips(make_mesh(scene, grid, *boxes, VERTICES_MAX), *lips(scene)))
    progress(5 / _STEPS)
    layers = {
        "background": Layer(_opaque(wall), 0, 0), "person": Layer(person, 0, 0), "mouth": Layer(mouth, 0, 0), "eyeballs": eyeballs,
        "open": _part(opened, boxes[0]), "closed": _part(closed, boxes[1]),
    }  # fmt: skip
    left, right = (Eye(float(x), float(y), float(r), float(iris[2])) for (x, y, _, r), iris in zip(scene.eyes, fit.irises, strict=True))
    rig = Rig(
        face_id=identity[0], name=identity[1], size_px=side, layers=layers, mesh=mesh, grid=grid, eyes=(left, right), sprites=sprites,
        jaw=jaw_ride(scene), pivot=(side / 2, chin_y(scene) + 0.02 * side),
    )  # fmt: skip
    progress(1.0)
    shaped = with_room_under_lip(with_lips_together(with_lip_shapes(rig, smile_kept(fit.worn))))
    return with_lit_teeth(with_soft_edges(shaped), _TEETH_GAIN)


def _moving_box(scene: Scene, pose: dict[str, float]) -> Box:
    """A box around the skin that a pose moves by a pixel and more, with room to fade."""
    points = scene.moved(pose)
    far = np.linalg.norm(points - scene.xy, axis=1) > 0.002 * scene.size_px
    return _boxed(points[far & scene.skin & (scene.z > 0)], 0.03 * scene.size_px, scene.size_px)


def _eye_box(scene: Scene) -> Box:
    blink = scene.deltas[COEFFICIENTS.index("eyeBlinkLeft")] + scene.deltas[COEFFICIENTS.index("eyeBlinkRight")]
    far = np.linalg.norm(blink, axis=1) > 0.002 * scene.size_px
    return _boxed(scene.xy[far & scene.skin], 0.03 * scene.size_px, scene.size_px)


def _boxed(points: Floats, margin: float, side: int) -> Box:
    low = np.floor(points.min(0) - margin).astype(int).clip(0)
    high = np.ceil(points.max(0) + margin).astype(int).clip(0, side)
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def _opaque(picture: Bytes) -> Bytes:
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


def _part(picture: Bytes, box: Box) -> Layer:
    x, y, w, h = box
    return Layer(np.ascontiguousarray(_opaque(picture[y : y + h, x : x + w])), x, y)
