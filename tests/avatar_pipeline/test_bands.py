"""Bands draw only what the head may cover: never less than it covers, nothing left over, and cut where that costs least."""

import itertools

import numpy as np
import pytest

from avatar_pipeline.catalogue import face
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.rig.bands import Outline, band_at, cuts, edged
from avatar_pipeline.score import CHANNEL_INDEX

SIDE, STRIDE = 64, 8


@pytest.fixture(scope="module")
def outline() -> Outline:
    """A round head on wide shoulders, its rim half seen through."""
    y, x = np.mgrid[:SIDE, :SIDE]
    far = np.minimum(np.hypot(x - 31.5, y - 22), np.maximum(abs(x - 31.5) / 2, 45 - y + 15.0))
    return Outline.of(np.clip((17 - far) * 64, 0, 255).astype(np.uint8), 31)


@pytest.mark.parametrize("reach", [1, 3, 7])
def test_a_band_holds_the_outline_wherever_it_moved(outline, reach):
    for top, bottom in ((0, 16), (16, 24), (40, 56)):
        band = band_at(outline, top, bottom, reach)
        for row in range(max(top - reach, 0), min(bottom + reach, SIDE)):
            if outline.low[row] < outline.high[row]:
                assert band.first <= max(outline.low[row] - reach, 0)
                assert band.last >= min(outline.high[row] + reach, SIDE)
            if band.left < band.right:
                assert band.left >= min(outline.solid_low[row] + reach, band.last)
                assert band.right <= max(outline.solid_high[row] - reach, band.first)


def test_the_cuts_cost_no_more_than_even_ones(outline):
    def cost(at: list[int]) -> float:
        return sum(band_at(outline, top, bottom, 3).cost for top, bottom in itertools.pairwise(at))

    rows = SIDE // STRIDE
    found = cuts(outline, rows, STRIDE, 3)
    assert found[0] == 0
    assert found[-1] == SIDE
    assert all(at % STRIDE == 0 for at in found)
    for tall in range(1, rows + 1):
        assert cost(found) <= cost([*range(0, SIDE, tall * STRIDE), SIDE])


def test_edges_lie_on_the_ribbon_side_by_side(outline):
    wall = np.random.default_rng(1).integers(0, 255, (SIDE, SIDE, 4), dtype=np.uint8)
    bands = edged([band_at(outline, top, top + 16, 2) for top in range(0, SIDE, 16)], 2, wall, STRIDE)
    for number, edge in enumerate(bands.edges):
        edge.fetched[:] = number + 1
    assert bands.edges
    assert (bands.ribbon > 0).all()
    assert [int((bands.ribbon[0, :, 0] == number + 1).sum()) for number in range(len(bands.edges))] == [
        edge.fetched[..., 0].size for edge in bands.edges
    ]
    np.copyto(bands.mixed, bands.wall)
    assert all((edge.mixed == wall[edge.here]).all() for edge in bands.edges)


@pytest.mark.parametrize("pictures", [1, 3])
def test_nothing_is_left_of_a_head_that_leant_further(pictures):
    rig = load_rig(face("ingrid").rig_path)
    in_turn = FaceRenderer(rig, pictures=pictures)
    poses = np.zeros((12, 57), np.float32)
    poses[:, CHANNEL_INDEX["headRoll"]] = [0.14, -0.14, 0.1, 0.05, 0, 0, -0.02, 0.14, 0, 0, 0.01, 0]
    poses[:, CHANNEL_INDEX["jawOpen"]] = np.arange(12) % 3 * 0.3
    for row in poses:
        assert (in_turn.render(row) == FaceRenderer(rig).render(row)).all()
