"""The workshop's own sums, tried without Blender and without the head data: maps of a face, hair, cloth, eyes, rooms."""

import importlib
import pkgutil
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import avatar_pipeline.authoring as workshop
from avatar_pipeline.authoring.backdrop import draw_backdrop
from avatar_pipeline.authoring.cloth import Tailor, resampled
from avatar_pipeline.authoring.face_map import above_hairline, beard_area, skin_colour, smoothstep
from avatar_pipeline.authoring.iris import IRIS_SHARE, iris_picture
from avatar_pipeline.authoring.people import PEOPLE, person
from avatar_pipeline.authoring.strands import Growth, Wave, clump, grow, taper, wave
from avatar_pipeline.authoring.surface import Surface
from avatar_pipeline.catalogue import faces

Floats = NDArray[np.float64]
RADIUS = 1.0


@dataclass(frozen=True)
class Place:
    """What stands in for Blender's vector: a point that can be subtracted and multiplied."""

    at: Floats

    def __sub__(self, other: "Place") -> "Place":
        return Place(self.at - other.at)

    def __iter__(self) -> Any:
        return iter(self.at.tolist())

    def __array__(self, dtype: Any = None, copy: Any = None) -> Floats:
        return np.array(self.at, dtype)

    def dot(self, other: "Place") -> float:
        return float(self.at @ other.at)


class Ball:
    """A search tree over a ball around the origin: small, and its distances are known exactly."""

    def find_nearest(self, place: Any) -> Any:
        far = np.linalg.norm(place.at)
        normal = place.at / max(far, 1e-9)
        return Place(normal * RADIUS), Place(normal), 0, abs(far - RADIUS)

    def ray_cast(self, origin: Any, direction: Any) -> Any:
        raise NotImplementedError("hair does not look along rays")


@pytest.fixture(scope="module")
def ball() -> Surface:
    angle, rise = np.meshgrid(np.linspace(0, 2 * np.pi, 40, endpoint=False), np.linspace(-1.4, 1.4, 20))
    points = np.stack([np.cos(rise) * np.cos(angle), np.cos(rise) * np.sin(angle), np.sin(rise)], -1).reshape(-1, 3)
    cells = [(r * 40 + c, r * 40 + (c + 1) % 40) for r in range(19) for c in range(40)]
    triangles = np.array([t for a, b in cells for t in ((a, b, b + 40), (a, b + 40, a + 40))])
    none = np.zeros_like(points)
    return Surface(points, triangles, points, points, none, Ball(), lambda place: Place(np.array(place, float)), cell=0.2)


def test_the_workshop_can_be_read_without_blender() -> None:
    names = [module.name for module in pkgutil.walk_packages(workshop.__path__, "avatar_pipeline.authoring.")]
    assert len(names) > 20
    for name in names:
        importlib.import_module(name)


def test_every_face_on_offer_has_its_recipe_and_the_ages_agree() -> None:
    assert {one.face_id for one in PEOPLE} >= {entry.face_id for entry in faces()}
    for entry in faces():
        assert (person(entry.face_id).name, person(entry.face_id).age_years) == (entry.display_name, entry.age_years)
        assert sum(person(entry.face_id).origin.values()) == pytest.approx(1)
    with pytest.raises(KeyError, match="amara"):
        person("nobody")


def test_no_two_recipes_share_a_look() -> None:
    looks = [(p.skin, p.hair.style, p.clothes.colour, p.backdrop) for p in PEOPLE]
    assert len(set(looks)) == len(looks)
    for part in (lambda p: p.clothes.colour, lambda p: p.backdrop.wall, lambda p: p.seed):
        assert len({part(p) for p in PEOPLE}) == len(PEOPLE)


def test_distance_from_the_skin_is_right_between_the_cells(ball: Surface) -> None:
    random = np.random.default_rng(1)
    places = random.normal(size=(300, 3))
    places *= (random.uniform(0.7, 1.6, 300) / np.linalg.norm(places, axis=1))[:, None]
    far, away = ball.distance(places)
    np.testing.assert_allclose(far, np.linalg.norm(places, axis=1) - RADIUS, atol=0.06)
    assert ((away * places).sum(1) / np.linalg.norm(places, axis=1) > 0.98).all()
    assert ball.distance(ball.pushed_out(places, 0.1))[0].min() > 0.05


def test_hair_is_as_long_as_asked_and_never_under_the_skin(ball: Surface) -> None:
    random = np.random.default_rng(2)
    roots = ball.scatter(400, lambda at, _: (at[:, 2] > 0.3).astype(float), random)
    assert roots.neutral[:, 2].min() > 0.1
    length = random.uniform(0.3, 0.8, 400)
    how = Growth(length, np.full(400, 0.05), 12, gravity=0.1, noise=0.05)
    paths = grow(ball, roots.points, roots.normals, lambda at, *_: np.tile([0, 0, -1.0], (len(at), 1)), how)
    steps = np.linalg.norm(np.diff(paths[:, 1:], axis=1), axis=2).sum(1)
    np.testing.assert_allclose(steps, length * 11 / 12, rtol=0.01)
    assert np.linalg.norm(paths[:, 2:], axis=2).min() > RADIUS - 0.06
    assert (paths[:, -1, 2] < paths[:, 0, 2]).mean() > 0.95, "hair falls"


def test_clumps_meet_at_the_tip_and_waves_and_tapers_stay_in_bounds() -> None:
    random = np.random.default_rng(3)
    roots = random.normal(size=(200, 3))
    paths = roots[:, None] + np.linspace(0, 1, 10)[None, :, None] * np.array([0, 0, -1.0]) + random.normal(size=(200, 10, 3)) * 0.02
    together, leader = clump(paths, roots, 20, 0.9, power=1.0, seed=4)
    spread = [np.linalg.norm(p[:, -1] - p[leader, -1], axis=1).mean() for p in (paths, together)]
    assert spread[1] < 0.5 * spread[0]
    np.testing.assert_allclose(together[:, 0], paths[:, 0], atol=1e-9)
    waved = wave(paths, leader, Wave(np.full(200, 0.05), 2.0, 0.3, 0.1, 5))
    assert np.linalg.norm(waved - paths, axis=2).max() <= 0.05 + 1e-9
    radii = taper(paths, 0.004, random, tip=0.3)
    assert (np.diff(radii, axis=1) < 0).all()


def test_hair_grows_on_the_head_and_beards_on_the_chin() -> None:
    crown, forehead, chin = np.array([[0, -0.5, 1.2]]), np.array([[0, -1.3, 0.3]]), np.array([[0, -1.2, -0.9]])
    for one in PEOPLE:
        assert above_hairline(crown, one)[0] > 0 > above_hairline(forehead, one)[0]
    assert beard_area(chin)[0] == pytest.approx(1)
    assert beard_area(forehead)[0] == 0
    receding = replace(PEOPLE[0], hair=replace(PEOPLE[0].hair, recede=0.8))
    assert above_hairline(forehead, receding)[0] < above_hairline(forehead, PEOPLE[0])[0]


def test_skin_is_a_colour_everywhere() -> None:
    random = np.random.default_rng(6)
    places, marks = random.uniform(-1.6, 1.6, (500, 3)), random.uniform(0, 1, (500, 3))
    for one in PEOPLE:
        colour = skin_colour(one, places, marks)
        assert colour.min() >= 0
        assert colour.max() <= 1


def test_an_eye_has_a_dark_pupil_its_iris_colour_and_a_white() -> None:
    for one in PEOPLE:
        picture = iris_picture(one, 96)
        middle = picture.shape[0] // 2
        pupil, iris, white = (picture[middle, middle + round(share * middle)] for share in (0.02, IRIS_SHARE * 0.62, 0.75))
        assert pupil.max() < 0.01
        assert pupil.max() < iris.mean() < white.mean()


def test_a_room_is_soft_deterministic_and_its_own() -> None:
    rooms = [draw_backdrop(one.backdrop, 96) for one in PEOPLE]
    assert np.array_equal(rooms[0], draw_backdrop(PEOPLE[0].backdrop, 96))
    for room in rooms:
        assert (room[..., 3] == 255).all()
        assert np.abs(np.diff(room[..., :3].astype(int), axis=1)).max() < 40, "an edge in focus"
    assert all(np.abs(a.astype(int) - b).mean() > 4 for i, a in enumerate(rooms) for b in rooms[:i])


def test_cloth_is_cut_exactly_on_the_line(ball: Surface) -> None:
    lowered = replace(ball, neutral=ball.points - np.array([0, 0, 2.2]))
    vertices, triangles, lines = Tailor(lowered, lambda *_: Ball()).cut(lowered.points, lambda at: at[:, 2] + 2.5)
    assert vertices[:, 2].max() == pytest.approx(-0.3, abs=1e-9)
    assert len(lines) == 1
    np.testing.assert_allclose(lines[0][:, 2], -0.3, atol=1e-9)
    assert all(len(set(face)) == len(face) in (3, 4) for face in triangles)
    even = resampled(lines[0], 50, closed=True)
    gaps = np.linalg.norm(even - np.roll(even, 1, 0), axis=1)
    assert gaps.max() < 1.2 * gaps.min()


def test_smoothstep_runs_either_way() -> None:
    np.testing.assert_allclose(smoothstep(0, 1, np.array([-1, 0, 0.5, 1, 2])), [0, 0, 0.5, 1, 1])
    np.testing.assert_allclose(smoothstep(1, 0, np.array([-1, 0, 0.5, 1, 2])), [1, 1, 0.5, 0, 0])
