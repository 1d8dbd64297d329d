"""Casting, held to what it promises: eyes that shut, lips that meet, a wall that stands still, units like the true ones.

Two sitters. Nadia of the catalogue, whose every unit is known exactly, so that what casting guesses from her one picture
can be compared with the truth; and a real photograph with an open smile (a picture in the public domain that a package
for tests carries; test material only).
"""

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_pipeline.cast import FILM_BYTES_MAX, Audition, audition, cast, cast_face
from avatar_pipeline.casting.build_rig import build_rig
from avatar_pipeline.casting.close_holes import SIDES_MAX, borders
from avatar_pipeline.casting.errors import PictureUnusable
from avatar_pipeline.casting.find_face import FaceFinder
from avatar_pipeline.casting.find_person import find_person
from avatar_pipeline.casting.fit_head import fit_head
from avatar_pipeline.casting.frame import frame
from avatar_pipeline.casting.seen_through import seen_through
from avatar_pipeline.catalogue import face
from avatar_pipeline.face import FaceRenderer, Rig, load_rig, read_rig
from avatar_pipeline.rig.draw_teeth import MOUTH_WIDTH
from avatar_pipeline.rig.lip_line import seam_line
from avatar_pipeline.rig.lip_shapes import mouth_of
from avatar_pipeline.rig.rig import Layer
from avatar_pipeline.rig.write_rig import write_rig
from avatar_pipeline.score import CHANNEL_INDEX, COEFFICIENTS

SIDE = 512
EYE_PAINT, MOUTH_PAINT = (255, 0, 255), (0, 255, 0)  # BGR
Picture = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Sitter:
    """A picture, what was seen in it, and the rig that was made of it."""

    square: Picture
    matte: NDArray[np.float32]
    seen: Audition
    rig: Rig
    renderer: FaceRenderer


def row(**moved: float) -> NDArray[np.float32]:
    """One row of a score; a name without a side moves both sides."""
    values = np.zeros(57, np.float32)
    for name, amount in moved.items():
        for channel in [name] if name in CHANNEL_INDEX else [name + "Left", name + "Right"]:
            values[CHANNEL_INDEX[channel]] = amount
    return values


def photograph() -> Picture:
    """The astronaut, found without importing the package that carries her."""
    spec = importlib.util.find_spec("skimage")
    assert spec is not None
    folder = next(iter(spec.submodule_search_locations or []))
    return np.asarray(cv2.imread(str(Path(folder) / "data" / "astronaut.png")), np.uint8)


def file_of(picture: Picture) -> bytes:
    return bytes(cv2.imencode(".png", picture)[1])


def _sit(picture: Picture) -> Sitter:
    seen = audition(file_of(picture))
    assert seen.face is not None
    square, matrix = frame(seen.picture.pixels, seen.face, SIDE)
    scale = float(np.hypot(*matrix[0, :2]))
    points = np.column_stack([seen.face.points[:, :2] @ matrix[:, :2].T + matrix[:, 2], seen.face.points[:, 2] * scale])
    matte = find_person(square)
    rig = build_rig(square, replace(seen.face, points=points.astype(np.float32)), matte, ("sitter", "Sitter"), lambda _: None)
    rig = read_rig(write_rig(rig, quality=84))  # what travels, not what was in memory
    return Sitter(square, matte, seen, rig, FaceRenderer(rig))


@pytest.fixture(scope="module")
def nadia() -> Sitter:
    return _sit(FaceRenderer(load_rig(face("nadia").film_rig_path)).render(row()).copy())


@pytest.fixture(scope="module")
def real() -> Sitter:
    return _sit(photograph())


@pytest.fixture(params=["nadia", "real"])
def sitter(request: pytest.FixtureRequest) -> Sitter:
    found: Sitter = request.getfixturevalue(request.param)
    return found


def _showing(rig: Rig, paint: tuple[int, int, int], **moved: float) -> int:
    """How many pixels show of the eyeballs or the mouth's inside when these are painted in a colour no face has."""
    eyeballs, mouth = rig.layers["eyeballs"], rig.layers["mouth"]
    balls = eyeballs.pixels.copy()
    balls[:, : balls.shape[1] // 2, :3], balls[:, balls.shape[1] // 2 :, :3] = EYE_PAINT, 255
    inside = np.dstack([np.rint(np.array(MOUTH_PAINT) * (mouth.pixels[..., 3:] / 255)), mouth.pixels[..., 3:]]).astype(np.uint8)
    layers = rig.layers | {"eyeballs": Layer(balls, eyeballs.x, eyeballs.y), "mouth": Layer(inside, 0, 0)}
    picture = FaceRenderer(replace(rig, layers=layers)).render(row(**moved)).astype(int)
    strong = np.array(paint) > 0
    return int((picture[..., strong].min(2) - picture[..., ~strong].max(2) > 60).sum())


def test_at_rest_the_cast_face_is_the_picture(nadia: Sitter) -> None:
    drawn, taken = nadia.renderer.render(row()).astype(float), nadia.square.astype(float)
    inside = nadia.matte > 0.95
    assert 10 * np.log10(255**2 / ((drawn - taken)[inside] ** 2).mean()) > 30
    off = np.abs(cv2.GaussianBlur(drawn - taken, (0, 0), 3))
    assert np.percentile(off[inside], 99) < 12


def test_lids_shut_and_open(sitter: Sitter) -> None:
    opened, shut = _showing(sitter.rig, EYE_PAINT), _showing(sitter.rig, EYE_PAINT, eyeBlink=1.0)
    assert opened > 300
    assert shut <= 0.02 * opened


@pytest.mark.parametrize(
    "pose", [{}, {"jawOpen": 0.3, "mouthClose": 0.3}, {"mouthSmile": 0.6}, {"mouthPress": 0.3, "jawOpen": 0.2, "mouthClose": 0.2}]
)
def test_lips_meet(sitter: Sitter, pose: dict[str, float]) -> None:
    assert _showing(sitter.rig, MOUTH_PAINT, **pose) <= 12


def test_lips_stay_seam_on_seam_in_a_smile(sitter: Sitter) -> None:
    """What lies along the seam moves as one, whichever lip it is of: one lip slid over the other, in white specks and steps."""
    mesh, (middle, _, half) = sitter.rig.mesh, mouth_of(sitter.rig)
    columns, seam = seam_line(sitter.rig)
    across, off = (mesh.xy[:, 0] - middle) / half, (mesh.xy[:, 1] - np.interp(mesh.xy[:, 0], columns, seam)) / half
    near = (np.abs(off) < 0.05) & (np.abs(across) < 0.7) & (mesh.lash == 0)
    moved = (row(mouthSmile=0.6)[:52] @ mesh.deltas.reshape(52, -1)).reshape(-1, 2)[near, 1] / half
    as_one = np.polyval(np.polyfit(across[near], moved, 4), across[near])
    assert near.sum() > 40
    assert np.sqrt(np.mean((moved - as_one) ** 2)) < 0.019


def test_tongue_and_throat_are_seen_between_the_lips_and_nowhere_else(sitter: Sitter) -> None:
    assert seen_through(sitter.rig) == 0


def test_a_hole_in_the_skin_is_seen_and_the_face_not_made(tmp_path: Path, real: Sitter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The template's nostrils are thinned out to holes: behind a short upper lip the throat was seen through them as black specks."""
    assert _holes(real.rig) == []
    monkeypatch.setattr("avatar_pipeline.casting.build_rig.with_closed_holes", lambda mesh: mesh)
    open_ = _sit(photograph()).rig
    assert len(_holes(open_)) == 2
    assert seen_through(open_) > 0
    with pytest.raises(PictureUnusable, match="gaps in its skin"):
        cast(real.seen, "Test Pilot", tmp_path)
    assert not any(tmp_path.iterdir())


def test_in_the_corners_of_a_mouth_that_hardly_parts_there_is_no_dot(real: Sitter) -> None:
    """The throat ends before the corners, softly."""
    x, y, w, h = real.rig.sprites[0].box
    matte = real.rig.layers["mouth"].pixels[y : y + h, x : x + w, 3].astype(int)
    half = w / MOUTH_WIDTH
    off = np.abs(np.arange(w) - (w - 1) / 2) / half
    assert matte[:, off > 1].max() == 0
    assert matte[:, off < 0.78].min() == 255
    assert np.abs(np.diff(matte, axis=1)).max() < 64


def _holes(rig: Rig) -> list[list[int]]:
    return [loop for loop in borders(rig.mesh.triangles) if len(loop) <= SIDES_MAX]


def test_the_mouth_opens_further_the_further_the_jaw_drops(sitter: Sitter) -> None:
    shown = [_showing(sitter.rig, MOUTH_PAINT, jawOpen=jaw) for jaw in (0.0, 0.1, 0.3, 0.6)]
    assert shown == sorted(shown)
    assert shown[3] > 4 * shown[1] > 0


def test_rounded_lips_are_narrower(sitter: Sitter) -> None:
    """Measured on the frames: the landmark model finds the corners of the drawn mouth again."""
    finder, widths = FaceFinder(), []
    for pose in ({"jawOpen": 0.15}, {"jawOpen": 0.15, "mouthPucker": 0.8}):
        picture = sitter.renderer.render(row(**pose)).copy()
        points = finder.face(picture, finder.boxes(picture)[0]).points
        widths.append(float(np.linalg.norm(points[291, :2] - points[61, :2])))
    assert widths[1] < 0.9 * widths[0]


def test_the_wall_stands_still_while_the_head_turns(sitter: Sitter) -> None:
    straight, turned = (sitter.renderer.render(row(headYaw=yaw)).astype(int).copy() for yaw in (0.0, 0.12))
    wide = cv2.dilate((sitter.matte > 0.02).astype(np.uint8), np.ones((41, 41), np.uint8)) > 0
    changed = np.abs(turned - straight).max(2) > 0
    assert changed.mean() > 0.05
    assert not changed[~wide].any()


def test_eyes_look(sitter: Sitter) -> None:
    left, right = (sitter.renderer.render(row(gazeYaw=way)).astype(int).copy() for way in (-0.3, 0.3))
    for eye in sitter.rig.eyes:
        part = np.s_[int(eye.y - eye.radius / 2) : int(eye.y + eye.radius / 2), int(eye.x - eye.radius) : int(eye.x + eye.radius)]
        dark = [255 - picture[part].sum(2) / 3 for picture in (left, right)]
        middle = [float((d**3 * np.arange(d.shape[1])).sum() / (d**3).sum()) for d in dark]
        assert middle[1] - middle[0] > 1


def test_units_guessed_from_one_picture_are_like_the_true_ones(nadia: Sitter) -> None:
    """Each vertex moves as the nearest vertex of the head the picture was rendered from, in the units that matter for speech."""
    true = load_rig(face("nadia").rig_path)
    matrix = cv2.estimateAffinePartial2D(_eyes_and_chin(true), _eyes_and_chin(nadia.rig))[0]
    placed, size = true.mesh.xy @ matrix[:, :2].T + matrix[:, 2], float(np.hypot(*matrix[0, :2]))
    nearest = np.linalg.norm(placed[:, None] - nadia.rig.mesh.xy[None], axis=2).argmin(1)
    for name in ("jawOpen", "mouthFunnel", "mouthSmileLeft", "mouthUpperUpRight", "browInnerUp"):
        index = COEFFICIENTS.index(name)
        ours, theirs = nadia.rig.mesh.deltas[index, nearest], true.mesh.deltas[index] * size
        moving = np.linalg.norm(theirs, axis=1) > 0.3 * np.linalg.norm(theirs, axis=1).max()
        assert np.corrcoef(ours[moving].ravel(), theirs[moving].ravel())[0, 1] > 0.8, name
        assert 0.6 < np.linalg.norm(ours[moving]) / np.linalg.norm(theirs[moving]) < 1.5, name


def _eyes_and_chin(rig: Rig) -> NDArray[np.float32]:
    return np.array([[eye.x, eye.y] for eye in rig.eyes] + [[rig.pivot[0], rig.pivot[1]]], np.float32)


def test_what_the_portrait_wears_is_measured(nadia: Sitter, real: Sitter) -> None:
    assert nadia.seen.face is not None
    assert real.seen.face is not None
    worn = fit_head(nadia.seen.face, SIDE).worn  # rendered with mouthSmile 0.5 on both sides
    assert worn["mouthSmileLeft"] == pytest.approx(0.5, abs=0.2)
    assert worn["mouthSmileRight"] == pytest.approx(0.5, abs=0.2)
    assert fit_head(real.seen.face, SIDE).worn.get("mouthUpperUpLeft", 0) > 0.2


def test_a_cast_face_lies_whole_in_its_folder(tmp_path: Path, real: Sitter) -> None:
    told: list[float] = []
    made = cast(real.seen, "Test Pilot", tmp_path, progress=told.append)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test-pilot.film.rig", "test-pilot.rig", "test-pilot.webp"]
    assert made.rig_path.stat().st_size <= 120_000
    assert made.film_rig_path.stat().st_size <= FILM_BYTES_MAX
    assert load_rig(made.rig_path).size_px == 512
    assert cast_face(made.film_rig_path) == made
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_refused_picture_is_not_cast(tmp_path: Path) -> None:
    seen = audition(file_of(np.full((400, 400, 3), 128, np.uint8)))
    assert not seen.is_usable
    with pytest.raises(ValueError, match="refused"):
        cast(seen, "Nobody", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_flat_figure_that_is_half_taken_for_the_wall_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is made: such a face would be half see-through."""
    monkeypatch.setattr("avatar_pipeline.cast.find_person", lambda square, _: np.full(square.shape[:2], 0.7, np.float32))
    with pytest.raises(PictureUnusable, match="whole human face"):
        cast(audition(file_of(photograph())), "Flat", tmp_path)
    assert not any(tmp_path.iterdir())
