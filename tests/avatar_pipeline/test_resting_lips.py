"""A shut mouth is seen as it was painted, and pursed lips keep the skin below them: on every shipped face."""

from dataclasses import replace

import numpy as np
import pytest

from avatar_pipeline.authoring.retouch import with_unfolded_lips
from avatar_pipeline.catalogue import CatalogueFace, faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.rig.lip_shapes import mouth_of
from avatar_pipeline.rig.read_rig import read_rig
from avatar_pipeline.rig.rig import LAYERS, Rig
from avatar_pipeline.rig.under_lip import PURSED, areas
from avatar_pipeline.score import CHANNEL_INDEX, COEFFICIENTS

REST_MIN_DB = 37.0  # lips at rest beside their painted picture: inner lips in the colours of an open mouth made 31 to 38 of it


@pytest.fixture(params=faces(), ids=lambda entry: entry.face_id)
def entry(request: pytest.FixtureRequest) -> CatalogueFace:
    wanted: CatalogueFace = request.param
    return wanted


def mouth_box(rig: Rig) -> tuple[slice, slice]:
    middle, seam, half = (round(value) for value in mouth_of(rig))
    return slice(seam - half // 3, seam + half // 3), slice(middle - half, middle + half)


@pytest.mark.parametrize("path", ["rig_path", "film_rig_path"])
def test_lips_at_rest_are_seen_as_they_were_painted(entry: CatalogueFace, path: str) -> None:
    """What only an open mouth shows came through along the seam, as ticks and specks on seven faces of eight."""
    rig = load_rig(getattr(entry, path))
    box, layer = mouth_box(rig), rig.layers["person"]
    painted = layer.pixels[box[0].start - layer.y : box[0].stop - layer.y, box[1].start - layer.x : box[1].stop - layer.x, :3]
    error = FaceRenderer(rig).render(np.zeros(57, np.float32))[box].astype(float) - painted
    assert 10 * np.log10(255**2 / np.mean(error**2)) > REST_MIN_DB
    assert np.abs(error).max() < 45


@pytest.mark.parametrize("moved", [{}, {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5}, {"jawOpen": 0.3, "mouthClose": 0.3}])
def test_the_wall_does_not_shine_through_shut_lips(entry: CatalogueFace, moved: dict[str, float]) -> None:
    """Tomas showed 22 pixels of it at the corners of his mouth in films."""
    rig, row = load_rig(entry.film_rig_path), np.zeros(57, np.float32)
    row[[CHANNEL_INDEX[name] for name in moved]] = list(moved.values())
    wall, seen = rig.layers["background"], []
    for light in (0, 255):
        pixels = np.dstack([np.full((*wall.pixels.shape[:2], 3), light, np.uint8), wall.pixels[..., 3:]])
        behind = replace(rig, layers=rig.layers | {"background": replace(wall, pixels=pixels)})
        seen.append(FaceRenderer(behind).render(row)[mouth_box(rig)].astype(int))
    assert np.abs(seen[1] - seen[0]).max() < 20


def inside_light(rig: Rig, **moved: float) -> int:
    """How bright the inside of the mouth stands when all of it is painted green, 0..255."""
    row = np.zeros(57, np.float32)
    row[[CHANNEL_INDEX[name] for name in moved]] = list(moved.values())
    mouth = rig.layers["mouth"]
    pixels = mouth.pixels.copy()
    pixels[..., (0, 2)], pixels[..., 1] = 0, pixels[..., 3]
    painted = (
        FaceRenderer(replace(rig, layers=rig.layers | {"mouth": replace(mouth, pixels=pixels)})).render(row)[mouth_box(rig)].astype(int)
    )
    return int((painted[..., 1] - painted[..., (0, 2)].max(2)).max())


def test_an_oo_is_a_dark_slit_and_an_oh_is_lit(entry: CatalogueFace) -> None:
    """Teeth stood in an "oo" as a grey strip with the corners of the mesh in it."""
    rig = load_rig(entry.rig_path)
    assert inside_light(rig, mouthPucker=0.9, mouthFunnel=0.1, jawOpen=0.035) < 50
    assert inside_light(rig, mouthPucker=0.3, mouthFunnel=0.15, jawOpen=0.18) > 140


@pytest.mark.parametrize("path", ["rig_path", "film_rig_path"])
def test_skin_below_pursed_lips_does_not_fold_away(entry: CatalogueFace, path: str) -> None:
    """What turns over is left out: lower lips ended in a straight cut: up to 5.8 % of half a mouth squared was lost, on seven faces."""
    rig = load_rig(getattr(entry, path))
    middle, seam, half = mouth_of(rig)
    skin = rig.mesh.triangles[(rig.mesh.lash[rig.mesh.triangles] == 0).all(1)].astype(np.intp)
    off, whole = (rig.mesh.xy[skin].mean(1) - np.array([middle, seam])) / half, areas(rig.mesh.xy, skin)
    below = (np.abs(off[:, 0]) < 0.5) & (off[:, 1] > 0.2) & (off[:, 1] < 1.2) & (whole > 0)
    for pose in PURSED:
        moved = rig.mesh.xy + sum(amount * rig.mesh.deltas[COEFFICIENTS.index(name)] for name, amount in pose.items())
        turned = below & (areas(moved, skin) <= 0)
        assert whole[turned].sum() / 2 < 0.025 * half**2, pose


def test_room_under_the_lip_changes_pursed_lips_alone() -> None:
    data = faces()[0].rig_path.read_bytes()
    old, new = read_rig(data), read_rig(with_unfolded_lips(data))
    changed = {COEFFICIENTS[k] for k in range(52) if not np.array_equal(old.mesh.deltas[k], new.mesh.deltas[k])}
    assert changed <= {"mouthFunnel", "mouthPucker"}
    assert np.array_equal(old.mesh.xy, new.mesh.xy)
    assert all(np.array_equal(old.layers[name].pixels, new.layers[name].pixels) for name in LAYERS)
