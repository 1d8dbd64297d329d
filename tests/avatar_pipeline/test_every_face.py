"""Every face of the catalogue, held to the same standard: small, shut when shut, open when open, and nobody's double.

The eyeballs and the inside of the mouth are painted in a colour no face has, so what shows of them can be counted.
"""

import itertools
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_pipeline.catalogue import CatalogueFace, faces
from avatar_pipeline.face import FaceRenderer, Rig, load_rig
from avatar_pipeline.rig.draw_teeth import MOUTH_WIDTH
from avatar_pipeline.rig.rig import Layer
from avatar_pipeline.rig.round_lips import skin_border
from avatar_pipeline.score import CHANNEL_INDEX

CHAT_BYTES_MAX, ALL_BYTES_MAX = 120_000, 350_000
EYE_PAINT, MOUTH_PAINT = (255, 0, 255), (0, 255, 0)  # BGR
SEALED = {
    "at rest": {},
    "p, b or m while the jaw is low": {"jawOpen": 0.3, "mouthClose": 0.3},
    "pressed": {"jawOpen": 0.2, "mouthClose": 0.2, "mouthPress": 0.3},
    "smiling": {"mouthSmile": 0.6, "cheekSquint": 0.3},
    "sad": {"mouthFrown": 0.5, "browInnerUp": 0.5},
    "turned": {"headYaw": 0.12},
}


@dataclass(frozen=True, eq=False)
class Painted:
    """A face whose inner parts are painted."""

    rig: Rig
    renderer: FaceRenderer

    def showing(self, paint: tuple[int, int, int], **moved: float) -> int:
        """How many pixels of that paint can be seen."""
        picture, strong = self.renderer.render(values(**moved)).astype(int), np.array(paint) > 0
        return int((picture[..., strong].min(2) - picture[..., ~strong].max(2) > 60).sum())


def values(**moved: float) -> NDArray[np.float32]:
    """One row of a score; a name without a side moves both sides."""
    row = np.zeros(57, np.float32)
    for name, amount in moved.items():
        for channel in [name] if name in CHANNEL_INDEX else [name + "Left", name + "Right"]:
            row[CHANNEL_INDEX[channel]] = amount
    return row


def _covered(layer: Layer, paint: tuple[int, int, int]) -> Layer:
    """The layer in one colour, as opaque as it was."""
    alpha = layer.pixels[..., 3:]
    colour = np.rint(np.array(paint) * (alpha / 255)).astype(np.uint8)
    return Layer(np.dstack([colour, alpha]), layer.x, layer.y)


def _painted(entry: CatalogueFace) -> Painted:
    rig = load_rig(entry.rig_path)
    eyeballs = rig.layers["eyeballs"]
    unshaded = eyeballs.pixels.copy()
    unshaded[:, : unshaded.shape[1] // 2, :3] = EYE_PAINT
    unshaded[:, unshaded.shape[1] // 2 :, :3] = 255  # the right half is the lids' shadow
    layers = rig.layers | {"mouth": _covered(rig.layers["mouth"], MOUTH_PAINT), "eyeballs": Layer(unshaded, eyeballs.x, eyeballs.y)}
    painted = replace(rig, layers=layers)
    return Painted(painted, FaceRenderer(painted))


@pytest.fixture(scope="module", params=faces(), ids=lambda entry: entry.face_id)
def painted(request: pytest.FixtureRequest) -> Painted:
    return _painted(request.param)


@pytest.mark.parametrize("entry", faces(), ids=lambda entry: entry.face_id)
def test_a_face_stays_within_its_bytes(entry: CatalogueFace) -> None:
    chat, film, poster = (path.stat().st_size for path in (entry.rig_path, entry.film_rig_path, entry.poster_path))
    assert chat <= CHAT_BYTES_MAX
    assert chat + film + poster <= ALL_BYTES_MAX


def test_shut_lids_hide_the_eyes(painted: Painted) -> None:
    whites = [painted.showing(EYE_PAINT, eyeBlink=shut) for shut in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert whites[0] > 250, "the eyes are hardly open"
    assert all(more > less or more == 0 for more, less in itertools.pairwise(whites)), whites
    assert whites[-1] <= 0.01 * whites[0], whites


def test_shut_lids_hide_the_eyes_whatever_else_the_face_does(painted: Painted) -> None:
    open_ = painted.showing(EYE_PAINT)
    for more in ({"headYaw": 0.12}, {"headPitch": -0.12}, {"mouthSmile": 0.7, "cheekSquint": 0.4}, {"browInnerUp": 0.7}):
        assert painted.showing(EYE_PAINT, eyeBlink=1, **more) <= 0.02 * open_, more


@pytest.mark.parametrize("name", SEALED)
def test_sealed_lips_show_nothing_of_the_mouth(painted: Painted, name: str) -> None:
    assert painted.showing(MOUTH_PAINT, **SEALED[name]) == 0


def test_the_mouth_opens_further_the_further_the_jaw_falls(painted: Painted) -> None:
    openings = [painted.showing(MOUTH_PAINT, jawOpen=jaw, mouthLowerDown=0.1 if jaw else 0) for jaw in (0, 0.15, 0.3, 0.5, 0.8)]
    assert openings[0] == 0
    assert all(more > less for less, more in itertools.pairwise(openings)), openings


def _bulge(rig: Rig, **moved: float) -> float:
    """How far the lower lip's edge hangs below straight lines from its middle to its ends, as a share of half its width: a V has none."""
    mesh, border, pose = rig.mesh, skin_border(rig.mesh), values(**moved)
    throat, lower, _ = rig.sprites
    middle, half = lower.at[0] + lower.box[2] / 2, throat.box[2] / MOUTH_WIDTH
    off, drop = mesh.xy[border] - np.array([middle, lower.at[1]]), mesh.deltas[CHANNEL_INDEX["jawOpen"], :, 1]
    edge = border[(np.abs(off) < [half, 0.5 * half]).all(1) & (drop[border] > 0.3 * drop.max())]
    points = mesh.xy[edge] + np.tensordot(pose[:52], mesh.deltas[:, edge], 1)
    points = points[np.argsort(points[:, 0])]
    centre = points[np.abs(points[:, 0] - middle).argmin()]
    halfway = [((centre + end) / 2, abs(centre[0] - end[0])) for end in points[[0, -1]]]
    return float(min((np.interp(at[0], points[:, 0], points[:, 1]) - at[1]) / wide for at, wide in halfway))


def test_rounded_lips_are_round(painted: Painted) -> None:
    """Before the lower lip was let down, "oh" was a V on six of eight faces (-0.01 to -0.04)."""
    assert _bulge(painted.rig, jawOpen=0.25, mouthFunnel=0.4, mouthPucker=0.2) > 0.015
    assert _bulge(painted.rig, jawOpen=0.1, mouthFunnel=0.2, mouthPucker=0.6) > -0.03
    assert _bulge(painted.rig, jawOpen=0.3) > 0.01


def test_the_chin_of_a_wide_open_mouth_stays_in_the_picture(painted: Painted) -> None:
    """Half of the opening must be mouth, or the teeth and the throat were cut from the wrong place."""
    lips = painted.rig.mesh.open_share[:, 0] > 0.5
    moved = painted.rig.mesh.xy + 0.85 * painted.rig.mesh.deltas[CHANNEL_INDEX["jawOpen"]]
    assert moved[:, 1].max() < painted.rig.size_px - 1
    x0, y0 = moved[lips].min(0).astype(int)
    x1, y1 = moved[lips].max(0).astype(int)
    assert painted.showing(MOUTH_PAINT, jawOpen=0.85) > 0.25 * (x1 - x0) * (y1 - y0)


def _still(entry: CatalogueFace) -> NDArray[np.float64]:
    """The person without the room, small: what a glance takes in."""
    person = load_rig(entry.rig_path).layers["person"].pixels
    on_grey = person[..., :3] + np.uint8(128) * (1 - person[..., 3:] / 255)
    return np.asarray(cv2.resize(on_grey, (48, 48), interpolation=cv2.INTER_AREA), np.float64)


def test_no_two_faces_look_alike() -> None:
    stills = {entry.face_id: _still(entry) for entry in faces()}
    pairs = list(itertools.combinations(stills, 2))
    alike = {pair: float(np.abs(stills[pair[0]] - stills[pair[1]]).mean()) for pair in pairs}
    assert {pair: round(difference, 1) for pair, difference in alike.items() if difference < 12} == {}


def test_the_catalogue_is_a_mixed_company() -> None:
    ages = [entry.age_years for entry in faces()]
    assert max(ages) - min(ages) >= 25
    assert len({entry.portrait for entry in faces()}) == len({entry.display_name for entry in faces()}) == len(faces())
    assert {entry.voice_register for entry in faces()} == {"high", "middle", "low"}
    assert all(0.7 <= entry.voice_pace <= 1.4 for entry in faces())
