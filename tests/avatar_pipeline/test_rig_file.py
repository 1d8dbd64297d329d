"""Rig files: what is written is read back, and whatever is not exactly a rig is refused with a sentence."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from avatar_pipeline.catalogue import face
from avatar_pipeline.face import load_rig
from avatar_pipeline.rig.errors import RigUnreadable
from avatar_pipeline.rig.read_rig import FILE_BYTES_MAX, read_rig
from avatar_pipeline.rig.write_rig import write_rig

CHAT_BYTES_MAX = 120_000
Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def data() -> bytes:
    return face("amara").rig_path.read_bytes()


def _parts(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(parts: Parts, packing: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _with_head(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    parts = _parts(data)
    head = json.loads(parts["rig.json"])
    change(head)
    return _zip(parts | {"rig.json": json.dumps(head).encode()})


def test_the_chat_rig_is_small_enough_for_a_shop_page(data: bytes) -> None:
    assert len(data) <= CHAT_BYTES_MAX


def test_what_is_written_is_read_back(data: bytes) -> None:
    rig = read_rig(data)
    again = read_rig(write_rig(rig, quality=95))
    assert (again.face_id, again.name, again.size_px, again.pivot) == (rig.face_id, rig.name, rig.size_px, rig.pivot)
    assert again.sprites == rig.sprites
    assert again.eyes == rig.eyes
    np.testing.assert_array_equal(again.mesh.triangles, rig.mesh.triangles)
    np.testing.assert_array_equal(again.mesh.xy, rig.mesh.xy)
    np.testing.assert_array_equal(again.mesh.open_share, rig.mesh.open_share)
    np.testing.assert_allclose(again.mesh.deltas, rig.mesh.deltas, atol=1e-4)
    for name, layer in rig.layers.items():
        difference = np.abs(layer.pixels.astype(int) - again.layers[name].pixels.astype(int))
        assert difference.mean() < 3, name


def test_the_same_rig_gives_the_same_bytes(data: bytes) -> None:
    rig = read_rig(data)
    assert write_rig(rig) == write_rig(rig)


@pytest.mark.parametrize("length", [0, 1, 21, 22, 100, 60_000])
def test_a_cut_file_is_refused(data: bytes, length: int) -> None:
    with pytest.raises(RigUnreadable):
        read_rig(data[:length])


def test_a_flipped_byte_in_the_mesh_is_noticed(data: bytes) -> None:
    place = data.index(_parts(data)["mesh.bin"][:64]) + 30
    damaged = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
    with pytest.raises(RigUnreadable, match="not a whole zip"):
        read_rig(damaged)


def test_an_unknown_version_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(RigUnreadable, match="tillhand-rig/2"):
        read_rig(_with_head(data, lambda head: head.update(format="tillhand-rig/2")))


@pytest.mark.parametrize("name", ["rig.json", "mesh.bin", "person.webp", "mouth.webp"])
def test_a_missing_part_is_named(data: bytes, name: str) -> None:
    parts = _parts(data)
    del parts[name]
    with pytest.raises(RigUnreadable, match=name):
        read_rig(_zip(parts))


def test_packed_parts_are_refused(data: bytes) -> None:
    with pytest.raises(RigUnreadable, match="packed"):
        read_rig(_zip(_parts(data), zipfile.ZIP_DEFLATED))


def test_a_file_larger_than_any_rig_is_refused_unread() -> None:
    with pytest.raises(RigUnreadable, match="the most is"):
        read_rig(bytes(FILE_BYTES_MAX + 1))


@pytest.mark.parametrize(
    "change",
    [
        lambda head: head.update(vertices=head["vertices"] + 1),
        lambda head: head.update(vertices=10**9),
        lambda head: head.update(triangles=0),
        lambda head: head.update(size_px=100_000),
        lambda head: head.update(unit_step=[0.1] * 3),
        lambda head: head.update(unit_step=[float("inf")] * 52),
        lambda head: head.update(eyes=head["eyes"][:1]),
        lambda head: head.update(jaw=[[0, 0]]),
        lambda head: head.update(pivot=[None, 1]),
        lambda head: head["sprites"][0].update(box=[0, 0, 5000, 5]),
        lambda head: head.pop("layers"),
    ],
)
def test_numbers_that_contradict_one_another_are_refused(data: bytes, change: Callable[[dict[str, Any]], None]) -> None:
    with pytest.raises(RigUnreadable, match="contradict"):
        read_rig(_with_head(data, change))


@pytest.mark.parametrize("part", [b"", b"not a picture", b"RIFF\x10\0\0\0WEBPVP8 "])
def test_a_layer_that_is_no_picture_is_refused(data: bytes, part: bytes) -> None:
    with pytest.raises(RigUnreadable, match="person"):
        read_rig(_zip(_parts(data) | {"person.webp": part}))


def test_a_missing_file_is_a_sentence_too() -> None:
    with pytest.raises(RigUnreadable, match="cannot be read"):
        load_rig(face("amara").rig_path.with_name("nobody.rig"))
