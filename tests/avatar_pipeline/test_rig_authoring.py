"""The authoring tools on small made-up meshes: triangles filled, meshes thinned, teeth drawn."""

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_pipeline.rig.decimate import Thinning
from avatar_pipeline.rig.draw_teeth import draw_row
from avatar_pipeline.rig.make_mesh import Scene
from avatar_pipeline.rig.make_rig import chin_y
from avatar_pipeline.rig.rasterise import rasterise, spread
from avatar_pipeline.score import COEFFICIENTS


def _sheet(side: int) -> tuple[NDArray[np.float32], NDArray[np.uint16]]:
    """A flat square of side x side cells, two triangles each, facing the viewer."""
    line = np.arange(side + 1, dtype=np.float32)
    xy = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    a = (np.arange(side)[:, None] * (side + 1) + np.arange(side)).ravel()
    triangles = np.concatenate([np.stack([a, a + 1, a + side + 1], 1), np.stack([a + 1, a + side + 2, a + side + 1], 1)])
    return xy, triangles.astype(np.uint16)


def test_every_pixel_of_a_sheet_is_covered_once_and_interpolated_exactly() -> None:
    xy, triangles = _sheet(6)
    points = xy * 5.3 + np.array([2.2, 1.7], np.float32)
    found = rasterise(points, triangles, 40, 40)
    inside = [(x, y) for y in range(40) for x in range(40) if 2.2 <= x <= 34 and 1.7 <= y <= 33.5]
    assert {(p % 40, p // 40) for p in found.pixel} == set(inside)
    places = spread(found, triangles, points)
    np.testing.assert_allclose(places, np.stack([found.pixel % 40, found.pixel // 40], 1), atol=1e-3)


def test_later_triangles_win_and_averted_ones_are_left_out() -> None:
    points = np.array([[0, 0], [9, 0], [0, 9], [0, 0], [9, 0], [0, 9]], np.float32)
    both = rasterise(points, np.array([[0, 1, 2], [3, 4, 5]], np.uint16), 10, 10)
    assert set(both.triangle) == {1}
    averted = rasterise(points, np.array([[0, 1, 2], [3, 5, 4]], np.uint16), 10, 10)
    assert set(averted.triangle) == {0}


@pytest.mark.parametrize("shift", [-100.0, 100.0])
def test_triangles_off_the_picture_cost_nothing_and_harm_nothing(shift: float) -> None:
    xy, triangles = _sheet(3)
    assert len(rasterise(xy + np.float32(shift), triangles, 20, 20).pixel) == 0


def test_thinning_keeps_the_outline_and_the_places_that_move_differently() -> None:
    xy, triangles = _sheet(12)
    moving = ((xy[:, 0] >= 5) & (xy[:, 0] <= 6)).astype(np.float32)[:, None] * 40
    thinning = Thinning(np.stack([xy, xy + 1]), np.hstack([xy, moving]), triangles)
    thinning.run(60)
    left = thinning.triangles()
    corners = xy[left]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = (first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    assert len(np.unique(left)) <= 60
    assert (area > 0).all(), "a triangle turned over"
    assert area.sum() >= 0.97 * 144, "the sheet lost more than its corners"
    kept = np.unique(left)
    assert moving[kept].any()


def test_teeth_are_whole_and_darker_towards_the_cheeks() -> None:
    tint = np.array([200, 210, 220], np.float32)
    row = draw_row(38, 15, tint, upper=True)
    middle, side = row[6:12, row.shape[1] // 2 - 6 : row.shape[1] // 2 + 6], row[6:12, 4:12]
    assert row.shape[2] == 4
    assert (middle[..., 3] > 250).all()
    assert middle[..., :3].mean() > 1.5 * side[..., :3].mean()
    assert (row[..., :3] <= row[..., 3:].astype(int) + 1).all(), "colours are multiplied by their opacity"


def test_the_chin_ends_where_nothing_rides_on_the_jaw() -> None:
    """On a large drawn face the neck is as near to the camera as the chin; a pivot down there left no jaw to draw."""
    xy, none = np.array([[100, 150], [100, 170], [100, 190]], np.float32), np.zeros(3, bool)
    deltas = np.zeros((len(COEFFICIENTS), 3, 2), np.float32)
    deltas[COEFFICIENTS.index("jawOpen"), :, 1] = [20, 4, -0.1]
    scene = Scene(200, xy, np.full(3, 30, np.float32), deltas, np.zeros((0, 3), np.uint16), ~none, np.zeros((2, 4)), none, none, none)
    assert chin_y(scene) == 170
