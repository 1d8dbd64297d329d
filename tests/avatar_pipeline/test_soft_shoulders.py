"""Shoulders that reach the side of their square above the picture's foot pass into the wall, whoever draws them."""

from dataclasses import replace

import numpy as np
import pytest

from avatar_pipeline.catalogue import face
from avatar_pipeline.face import Rig, load_rig
from avatar_pipeline.rig.rig import Layer
from avatar_pipeline.scenes.painter import ScenePainter
from avatar_pipeline.scenes.placing import person_box
from avatar_pipeline.scenes.script import Look, Scene

LOOK = Look("1:1", scale=0.5)
SCENE = Scene("Hello.")


@pytest.fixture(scope="module")
def rig() -> Rig:
    return load_rig(face("amara").rig_path)


def _square(painter: ScenePainter) -> np.ndarray:
    return painter._renderer.draw(np.zeros(57, np.float32))


def test_wide_shoulders_end_in_no_edge(rig: Rig) -> None:
    """A shoulder in red right up to both sides, in the lower third."""
    person = rig.layers["person"].pixels.copy()
    person[rig.size_px * 2 // 3 :] = (0, 0, 255, 255)
    wide = replace(rig, layers=rig.layers | {"person": Layer(person, 0, 0)})
    painter, box = ScenePainter(wide, LOOK, SCENE), person_box(LOOK, SCENE.framing, has_card=False)
    row = painter._person(_square(painter))[box.y + box.height * 3 // 4, :, :3].astype(int)
    steps = np.abs(np.diff(row, axis=0)).max(1)
    assert box.x > 0
    assert row[box.x + box.width // 4].tolist() == pytest.approx([0, 0, 255], abs=8), "the shoulder is there"
    assert steps[max(0, box.x - 3) : box.x + box.width // 8].max() < 24
    assert steps[box.x + box.width * 7 // 8 : box.x + box.width + 3].max() < 24


def test_who_ends_below_the_picture_is_drawn_as_before(rig: Rig) -> None:
    painter, box = ScenePainter(rig, LOOK, SCENE), person_box(LOOK, SCENE.framing, has_card=False)
    square = _square(painter)
    frame = painter._person(square)
    shown = frame[box.y : LOOK.size[1], box.x : box.x + box.width, :3].astype(int)
    assert np.abs(shown - square[: len(shown), :, :3]).max() <= 1
