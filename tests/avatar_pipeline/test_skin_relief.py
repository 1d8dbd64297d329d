"""Skin that is not wax: the relief lies on skin and lips alone, and goes where the skin goes when mouth or eyes move."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_pipeline.authoring.people import PEOPLE
from avatar_pipeline.authoring.skin_relief import with_skin_relief
from avatar_pipeline.catalogue import face
from avatar_pipeline.face import Rig, load_rig
from avatar_pipeline.rig.rasterise import rasterise, spread
from avatar_pipeline.rig.two_looks import places

STRENGTH, SEED = 0.02, 4


@pytest.fixture(scope="module")
def plain() -> Rig:
    return load_rig(face("mei").rig_path)


@pytest.fixture(scope="module")
def relieved(plain: Rig) -> Rig:
    return with_skin_relief(plain, STRENGTH, SEED)


def change(before: Rig, after: Rig, name: str) -> NDArray[np.float32]:
    """How much brighter each pixel of the square became, in steps."""
    one, other = before.layers[name], after.layers[name]
    whole = np.zeros((before.size_px, before.size_px), np.float32)
    height, width = one.pixels.shape[:2]
    steps = cv2.cvtColor(other.pixels[..., :3], cv2.COLOR_BGR2GRAY).astype(int) - cv2.cvtColor(one.pixels[..., :3], cv2.COLOR_BGR2GRAY)
    whole[one.y : one.y + height, one.x : one.x + width] = steps
    return whole


def test_skin_is_uneven_and_hair_and_wall_are_left_alone(plain: Rig, relieved: Rig) -> None:
    steps, eyes = change(plain, relieved, "person"), plain.eyes
    between = abs(eyes[0].x - eyes[1].x)
    cheek_x, cheek_y = round(eyes[0].x), round(eyes[0].y + 0.7 * between)
    cheek = steps[cheek_y - 15 : cheek_y + 15, cheek_x - 15 : cheek_x + 15]
    assert 1.0 < cheek.std() < 6.0
    assert abs(cheek.mean()) < 1.5, "lighter here and darker there, not lighter"
    dark = cv2.cvtColor(plain.layers["person"].pixels[..., :3], cv2.COLOR_BGR2GRAY) < 40
    layer = plain.layers["person"]
    hair = steps[layer.y : layer.y + dark.shape[0], layer.x : layer.x + dark.shape[1]][dark]
    assert np.abs(hair).mean() < 0.1
    assert np.array_equal(plain.layers["background"].pixels, relieved.layers["background"].pixels)
    assert np.array_equal(plain.layers["person"].pixels[..., 3], relieved.layers["person"].pixels[..., 3])


@pytest.mark.parametrize("name", ["open", "closed"])
def test_the_relief_goes_with_the_skin(plain: Rig, relieved: Rig, name: str) -> None:
    """Read through the mesh, the moved picture carries at each point what the face at rest carries there."""
    where, mesh, side = places(plain), plain.mesh, plain.size_px
    at = {"open": where.opened, "closed": where.shut}[name]
    solid = mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)]
    found = rasterise(where.rest, solid, side, side)
    moved, still = spread(found, solid, at), change(plain, relieved, "person").reshape(-1)[found.pixel]
    table = np.zeros((side * side, 2), np.float32)
    table[found.pixel] = moved
    read = cv2.remap(change(plain, relieved, name), table.reshape(side, side, 2), None, cv2.INTER_LINEAR)
    seen = read.reshape(-1)[found.pixel]
    share = mesh.open_share[:, 1] if name == "open" else mesh.closed_share[:, 1]
    used = (spread(found, solid, share[:, None])[:, 0] > 0.9) & (np.hypot(*(moved - spread(found, solid, mesh.xy)).T) > 3) & (still != 0)
    assert used.sum() > 200
    assert np.corrcoef(still[used], seen[used])[0, 1] > 0.5


def test_without_strength_nothing_changes(plain: Rig) -> None:
    assert with_skin_relief(plain, 0.0, SEED) is plain


def test_nobody_is_left_smooth() -> None:
    assert {one.face_id: one.relief for one in PEOPLE if not 0.01 <= one.relief <= 0.02} == {}


def test_the_same_seed_gives_the_same_skin(plain: Rig, relieved: Rig, tmp_path: Path) -> None:
    again = with_skin_relief(plain, STRENGTH, SEED).layers["person"].pixels
    assert np.array_equal(again, relieved.layers["person"].pixels)
    assert not np.array_equal(again, with_skin_relief(plain, STRENGTH, SEED + 1).layers["person"].pixels)
