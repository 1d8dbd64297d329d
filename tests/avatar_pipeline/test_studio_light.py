"""What the workshop's later light does to a face: form, the chin's shade on the neck, a dense beard, a hairline that thins out."""

import io
import zipfile

import cv2
import numpy as np
import pytest

from avatar_pipeline.authoring.beard_shade import with_beard_shade
from avatar_pipeline.authoring.form_shade import with_form_shade
from avatar_pipeline.authoring.hairline import begins_at_once, with_hairline
from avatar_pipeline.authoring.people import person
from avatar_pipeline.authoring.retouch import with_new_light
from avatar_pipeline.catalogue import CatalogueFace, face, faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.rig.lip_shapes import mouth_of
from avatar_pipeline.rig.read_rig import read_rig
from avatar_pipeline.rig.rig import LAYERS, Floats, Layer, Rig
from avatar_pipeline.score import CHANNEL_INDEX


@pytest.fixture(params=faces(), ids=lambda entry: entry.face_id)
def entry(request: pytest.FixtureRequest) -> CatalogueFace:
    wanted: CatalogueFace = request.param
    return wanted


def _light(layer: Layer) -> Floats:
    return np.asarray(cv2.cvtColor(layer.pixels[..., :3], cv2.COLOR_BGR2GRAY), np.float32)


def _lost(before: Rig, after: Rig, name: str = "person") -> Floats:
    """The share of its light that each pixel of a layer has lost; 0 where there was next to none."""
    light = _light(before.layers[name])
    return np.asarray(np.where(light > 20, 1 - _light(after.layers[name]) / np.maximum(light, 1), 0), np.float32)


def test_the_neck_lies_in_the_chins_shade_and_cheeks_turn_from_the_light(entry: CatalogueFace) -> None:
    rig = load_rig(entry.rig_path)
    lost = _lost(rig, with_form_shade(rig))
    middle, seam, half = mouth_of(rig)
    chin = round(seam + 1.35 * half)
    below = lost[chin : chin + round(1.2 * half), round(middle - 0.4 * half) : round(middle + 0.4 * half)]
    assert below.max(0).mean() > 0.15
    row, beside = round(seam - 0.9 * half), [round(middle + side * 1.45 * half) for side in (-1, 1)]
    left, right = (lost[row - 6 : row + 7, x - 4 : x + 5].mean() for x in beside)
    assert right > left + 0.03
    forehead = lost[round(rig.eyes[0].y - 3.2 * rig.eyes[0].radius) :][:8, round(middle - half) : round(middle)]
    assert forehead.max() < 0.03
    assert lost.max() < 0.6


def test_form_changes_no_matte_and_no_colour_outside_it(entry: CatalogueFace) -> None:
    rig = load_rig(entry.rig_path)
    shaded = with_form_shade(rig)
    for name in LAYERS:
        old, new = rig.layers[name].pixels, shaded.layers[name].pixels
        assert np.array_equal(old[..., 3], new[..., 3])
        assert (new[..., :3] <= new[..., 3:]).all()
        assert np.array_equal(old, new) == (name not in ("person", "open", "closed"))


def test_shut_and_open_eyes_are_shaded_alike() -> None:
    """Where two pictures are the same they stay the same, or a blink would change the light on the brow."""
    rig = load_rig(face("lucia").rig_path)
    shaded, closed = with_form_shade(rig), rig.layers["closed"]
    part = np.s_[closed.y : closed.y + closed.pixels.shape[0], closed.x : closed.x + closed.pixels.shape[1]]
    alike = np.abs(rig.layers["person"].pixels[part].astype(int) - closed.pixels).max(2) < 3
    off = np.abs(shaded.layers["person"].pixels[part].astype(int) - shaded.layers["closed"].pixels).max(2)
    assert alike.mean() > 0.1
    assert np.percentile(off[alike], 99) <= 6


@pytest.mark.parametrize("name", [one.face_id for one in faces() if person(one.face_id).beard])
def test_skin_within_a_beard_is_shaded_and_lips_are_not(name: str) -> None:
    rig = load_rig(face(name).rig_path)
    shaded = with_beard_shade(rig)
    middle, seam, half = mouth_of(rig)
    lost = _lost(rig, shaded)
    beard = lost[round(seam - 0.6 * half) : round(seam + 1.2 * half), round(middle - 1.4 * half) : round(middle + 1.4 * half)]
    assert (beard > 0.08).mean() > 0.03
    assert lost[round(seam - 0.1 * half) : round(seam + 0.2 * half), round(middle - 0.7 * half) : round(middle + 0.7 * half)].max() < 0.03
    assert lost[: round(rig.eyes[0].y)].max() == 0
    assert _lost(rig, shaded, "open").mean() > 0.01


def test_a_cap_of_fair_hair_thins_out_over_the_skin_beside_it_alone() -> None:
    assert [one.face_id for one in faces() if begins_at_once(person(one.face_id))] == ["walter"]
    rig, made = load_rig(face("walter").rig_path), person("walter")
    haired = with_hairline(rig, made)
    assert np.array_equal(haired.layers["person"].pixels, with_hairline(rig, made).layers["person"].pixels)
    changed = np.abs(haired.layers["person"].pixels.astype(int) - rig.layers["person"].pixels).max(2) > 8
    assert changed.sum() > 300
    eye, middle = rig.eyes[0], mouth_of(rig)[0]
    assert not changed[round(eye.y) :].any()
    brow_to_brow = changed[round(eye.y - 3 * eye.radius) : round(eye.y), round(middle - 30) : round(middle + 30)]
    assert not brow_to_brow.any()


def test_retouching_the_light_keeps_mattes_byte_for_byte_and_the_size() -> None:
    data = face("mei").rig_path.read_bytes()
    new = with_new_light(data, person("mei"))
    assert abs(len(new) - len(data)) < 0.02 * len(data)
    old_rig, new_rig = read_rig(data), read_rig(new)
    for name in LAYERS:
        assert np.array_equal(old_rig.layers[name].pixels[..., 3], new_rig.layers[name].pixels[..., 3])
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(io.BytesIO(new)) as after:
        kept = {name for name in before.namelist() if before.read(name) == after.read(name)}
        assert set(before.namelist()) - kept == {"person.webp", "open.webp", "closed.webp"}


def test_no_seam_of_shut_lips_stays_over_the_teeth(entry: CatalogueFace) -> None:
    """With the jaw down the middle of the upper lip's edge is no darker than the lip beside it: a spot of the shut seam stayed there."""
    rig = load_rig(entry.film_rig_path)
    middle, seam, half = mouth_of(rig)
    row = np.zeros(57, np.float32)
    row[CHANNEL_INDEX["jawOpen"]] = 0.24
    light = cv2.cvtColor(FaceRenderer(rig).render(row), cv2.COLOR_BGR2GRAY).astype(np.float32)
    edges = []
    for x in np.rint(middle + half * np.linspace(-0.3, 0.3, 13)).astype(int):
        column = light[round(seam - 0.35 * half) : round(seam + 0.15 * half), x]
        edges.append(column[: int(np.argmax(np.diff(column))) + 1][-3:].min())
    assert np.mean(edges[5:8]) > 0.88 * np.mean(edges[:3] + edges[-3:]), edges
