"""Lids out of a photograph shut as lids do: dark along the lashes, and no white of the eye hanging on them on the way down."""

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_pipeline.casting.lids import Lids, lids_of, opening, shut
from avatar_pipeline.casting.paint_eyes import lashes_alone
from avatar_pipeline.rig.rig import Layer

SIDE, APART = 256, 110.0
SKIN, WHITE, LASH = 180, 240, 40
Picture = NDArray[np.uint8]


def eye(middle_x: float) -> Lids:
    x = np.linspace(middle_x - 18, middle_x + 18, 9)
    bow = 8 * (1 - ((x - middle_x) / 18) ** 2)
    return lids_of(np.column_stack([x, 120 - bow]), np.column_stack([x, 120 + 0.5 * bow]), SIDE, APART)


@pytest.fixture(scope="module")
def both() -> tuple[Lids, Lids]:
    return eye(160), eye(90)


@pytest.fixture(scope="module")
def portrait(both: tuple[Lids, Lids]) -> Picture:
    """Skin with two bare eyeballs and no lashes at all."""
    share = opening(both, SIDE)[..., None]
    return np.asarray(np.rint(SKIN * (1 - share) + WHITE * share) * np.ones(3), np.uint8)


def test_shut_lids_show_no_white_and_end_in_a_line_of_lashes(portrait: Picture, both: tuple[Lids, Lids]) -> None:
    closed = shut(portrait, both)[..., 0].astype(int)
    assert portrait[..., 0].max() == WHITE
    assert closed.max() <= SKIN + 3, "some of the eyeball hangs on the lids"
    for lids, middle in zip(both, (160, 90), strict=True):
        edge = round(float(lids.upper[middle] + lids.travel[middle]))
        assert closed[edge - 2 : edge + 3, middle].min() < 0.6 * SKIN, "no lashes where the lids meet"
        assert closed[edge - 12, middle] > 0.97 * SKIN, "the lid itself is dark"
    assert closed[60:70, 60:190].min() > SKIN - 3


def test_only_what_hangs_before_the_eyeball_goes_with_the_lid() -> None:
    person = np.full((20, 20, 4), 255, np.uint8)
    person[..., :3] = SKIN
    person[5:15, :, :3] = WHITE
    person[6:9, 4:6, :3] = LASH
    between, left = np.zeros((20, 20), np.float32), np.zeros((20, 20), np.float32)
    between[5:15], left[10:15] = 1, 1
    ball = np.full((20, 40, 4), 255, np.uint8)
    ball[:, :20, :3] = WHITE
    cut = lashes_alone(person, Layer(ball, 0, 0), between, left).astype(int)
    over = cut[..., :3] + WHITE * (255 - cut[..., 3:]) / 255
    assert np.abs(over - person[..., :3])[:10].max() <= 2, "before the resting eye it is the photograph again"
    assert cut[5:10, 10, 3].max() == 0, "white of the eye goes with the lid"
    assert cut[7, 4, 3] > 200
    assert (cut[10:15] == 0).all()
    assert np.array_equal(cut[:5], person[:5])
