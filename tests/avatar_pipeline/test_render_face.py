"""The CPU renderer, judged by its pixels: what must open opens, what must shut shuts, what must stand still does."""

import itertools
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_pipeline.catalogue import face
from avatar_pipeline.face import FaceRenderer, Rig, load_rig
from avatar_pipeline.rig.pose import read_pose, vertex_positions
from avatar_pipeline.score import CHANNEL_INDEX

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def rig() -> Rig:
    return load_rig(face("amara").rig_path)


@pytest.fixture(scope="module")
def renderer(rig: Rig) -> FaceRenderer:
    return FaceRenderer(rig)


def values(**moved: float) -> NDArray[np.float32]:
    """One row of a score; a name without a side moves both sides."""
    row = np.zeros(57, np.float32)
    for name, amount in moved.items():
        for channel in [name] if name in CHANNEL_INDEX else [name + "Left", name + "Right"]:
            row[CHANNEL_INDEX[channel]] = amount
    return row


def _mouth_box(rig: Rig) -> tuple[slice, slice]:
    upper = next(sprite for sprite in rig.sprites if sprite.name == "upper")
    x, y = round(upper.at[0]), round(upper.at[1])
    return np.s_[y : y + 65, x : x + upper.box[2]]


def _inside_mouth(rig: Rig, picture: Picture) -> int:
    """Pixels of the mouth's inside: dark throat or grey-white teeth, neither of which any lip, skin or the line between lips here is."""
    box = picture[_mouth_box(rig)].astype(int)
    dark = box.max(2) < 55  # the shaded corner where lips meet is 57
    teeth = (box.max(2) - box.min(2) < 60) & (box.min(2) > 90)
    return int((dark | teeth).sum())


def _white_of_eyes(rig: Rig, picture: Picture) -> int:
    count = 0
    for eye in rig.eyes:
        r = round(eye.radius)
        part = picture[round(eye.y) - r : round(eye.y) + r, round(eye.x) - r : round(eye.x) + r].astype(int)
        count += int(((part.max(2) - part.min(2) < 45) & (part.min(2) > 120)).sum())
    return count


def test_at_rest_the_picture_is_the_layers_laid_over_one_another(rig: Rig, renderer: FaceRenderer) -> None:
    person = rig.layers["person"].pixels.astype(float)
    laid = person[..., :3] + rig.layers["background"].pixels[..., :3] * (1 - person[..., 3:] / 255)
    difference = np.abs(renderer.render(values()) - laid)
    for eye in rig.eyes:  # the eyeballs are not in the person's layer
        r = round(eye.radius) + 2
        difference[round(eye.y) - r : round(eye.y) + r, round(eye.x) - r : round(eye.x) + r] = 0
    assert difference.mean() < 0.35
    assert np.percentile(difference, 99.5) < 8


def test_the_mouth_opens_further_the_further_the_jaw_falls(rig: Rig, renderer: FaceRenderer) -> None:
    openings = [_inside_mouth(rig, renderer.render(values(jawOpen=jaw))) for jaw in (0.0, 0.1, 0.2, 0.35, 0.5, 0.7)]
    assert openings[0] == 0
    assert all(more > less for less, more in itertools.pairwise(openings)), openings


@pytest.mark.parametrize("jaw", [0.1, 0.25, 0.4])
def test_lips_seal_whatever_the_jaw_does(rig: Rig, renderer: FaceRenderer, jaw: float) -> None:
    parted = _inside_mouth(rig, renderer.render(values(jawOpen=jaw)))
    sealed = _inside_mouth(rig, renderer.render(values(jawOpen=jaw, mouthClose=jaw)))
    assert sealed <= 0.05 * parted


def test_a_blink_shuts_both_eyes_and_a_wink_one(rig: Rig, renderer: FaceRenderer) -> None:
    open_, wink, shut = (_white_of_eyes(rig, renderer.render(v)) for v in (values(), values(eyeBlinkLeft=1), values(eyeBlink=1)))
    assert shut <= 0.03 * open_
    assert 0.3 * open_ < wink < 0.7 * open_


def test_eyes_shut_further_the_further_the_lids_fall(rig: Rig, renderer: FaceRenderer) -> None:
    whites = [_white_of_eyes(rig, renderer.render(values(eyeBlink=b))) for b in (0, 0.25, 0.5, 0.75, 1)]
    assert whites[0] > whites[1] > whites[-1], whites
    assert all(more > less or more == 0 for more, less in itertools.pairwise(whites)), whites  # a lid's shade leaves nothing white at last


@pytest.mark.parametrize("radians", [0.35, -0.35])
def test_irises_go_where_the_gaze_says(rig: Rig, renderer: FaceRenderer, radians: float) -> None:
    """What was white turns dark on one side and the other way round on the other; lashes and lids are dark before and after."""

    def dark(picture: Picture) -> NDArray[np.bool_]:
        eye = rig.eyes[0]
        r = round(eye.iris * 1.5)
        part = picture[round(eye.y) - r // 2 : round(eye.y) + r // 2, round(eye.x) - r : round(eye.x) + r].max(2)
        return np.asarray(part < 90)

    before, after = dark(renderer.render(values())), dark(renderer.render(values(gazeYaw=radians)))
    reached, left = np.argwhere(after & ~before)[:, 1], np.argwhere(before & ~after)[:, 1]
    assert min(len(reached), len(left)) > 20
    assert (reached.mean() - left.mean()) * np.sign(radians) > rig.eyes[0].iris / 2


def test_lids_follow_the_gaze_down(rig: Rig) -> None:
    lowered = vertex_positions(rig, read_pose(values(gazePitch=0.3))) - rig.mesh.xy
    lids = np.linalg.norm(rig.mesh.xy - np.array([rig.eyes[0].x, rig.eyes[0].y - rig.eyes[0].radius * 0.4], np.float32), axis=1) < 8
    assert lowered[lids, 1].max() > 1


HEAD = [{"headYaw": 0.1}, {"headPitch": 0.1}, {"headRoll": 0.08}, {"headYaw": -0.1, "headPitch": -0.1, "headRoll": -0.08}]


@pytest.mark.parametrize("turn", HEAD)
def test_the_wall_and_the_shoulders_stand_still_while_the_head_moves(rig: Rig, renderer: FaceRenderer, turn: dict[str, float]) -> None:
    matte = (rig.layers["person"].pixels[..., 3] > 0).astype(np.uint8)
    near = cv2.dilate(matte, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (91, 91))) > 0  # 0.1 rad of a 400 px head is 40 px
    assert (~near).mean() > 0.1
    still, turned = renderer.render(values()), renderer.render(values(**turn))
    assert np.array_equal(still[~near], turned[~near])
    assert np.array_equal(still[-40:], turned[-40:]), "the shoulders moved"
    assert not np.array_equal(still, turned)


def test_signs_of_the_head(rig: Rig) -> None:
    nose = int(np.argmax(rig.mesh.z))
    at_rest = vertex_positions(rig, read_pose(values()))[nose]
    assert vertex_positions(rig, read_pose(values(headYaw=0.1)))[nose, 0] > at_rest[0] + 3, "her left is the image's right"
    assert vertex_positions(rig, read_pose(values(headPitch=0.1)))[nose, 1] > at_rest[1] + 3, "a nod goes down"
    assert vertex_positions(rig, read_pose(values(headRoll=0.1)))[nose, 0] < at_rest[0] - 3, "her right shoulder is on the image's left"


def test_no_pose_leaves_holes_or_breaks(renderer: FaceRenderer) -> None:
    random = np.random.default_rng(4)
    for _ in range(12):
        row = np.concatenate([random.uniform(0, 1, 52), random.uniform(-0.2, 0.2, 5)]).astype(np.float32)
        picture = renderer.render(row)
        assert picture.shape == (512, 512, 3)
        assert picture.dtype == np.uint8


def test_the_same_row_gives_the_same_picture_whatever_came_before(rig: Rig, renderer: FaceRenderer) -> None:
    row = values(jawOpen=0.3, headYaw=0.04, eyeBlink=0.4)
    renderer.render(values(jawOpen=0.8, mouthSmile=1))
    assert np.array_equal(renderer.render(row), FaceRenderer(rig).render(row))


def test_what_a_picture_showed_before_leaves_no_trace_in_it(rig: Rig) -> None:
    random, rows = np.random.default_rng(11), []
    for turn in (0.0, 0.14, 0.02, -0.14, 0.0, 0.01, 0.01, 0.01, 0.01):  # far to both sides, and then so little that only the head is drawn
        row = values(jawOpen=float(random.uniform(0, 0.8)), mouthPucker=float(random.uniform(0, 1)), headYaw=turn, headRoll=turn / 2)
        rows += [row, values(headYaw=turn, headRoll=turn / 2)]
    in_turn = FaceRenderer(rig, pictures=3)
    for row in rows:
        assert np.array_equal(in_turn.draw(row)[..., :3], FaceRenderer(rig).render(row))


def test_pictures_that_are_drawn_in_turn_stay_until_their_turn_comes(rig: Rig) -> None:
    in_turn = FaceRenderer(rig, pictures=2)
    first = in_turn.draw(values(jawOpen=0.5))
    kept = first.copy()
    in_turn.draw(values(jawOpen=0.1, headYaw=0.1))
    assert np.array_equal(first, kept)
    with pytest.raises(ValueError, match="read-only"):
        first[:] = 0  # the next drawing relies on what is there
    in_turn.draw(values())
    assert not np.array_equal(first, kept)


@pytest.mark.parametrize("out_px", [256, 720, 1080])
def test_other_sizes_show_the_same_face(rig: Rig, renderer: FaceRenderer, out_px: int) -> None:
    row = values(jawOpen=0.4, headYaw=0.05)
    large: Any = cv2.resize(FaceRenderer(rig, out_px).render(row), (512, 512), interpolation=cv2.INTER_AREA)
    assert np.abs(large.astype(int) - renderer.render(row)).mean() < 3
