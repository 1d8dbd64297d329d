"""Points dragged in a picture: they arrive, the rest stays to the bit, nothing folds, and going back by leaving a drag out is exact."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from avatar_pipeline.adjust import HANDLES, Drag, DragImpossible, LaidApart, adjust, handles_of, limits_of
from avatar_pipeline.cast import Audition, audition
from avatar_pipeline.casting.drag_points import Pull, Reach, pull, pulled_points

NOISE = np.random.default_rng(1).integers(0, 255, (160, 200, 3)).astype(np.uint8)
STRETCH_MAX = 3.0


def all_moves(picture: np.ndarray) -> LaidApart:
    return LaidApart(np.ones(picture.shape[:2], np.float32), picture)


def even(px: float) -> Reach:
    return Reach(px, px, px)


@pytest.fixture(scope="module")
def seen() -> Audition:
    spec = importlib.util.find_spec("skimage")
    assert spec is not None
    assert spec.submodule_search_locations
    return audition((Path(spec.submodule_search_locations[0]) / "data" / "astronaut.png").read_bytes())


places = some.tuples(some.floats(30, 170), some.floats(30, 130))
ways = some.tuples(some.floats(-25, 25), some.floats(-25, 25))


@settings(deadline=None, max_examples=12)
@given(some.lists(some.tuples(places, ways, some.floats(25, 50)), min_size=1, max_size=4))
def test_outside_the_reach_not_one_bit_changes_and_nothing_folds(
    drawn: list[tuple[tuple[float, float], tuple[float, float], float]],
) -> None:
    pulls = [Pull(at, (at[0] + way[0], at[1] + way[1]), even(reach)) for at, way, reach in drawn]
    changed = (pull(NOISE, pulls, all_moves(NOISE)) != NOISE).any(2)
    assert not (changed & ~np.logical_or.reduce([_near(one) for one in pulls])).any()
    if len(pulls) == 1:  # one point alone folds nothing, as far as its own reach
        grid = np.stack(np.meshgrid(np.arange(0, 200, 3.0), np.arange(0, 160, 3.0)), -1).reshape(-1, 2)
        here, right, under = (pulled_points(grid + step, pulls).astype(float) for step in ((0, 0), (0.1, 0), (0, 0.1)))
        across, down = right - here, under - here
        assert (across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0] > 0).all()


def _near(one: Pull) -> np.ndarray:
    """Which pixels lie within the reach of the way a point goes."""
    start, way = np.array(one.start), np.array(one.end) - np.array(one.start)
    pixels = np.stack(np.meshgrid(np.arange(200.0), np.arange(160.0)), -1)
    return np.logical_or.reduce([(np.abs(pixels - start - share * way) <= one.reach.along + 1).all(2) for share in np.linspace(0, 1, 60)])


def test_each_of_several_points_arrives_where_it_was_dragged() -> None:
    pulls = [Pull((60, 80), (72, 74), even(40)), Pull((90, 80), (90, 95), even(40)), Pull((140, 60), (132, 60), even(30))]
    arrived = pulled_points(np.array([one.start for one in pulls]), pulls)
    np.testing.assert_allclose(arrived, [one.end for one in pulls], atol=0.6)


def test_the_picture_goes_with_the_points() -> None:
    dot = np.zeros((160, 200, 3), np.uint8)
    dot[78:83, 98:103] = 255
    found = pull(dot, [Pull((100, 80), (112, 70), even(50))], all_moves(dot))[..., 0].astype(float)
    rows, columns = np.indices(found.shape)
    assert np.average(columns, weights=found) == pytest.approx(112, abs=1)
    assert np.average(rows, weights=found) == pytest.approx(70, abs=1)


def test_a_portraits_handles_are_dragged_and_put_back(seen: Audition) -> None:
    assert seen.face is not None
    before = seen.picture.pixels.copy()
    assert set(handles_of(seen)) == set(HANDLES)
    drags = [Drag("lip_corner_left", 3, -4), Drag("chin", 0, 5), Drag("hairline", 0, -4)]
    wide = adjust(seen, drags)
    for one in drags:
        (x, y), (was_x, was_y) = handles_of(wide)[one.handle], handles_of(seen)[one.handle]
        assert (x - was_x, y - was_y) == (pytest.approx(one.right_px, abs=0.5), pytest.approx(one.down_px, abs=0.5))
    eyes = slice(int(handles_of(seen)["upper_lid_right"][1]) - 4, int(handles_of(seen)["lower_lid_right"][1]) + 4)
    assert (wide.picture.pixels[eyes] == before[eyes]).all()
    assert (wide.picture.pixels != before).any()
    assert (seen.picture.pixels == before).all()
    undone = adjust(seen, [*drags, *(Drag(one.handle, -one.right_px, -one.down_px) for one in drags)])
    assert (undone.picture.pixels == before).all()


def test_what_cannot_be_dragged_is_said(seen: Audition) -> None:
    with pytest.raises(DragImpossible, match="no handle 'nose'"):
        adjust(seen, [Drag("nose", 1, 1)])
    with pytest.raises(DragImpossible, match="too far"):
        adjust(seen, [Drag("chin", 0, limits_of(seen)["chin"]["far"] + 1)])
    with pytest.raises(DragImpossible, match="number of pixels"):
        adjust(seen, [Drag("chin", float("nan"), 0)])


def test_no_handle_stretches_skin_beyond_measure(seen: Audition) -> None:
    """Dragged as far as it goes, in eight directions: the largest stretch of the map anywhere, and nothing folds."""
    places, limits = handles_of(seen), limits_of(seen)
    for name, handle in HANDLES.items():
        far, around = 0.999 * limits[name]["far"], Reach(**{key: limits[name][key] for key in ("along", "above", "below", "lean")})
        grid = np.stack(np.meshgrid(*[np.linspace(-around.most, around.most, 41)] * 2), -1).reshape(-1, 2) + places[name]
        for angle in np.arange(8) * np.pi / 4:
            x, y = places[name]
            dragged = [Pull((x, y), (x + far * np.cos(angle), y + far * np.sin(angle)), around)]
            here, right, under = (pulled_points(grid + step, dragged).astype(float) for step in ((0, 0), (0.5, 0), (0, 0.5)))
            stretch = np.stack([right - here, under - here], -1) / 0.5
            assert np.linalg.det(stretch).min() > 0, name
            assert np.linalg.svd(stretch, compute_uv=False).max() < STRETCH_MAX, (name, handle)
