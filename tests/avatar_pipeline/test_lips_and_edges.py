"""Sorrow ends the smile, rounded lips open round, edges of lips and lids are soft: on every shipped face, and by the code."""

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from avatar_pipeline.authoring.people import person
from avatar_pipeline.authoring.retouch import retouched, with_matte, with_new_eyes, with_new_lids, with_new_teeth
from avatar_pipeline.catalogue import CatalogueFace, faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.motion.mood import CONCERNED, SORRY
from avatar_pipeline.rig.light_teeth import lip_over
from avatar_pipeline.rig.lip_shapes import mouth_of, with_lip_shapes
from avatar_pipeline.rig.read_rig import read_rig
from avatar_pipeline.rig.rig import Floats, Rig
from avatar_pipeline.rig.round_lips import skin_border
from avatar_pipeline.rig.soft_edges import with_soft_edges
from avatar_pipeline.score import CHANNEL_INDEX, COEFFICIENTS

STEP_MAX = 65.0  # levels from one row to the next: shut lids stood at 80 to 91 on three faces
FUNNEL, PUCKER, JAW = (COEFFICIENTS.index(name) for name in ("mouthFunnel", "mouthPucker", "jawOpen"))


@pytest.fixture(params=faces(), ids=lambda entry: entry.face_id)
def entry(request: pytest.FixtureRequest) -> CatalogueFace:
    wanted: CatalogueFace = request.param
    return wanted


def posed(rig: Rig, **moved: float) -> Floats:
    """The vertices (V, 2); a name without a side moves both sides."""
    row = np.zeros(52, np.float32)
    for name, amount in moved.items():
        for channel in [name] if name in CHANNEL_INDEX else [name + "Left", name + "Right"]:
            row[CHANNEL_INDEX[channel]] = amount
    return rig.mesh.xy + np.tensordot(row, rig.mesh.deltas, 1)


def rims(rig: Rig) -> tuple[np.ndarray, np.ndarray]:
    """The vertices of the upper and the lower lip's edge, by index."""
    middle, seam, half = mouth_of(rig)
    rim = skin_border(rig.mesh)
    off = np.abs(rig.mesh.xy[rim] - np.array([middle, seam])) / half
    rim = rim[(off[:, 0] < 0.95) & (off[:, 1] < 0.4)]
    rides = rig.mesh.deltas[JAW, rim, 1] > 0.3 * rig.mesh.deltas[JAW, :, 1].max()
    return rim[~rides], rim[rides]


def smile(rig: Rig, **moved: float) -> float:
    """How far the corners of the mouth stand above its middle, in half mouths."""
    middle, seam, half = mouth_of(rig)
    across = (rig.mesh.xy - np.array([middle, seam])) / half
    near = np.abs(across[:, 1]) < 0.45
    corners, centre = near & (np.abs(np.abs(across[:, 0]) - 1) < 0.12), near & (np.abs(across[:, 0]) < 0.15)
    down = posed(rig, **moved)[:, 1]
    return float(down[centre].mean() - down[corners].mean()) / half


def test_sorrow_and_concern_end_the_smile(entry: CatalogueFace) -> None:
    rig = load_rig(entry.rig_path)
    rest, concerned, sorry = (smile(rig, mouthFrown=frown) for frown in (0.0, CONCERNED.frown, SORRY.frown))
    assert rest - sorry > 0.10, (rest, sorry)
    assert rest - concerned > 0.07, (rest, concerned)


@pytest.mark.parametrize("moved_by", [{"mouthFrown": 0.4}, {"mouthSmile": 0.5}, {"mouthPress": 0.3}], ids=["sorry", "glad", "pressed"])
def test_lips_stay_together_in_what_a_face_does(entry: CatalogueFace, moved_by: dict[str, float]) -> None:
    """In a smile one lip slid over the other by a tenth of half the mouth and showed its inside."""
    rig = load_rig(entry.rig_path)
    upper, lower = rims(rig)
    moved = posed(rig, **moved_by) - rig.mesh.xy
    order = upper[np.argsort(rig.mesh.xy[upper, 0])]
    beside = np.interp(rig.mesh.xy[lower, 0], rig.mesh.xy[order, 0], moved[order, 1])
    assert np.abs(moved[lower, 1] - beside).max() < 0.03 * mouth_of(rig)[2]


def test_oh_is_a_rounder_hole_than_ah(entry: CatalogueFace) -> None:
    """Height over width of the opening: rounded sounds of the same jaw are narrower and higher."""
    rig = load_rig(entry.rig_path)
    upper, lower = rims(rig)

    def roundness(**moved: float) -> float:
        points = posed(rig, **moved)
        both = points[np.concatenate([upper, lower])]
        middle = np.abs(rig.mesh.xy[:, 0] - mouth_of(rig)[0]) < 0.2 * mouth_of(rig)[2]
        high = points[[i for i in lower if middle[i]], 1].mean() - points[[i for i in upper if middle[i]], 1].mean()
        return float(high / np.ptp(both[:, 0]))

    assert roundness(jawOpen=0.2, mouthFunnel=0.3, mouthPucker=0.6) > 1.5 * roundness(jawOpen=0.2)


def test_the_lesson_changes_what_it_names_and_nothing_else() -> None:
    rig = load_rig(faces()[0].rig_path)
    taught = with_lip_shapes(rig, {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5})
    changed = {COEFFICIENTS[k] for k in range(52) if not np.array_equal(rig.mesh.deltas[k], taught.mesh.deltas[k])}
    assert changed == {"mouthFunnel", "mouthPucker", "mouthFrownLeft", "mouthFrownRight"}
    assert np.array_equal(rig.mesh.xy, taught.mesh.xy)
    assert taught.jaw[FUNNEL, 1] > rig.jaw[FUNNEL, 1]
    assert np.array_equal(np.delete(rig.jaw, FUNNEL, 0), np.delete(taught.jaw, FUNNEL, 0))


def steps(rig: Rig) -> float:
    """How steep the lips' edges are in an open mouth: the share of strong brightness steps that happen within one pixel."""
    row = np.zeros(57, np.float32)
    row[JAW] = 0.35
    picture = FaceRenderer(rig).render(row)
    middle, seam, half = (round(value) for value in mouth_of(rig))
    mouth = cv2.cvtColor(picture[seam - half // 2 : seam + half, middle - half : middle + half], cv2.COLOR_BGR2GRAY).astype(int)
    return float((np.abs(np.diff(mouth, axis=0)) > 60).sum())


def test_edges_of_lips_are_soft(entry: CatalogueFace) -> None:
    rig = load_rig(entry.rig_path)
    hard = rig.layers["open"].pixels.copy()
    alpha = np.maximum(hard[..., 3:], 1).astype(np.float32)
    inside = hard[..., 3:] > 0
    hard[..., :3] = np.where(inside, np.clip(hard[..., :3] * (255 / alpha), 0, 255), 0).astype(np.uint8)
    hard[..., 3:] = np.where(inside, 255, 0)
    unfeathered = replace(rig, layers=rig.layers | {"open": replace(rig.layers["open"], pixels=hard)})
    assert steps(rig) < 0.9 * steps(unfeathered)


def test_only_the_openings_fade() -> None:
    rig = load_rig(faces()[0].rig_path)
    full = rig.layers["person"].pixels.copy()
    full[:] = 255
    soft = with_soft_edges(replace(rig, layers=rig.layers | {"person": replace(rig.layers["person"], pixels=full)})).layers["person"].pixels
    faded = np.argwhere(soft[..., 3] < 250)
    away = np.min([np.hypot(faded[:, 1] - eye.x, faded[:, 0] - eye.y) / eye.radius for eye in rig.eyes], axis=0)
    assert len(faded) > 100
    assert away.max() < 1.6


def test_the_white_of_an_eye_is_white_into_its_corners(entry: CatalogueFace) -> None:
    """Beside the iris on both sides, up to nine tenths of the ball: grey wedges stood at half the white's brightness."""
    rig = load_rig(entry.film_rig_path)
    layer = rig.layers["eyeballs"]
    ball = layer.pixels[:, : layer.pixels.shape[1] // 2, :3].max(2).astype(float)
    for eye in rig.eyes:
        row = round(eye.y - layer.y)
        beside = [ball[row, round(eye.x - layer.x + side * share * eye.radius)] for side in (-1, 1) for share in np.linspace(0.65, 0.9, 12)]
        assert min(beside) > 0.6 * max(beside), beside


def test_a_retouched_rig_keeps_its_colours() -> None:
    entry = faces()[0]
    data = entry.rig_path.read_bytes()
    old, new = read_rig(data), read_rig(retouched(data, person(entry.face_id).expression))
    for name in ("background", "closed", "mouth"):
        assert np.array_equal(old.layers[name].pixels, new.layers[name].pixels), name
    solid = (old.layers["person"].pixels[..., 3] == 255) & (new.layers["person"].pixels[..., 3] == 255)
    assert solid.mean() > 0.2
    assert np.array_equal(old.layers["person"].pixels[solid], new.layers["person"].pixels[solid])


@pytest.mark.parametrize("entry", faces(), ids=lambda entry: entry.face_id)
def test_shut_lids_pass_into_the_skin_below(entry: CatalogueFace) -> None:
    """Along the lower edge of both shut lids: how much brighter the picture becomes in the next row, where it becomes so at once."""
    rig = load_rig(entry.film_rig_path)
    shut = np.zeros(57, np.float32)
    shut[[CHANNEL_INDEX["eyeBlinkLeft"], CHANNEL_INDEX["eyeBlinkRight"]]] = 1
    drawn = cv2.cvtColor(FaceRenderer(rig).render(shut)[..., :3], cv2.COLOR_BGR2GRAY).astype(float)
    steps = []
    for eye in rig.eyes:
        near = drawn[
            round(eye.y - 0.2 * eye.radius) : round(eye.y + 0.9 * eye.radius),
            round(eye.x - 0.6 * eye.radius) : round(eye.x + 0.6 * eye.radius),
        ]
        steps.append(np.diff(near, axis=0).max(0).mean())
    assert np.mean(steps) < STEP_MAX


def test_new_lids_change_nothing_else() -> None:
    data = faces()[0].rig_path.read_bytes()
    old, new = read_rig(data), read_rig(with_new_lids(data))
    assert (old.layers["closed"].pixels != new.layers["closed"].pixels).any()
    for name in set(old.layers) - {"closed"}:
        assert np.array_equal(old.layers[name].pixels, new.layers[name].pixels), name


def test_a_matte_is_exchanged_beside_the_same_colours() -> None:
    random = np.random.default_rng(1)
    colours = cv2.GaussianBlur(random.integers(0, 255, (40, 61, 3)).astype(np.uint8), (0, 0), 2)
    packed = io.BytesIO()
    Image.fromarray(colours).save(packed, "WEBP", quality=80)
    matte = np.zeros((40, 61), np.uint8)
    matte[10:30, 20:40] = 255
    before, after = (
        np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")) for data in (packed.getvalue(), with_matte(packed.getvalue(), matte))
    )
    assert np.array_equal(before[..., :3], after[..., :3])
    assert np.abs(after[..., 3].astype(int) - matte).max() <= 8


def test_a_picture_without_lossy_colours_is_refused() -> None:
    packed = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(packed, "WEBP", lossless=True)
    with pytest.raises(ValueError, match="not a lossy WebP"):
        with_matte(packed.getvalue(), np.zeros((8, 8), np.uint8))


def upper_row(rig: Rig) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    x, y, w, h = rig.sprites[2].box
    return rig.layers["mouth"].pixels[y : y + h, x : x + w].astype(np.float32)


def test_teeth_face_the_light_in_the_middle_and_end_in_warm_shade(entry: CatalogueFace) -> None:
    """A mouth that opens a little must not show one even grey bar from corner to corner."""
    rig = load_rig(entry.rig_path)
    row, half = upper_row(rig), mouth_of(rig)[2]
    centre, aside = row.shape[1] // 2, round(0.85 * half)
    down = row[:, centre - 8 : centre + 8, 1].mean(1)
    assert down.max() > 180, "the cutting edge is grey"
    lip = lip_over(rig, rig.sprites[2].at[0], row.shape[1])[centre] - rig.sprites[2].at[1]
    assert down[round(float(lip)) - 3 : round(float(lip))].mean() < 0.96 * down.max(), "no shade under the lip"
    corners = row[-9:-5, [centre - aside, centre + aside]].mean((0, 1))
    cover = corners[3] / 255
    assert corners[1] / cover < 0.45 * down.max(), "corners as bright as the middle"
    assert corners[2] > 1.2 * corners[0], "shade in a mouth is warm"


def test_new_teeth_leave_every_other_picture_as_it_was() -> None:
    data = faces()[0].rig_path.read_bytes()
    made = with_new_teeth(data)
    old, new = read_rig(data), read_rig(made)
    for name in set(old.layers) - {"mouth"}:
        assert np.array_equal(old.layers[name].pixels, new.layers[name].pixels), name
    assert np.array_equal(old.mesh.deltas, new.mesh.deltas)
    assert len(made) < 120_000
    throat = np.s_[: old.sprites[0].box[3], : old.sprites[0].box[2]]
    assert np.abs(old.layers["mouth"].pixels[throat].astype(int) - new.layers["mouth"].pixels[throat]).mean() < 2


def whites_and_glints(rig: Rig) -> tuple[np.ndarray[tuple[int], np.dtype[np.float32]], float]:
    """The mean colour (BGR) of the whites towards the nose, and the brightest a coloured ring is, of both eyes together."""
    layer, middle = rig.layers["eyeballs"], (rig.eyes[0].x + rig.eyes[1].x) / 2
    ball = layer.pixels[:, : layer.pixels.shape[1] // 2, :3].astype(np.float32)
    y, x = np.mgrid[: ball.shape[0], : ball.shape[1]]
    corners, rings = np.zeros(ball.shape[:2], bool), np.zeros(ball.shape[:2], bool)
    for eye in rig.eyes:
        across, away = x + layer.x - eye.x, np.hypot(x + layer.x - eye.x, y + layer.y - eye.y)
        corners |= (np.sign(middle - eye.x) * across > 0.7 * eye.radius) & (away < 0.9 * eye.radius)
        rings |= away < 0.9 * eye.iris
    return ball[corners].mean(0), float(np.percentile(ball[rings].mean(1), 99))


def test_eyes_are_wet_and_their_corners_warm(entry: CatalogueFace) -> None:
    """Whites of one cold grey and dull lamps in them make the eyes of a doll."""
    for path in (entry.rig_path, entry.film_rig_path):
        corner, glint = whites_and_glints(load_rig(path))
        assert corner[2] > 1.15 * corner[0], "the corner towards the nose is cold"
        assert glint > 170, "nothing is mirrored in the eyes"
    data = entry.rig_path.read_bytes()
    old, new = read_rig(data), read_rig(with_new_eyes(data))
    assert whites_and_glints(new)[0][0] < 0.95 * whites_and_glints(old)[0][0]
    assert all(np.array_equal(old.layers[name].pixels, new.layers[name].pixels) for name in set(old.layers) - {"eyeballs"})
