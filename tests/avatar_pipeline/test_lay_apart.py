"""What a drag uncovers is what lies behind: wall, neck and eyeballs stay to the bit while lids and jaw slide over them.

A checkered wall shows it best: every line of it that a drag bent would be seen, and counted.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from fakes.portraits import catalogue_portrait

from avatar_pipeline.adjust import Drag, LaidApart, adjust, handles_of, layers_of, limits_of
from avatar_pipeline.cast import Audition, audition
from avatar_pipeline.casting.find_iris import find_iris
from avatar_pipeline.casting.find_person import find_person
from avatar_pipeline.casting.landmarks import EYE_OUTER_L, EYE_OUTER_R, IRISES, UPPER_LIDS

SEAM_PX = 3  # a pixel is read between its neighbours, and the face's own edge is soft


@pytest.fixture(scope="module")
def seen() -> Audition:
    """Walter before a checkered wall, as a portrait that came cut out: the wall's every pixel is known."""
    found = audition(catalogue_portrait("walter"))
    matte = find_person(found.picture.pixels)[..., None]
    checks = (np.indices(matte.shape[:2]) // 12).sum(0) % 2
    wall = np.repeat((90 + 90 * checks)[..., None], 3, 2)
    pixels = np.rint(found.picture.pixels * matte + wall * (1 - matte)).astype(np.uint8)
    return replace(found, picture=replace(found.picture, pixels=pixels, cut_out=matte[..., 0]))


@pytest.fixture(scope="module")
def layers(seen: Audition) -> LaidApart:
    return layers_of(seen)


def eyes_apart(seen: Audition) -> float:
    assert seen.face is not None
    return float(np.linalg.norm(np.subtract(*seen.face.points[[EYE_OUTER_L, EYE_OUTER_R], :2])))


def still(layers: LaidApart) -> np.ndarray:
    """Where nothing moves, a little off whatever does."""
    return np.asarray(cv2.dilate((layers.moves > 0).astype(np.uint8), np.ones((2 * SEAM_PX + 1,) * 2)) == 0)


def jaw_in(seen: Audition) -> list[Drag]:
    far = 0.95 * limits_of(seen)["jaw_right"]["far"]
    return [Drag("jaw_right", far, 0), Drag("jaw_left", -far, 0)]


def test_the_picture_is_its_two_layers(seen: Audition, layers: LaidApart) -> None:
    """Where nothing moves, what lies behind is the picture itself; both kinds of place exist."""
    unmoved = layers.moves == 0
    assert (layers.behind[unmoved] == seen.picture.pixels[unmoved]).all()
    assert 0.05 < unmoved.mean() < 0.8
    assert layers.moves.max() == 1


def test_a_jaw_drawn_in_bends_no_line_of_the_wall(seen: Audition, layers: LaidApart) -> None:
    narrow, wall = adjust(seen, jaw_in(seen), layers).picture.pixels, still(layers)
    assert (narrow != seen.picture.pixels).any(2).sum() > 5000
    assert not (narrow != seen.picture.pixels).any(2)[wall].any()
    bent = adjust(seen, jaw_in(seen), LaidApart(np.ones_like(layers.moves), seen.picture.pixels)).picture.pixels
    assert (bent != seen.picture.pixels).any(2)[wall].sum() > 2000  # without layers the same drag bends it


def test_what_a_jaw_uncovers_is_what_lies_behind(seen: Audition, layers: LaidApart) -> None:
    """Half-way along the drag there was cheek, and now there is what was painted behind it."""
    x, y = handles_of(seen)["jaw_right"]
    after = adjust(seen, jaw_in(seen), layers).picture
    column, row = round(x + 0.3 * limits_of(seen)["jaw_right"]["far"]), round(y)
    around = np.s_[row - 2 : row + 3, column - 2 : column + 3]
    assert np.abs(after.pixels[around].astype(int) - layers.behind[around]).max() <= 4
    assert np.abs(seen.picture.pixels[around].astype(int) - layers.behind[around]).max() > 20
    assert after.cut_out is not None
    assert seen.picture.cut_out is not None
    assert after.cut_out.sum() < seen.picture.cut_out.sum() - 300  # the person has become narrower in their own matte, too


def test_an_opened_lid_shows_the_eyeball_and_the_iris_stays(seen: Audition, layers: LaidApart) -> None:
    assert seen.face is not None
    far = 0.95 * limits_of(seen)["upper_lid_right"]["far"]
    wide = adjust(seen, [Drag("upper_lid_right", 0, -far)], layers)
    assert wide.face is not None
    rings = [index for ring in IRISES for index in ring]
    np.testing.assert_array_equal(wide.face.points[rings], seen.face.points[rings])
    assert wide.face.points[159, 1] == pytest.approx(seen.face.points[159, 1] - far, abs=0.6)
    corners = [UPPER_LIDS[1][0], UPPER_LIDS[1][-1]]
    assert np.abs(wide.face.points[corners] - seen.face.points[corners]).max() < 0.02 * eyes_apart(seen)  # the lid lifts as an arch
    x, y = handles_of(seen)["upper_lid_right"]
    row, column = round(y - 0.35 * far), round(x + 0.85 * far)  # beside the highlight, which lies on the lid's edge and rises with it
    around = np.s_[row - 1 : row + 2, column - 2 : column + 3]
    assert np.abs(wide.picture.pixels[around].astype(int) - layers.behind[around]).mean() < 20
    assert np.abs(seen.picture.pixels[around].astype(int) - layers.behind[around]).mean() > 35  # there was lid, which lies in shade


def test_the_ring_of_a_drawn_iris_is_found_where_the_points_have_it_too_small() -> None:
    picture = np.full((120, 160, 3), 215, np.uint8)
    cv2.circle(picture, (84, 56), 24, (70, 60, 40), -1, cv2.LINE_AA)
    cv2.circle(picture, (76, 48), 4, (250, 250, 250), -1, cv2.LINE_AA)
    seen = np.zeros((120, 160), np.float32)
    seen[44:74, 30:140] = 1
    found = find_iris(picture, seen, np.array([80, 62, 17], np.float32))
    np.testing.assert_allclose(found, [84, 56, 24], atol=1.5)
    blank = np.full_like(picture, 215)
    guess = np.array([80, 62, 17], np.float32)
    np.testing.assert_array_equal(find_iris(blank, seen, guess), guess)
