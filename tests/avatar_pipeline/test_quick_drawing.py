"""The quick renderer held to the slow one: every face, triangle by triangle and pixel by pixel, must look the same.

The slow painter here asks for every pixel which triangle of the moved mesh lies there and mixes the three pictures on the spot.
The renderer mixes pictures beforehand, bends them through a coarse map and draws triangles only where skin parts.
"""

import itertools

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_pipeline.catalogue import CatalogueFace, faces
from avatar_pipeline.face import FaceRenderer, Rig, load_rig
from avatar_pipeline.rig.pose import read_pose, vertex_positions
from avatar_pipeline.rig.rasterise import rasterise, spread
from avatar_pipeline.rig.spans import Patch, SpanFiller, Window, as_points
from avatar_pipeline.rig.two_looks import places
from avatar_pipeline.score import CHANNEL_INDEX

PSNR_MIN_DB = 35.0
POSES = {
    "at rest": {},
    "an m": {"jawOpen": 0.3, "mouthClose": 0.3},
    "lips just parting": {"jawOpen": 0.02},
    "speaking": {"jawOpen": 0.3, "mouthLowerDown": 0.2, "headYaw": 0.03},
    "pursed": {"jawOpen": 0.15, "mouthPucker": 0.6, "headPitch": 0.04},
    "smiling": {"mouthSmile": 0.6, "jawOpen": 0.2, "mouthUpperUp": 0.3, "headRoll": -0.03},
    "blinking": {"eyeBlink": 1, "headYaw": -0.05},
    "half shut": {"eyeBlink": 0.5, "jawOpen": 0.2},
    "raised brows": {"browInnerUp": 0.6, "gazeYaw": 0.2},
    "wide": {"jawOpen": 0.85},
    "turned": {"headYaw": 0.08, "headPitch": -0.05, "headRoll": 0.05},
}


def values(**moved: float) -> NDArray[np.float32]:
    """One row of a score; a name without a side moves both sides."""
    row = np.zeros(57, np.float32)
    for name, amount in moved.items():
        for channel in [name] if name in CHANNEL_INDEX else [name + "Left", name + "Right"]:
            row[CHANNEL_INDEX[channel]] = amount
    return row


def _fetched(rig: Rig, name: str, at: NDArray[np.float32]) -> NDArray[np.float32]:
    layer = rig.layers[name]
    place = (at - np.array([layer.x, layer.y], np.float32)).reshape(rig.size_px, rig.size_px, 2)
    return np.asarray(cv2.remap(layer.pixels, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _slowly(rig: Rig, row: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The skin alone, BGRA over nothing, and where there is any."""
    pose, mesh, side, where = read_pose(row), rig.mesh, rig.size_px, places(rig)
    solid = mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)]
    found = rasterise(vertex_positions(rig, pose), solid, side, side)
    left = mesh.xy[:, 0] > side / 2
    shut = np.where(left, pose.eye_shut[0], pose.eye_shut[1])
    opened, parted = pose.mouth_share
    open_share = np.maximum(mesh.open_share[:, 1] * opened, mesh.open_share[:, 0] * parted)
    closed_share = mesh.closed_share[:, 0] + (mesh.closed_share[:, 1] - mesh.closed_share[:, 0]) * shut
    table = np.column_stack([where.rest, where.opened, where.shut, open_share, closed_share]).astype(np.float32)
    sheet = np.zeros((side * side, 8), np.float32)
    sheet[found.pixel] = spread(found, solid, table)
    colour = _fetched(rig, "person", sheet[:, :2])
    for name, column in (("open", 0), ("closed", 1)):
        share = sheet[:, 6 + column].reshape(side, side, 1)
        colour += (_fetched(rig, name, sheet[:, 2 + 2 * column : 4 + 2 * column]) - colour) * share
    covered = np.zeros(side * side, bool)
    covered[found.pixel] = True
    return colour, covered.reshape(side, side)


@pytest.mark.parametrize("entry", faces(), ids=lambda entry: entry.face_id)
def test_a_face_looks_as_if_every_pixel_had_been_asked_for(entry: CatalogueFace) -> None:
    rig = load_rig(entry.rig_path)
    renderer, worst = FaceRenderer(rig), {}
    for name, moved in POSES.items():
        slow, covered = _slowly(rig, values(**moved))
        seen = covered & (slow[..., 3] > 254)  # skin that nothing shines through; lashes lie over some of it
        error = (renderer.render(values(**moved)).astype(np.float32) - slow[..., :3])[seen]
        worst[name] = float(10 * np.log10(255**2 / np.mean(error**2)))
    assert {name: round(psnr_db, 1) for name, psnr_db in worst.items() if psnr_db < PSNR_MIN_DB} == {}


def test_neighbouring_moments_differ_little() -> None:
    """No jump when an eye's rectangle is drawn anew or a band of the head grows: a small step moves the picture a little."""
    renderer = FaceRenderer(load_rig(faces()[0].rig_path))
    rows = [values(headYaw=0.02 * step / 20, gazeYaw=-0.02 * step / 20, eyeBlink=0.1 * step / 20) for step in range(21)]
    pictures = [renderer.render(row).astype(int) for row in rows]
    steps = [np.abs(after - before).mean() for before, after in itertools.pairwise(pictures)]
    assert max(steps) < 3 * np.median(steps) + 0.05, steps


def _both_ways(points: NDArray[np.float32], triangles: NDArray[np.uint16], width: int, height: int) -> tuple[NDArray[np.complex64], ...]:
    random = np.random.default_rng(5)
    shows = random.uniform(0, 100, (len(points), 2)).astype(np.float32)
    found = rasterise(points, triangles, width, height)
    slow = np.full(width * height, np.complex64(-1))
    slow[found.pixel] = as_points(spread(found, triangles, shows))
    pixel, value = SpanFiller([Patch(triangles, as_points(shows))]).fill([as_points(points)], [Window(width, height, 0, width)])[0]
    quick = np.full(width * height, np.complex64(-1))
    quick[pixel] = value
    return slow, quick


def test_spans_fill_what_the_slow_way_fills() -> None:
    random = np.random.default_rng(3)
    points = random.uniform(-10, 70, (90, 2)).astype(np.float32)
    triangles = random.integers(0, 90, (60, 3)).astype(np.uint16)
    slow, quick = _both_ways(points, triangles, 60, 48)
    assert np.mean(np.abs(slow - quick) > 0.05) < 0.004, "only pixels on an edge may differ"
    assert (slow == -1).any()
    assert (slow != -1).mean() > 0.5


def test_spans_keep_windows_apart() -> None:
    square = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float32)
    patch = Patch(np.array([[0, 1, 2], [0, 2, 3]], np.uint16), as_points(square))
    maps = SpanFiller([patch, patch]).maps([as_points(square), as_points(square + 5)], [Window(10, 10, 0, 10), Window(10, 10, 100, 10)])
    assert np.allclose(maps[0][3, 7], [7, 3], atol=1e-3)
    assert np.allclose(maps[1][7, 6], [1, 2], atol=1e-3)
    assert (maps[1][:5] < 0).all(), "nothing lies there"
