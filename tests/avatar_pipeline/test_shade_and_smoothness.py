"""What keeps a rendered face from looking cut out: a line where lips meet, shade beside dark hair, edges in more than one step."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from avatar_pipeline.authoring.hair_shade import casts_shade, with_hair_shade
from avatar_pipeline.authoring.people import person
from avatar_pipeline.catalogue import CatalogueFace, faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.rig.lip_line import seam_line, with_lip_line
from avatar_pipeline.rig.lip_shapes import mouth_of
from avatar_pipeline.rig.rig import Floats, Rig
from avatar_pipeline.score import CHANNEL_INDEX


@pytest.fixture(params=faces(), ids=lambda entry: entry.face_id)
def entry(request: pytest.FixtureRequest) -> CatalogueFace:
    wanted: CatalogueFace = request.param
    return wanted


def _light_of(rig: Rig) -> Floats:
    return np.asarray(cv2.cvtColor(rig.layers["person"].pixels[..., :3], cv2.COLOR_BGR2GRAY), np.float32)


def test_a_line_lies_where_lips_meet(entry: CatalogueFace) -> None:
    """Along the middle of the seam the picture is darker than the lips on both sides of it."""
    if not person(entry.face_id).lip_line:
        pytest.skip("these lips have no line")
    rig = load_rig(entry.film_rig_path)
    middle, _, half = mouth_of(rig)
    columns, line = seam_line(rig)
    light, unit = _light_of(rig), rig.size_px / 512
    inner = np.abs(columns - middle) < 0.5 * half
    x, y = columns[inner].astype(int), line[inner]
    seam = np.min([light[np.rint(y + off * unit).astype(int), x] for off in (-0.7, 0, 0.7)], axis=0)
    above, below = (light[np.rint(y + off * unit).astype(int), x] for off in (-3.5, 3.5))
    assert (seam < 0.97 * np.minimum(above, below)).mean() > 0.8


def test_a_lip_line_is_painted_along_the_seam_alone() -> None:
    rig = load_rig(faces()[0].rig_path)
    middle, seam, half = mouth_of(rig)
    changed = np.argwhere((with_lip_line(rig).layers["person"].pixels != rig.layers["person"].pixels).any(2))
    assert len(changed) > half
    assert np.abs(changed[:, 1] - middle).max() < half
    assert np.abs(changed[:, 0] - seam).max() < 0.35 * half


def test_dark_hair_shades_the_skin_beside_it_and_nothing_else() -> None:
    entry = next(one for one in faces() if one.face_id == "nadia")
    rig = load_rig(entry.rig_path)
    before, after = (_light_of(one) for one in (rig, with_hair_shade(rig)))
    lost = before - after
    assert lost.min() >= -1
    assert lost[round(rig.eyes[0].y) :].max() == 0
    dark = (before < 45) & (rig.layers["person"].pixels[..., 3] == 255)
    near = cv2.dilate(dark.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) & (before > 110)
    near[round(min(eye.y for eye in rig.eyes) - rig.eyes[0].radius) :] = False
    assert lost[near].mean() > 4 * lost[~near & (before > 110)].mean()
    assert {one.face_id for one in faces() if not casts_shade(person(one.face_id))} == {"ingrid", "walter"}


def test_the_edges_of_lips_are_graded(entry: CatalogueFace) -> None:
    """White skin over a black mouth: at both edges together a column holds more than one step between white and black, as two rows gave."""
    rig = load_rig(entry.rig_path)
    white = {name: replace(rig.layers[name], pixels=np.full_like(rig.layers[name].pixels, 255)) for name in ("person", "open", "closed")}
    black = replace(rig.layers["mouth"], pixels=rig.layers["mouth"].pixels * np.array([0, 0, 0, 1], np.uint8))
    row = np.zeros(57, np.float32)
    row[CHANNEL_INDEX["jawOpen"]] = 0.25
    drawn = FaceRenderer(replace(rig, layers=rig.layers | white | {"mouth": black})).render(row)[..., 0]
    middle, seam, half = mouth_of(rig)
    part = drawn[round(seam - 0.3 * half) : round(seam + 0.7 * half), round(middle - 0.4 * half) : round(middle + 0.4 * half)]
    between = (part > 20) & (part < 235)
    assert part.min() == 0
    assert between.sum(0).mean() > 1.25, between.sum(0).mean()
