"""Gives shipped rigs what the workshop has learnt since they were rendered, and leaves their colours as they are.

    python -m avatar_pipeline.authoring.retouch FACES --lesson lids --out FOLDER

Rendering a person again takes an hour and its layers are not kept. So the mesh is written anew, the eyeballs (3 kB), the shut lids or the
teeth (as much) are packed again, and other pictures' mattes are exchanged beside colours that stay byte for byte. A whole person is packed
again only to the size it had, which is at the quality it had and so hardly blurs it (47 to 51 dB; 42 to 44 one step beside). Each rig is
retouched once per lesson: `finish` does the same to newly rendered people.
"""

from __future__ import annotations

import argparse
import io
import struct
import zipfile
from bisect import bisect_left
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from avatar_pipeline.authoring.finish import poster, with_form
from avatar_pipeline.authoring.hair_shade import casts_shade, with_hair_shade
from avatar_pipeline.authoring.lid_edges import with_lid_edges
from avatar_pipeline.authoring.moustache import with_trimmed_moustache
from avatar_pipeline.authoring.people import person
from avatar_pipeline.authoring.person import Person
from avatar_pipeline.catalogue import faces
from avatar_pipeline.rig.clear_whites import with_clear_whites
from avatar_pipeline.rig.light_teeth import with_lit_teeth, with_teeth_anew
from avatar_pipeline.rig.lip_line import with_lip_line
from avatar_pipeline.rig.lip_shapes import with_lip_shapes, with_lips_together
from avatar_pipeline.rig.read_rig import read_rig
from avatar_pipeline.rig.rig import LAYERS, Bytes, Layer, Rig
from avatar_pipeline.rig.soft_edges import with_soft_edges, with_whole_lips
from avatar_pipeline.rig.under_lip import with_room_under_lip
from avatar_pipeline.rig.wet_eyes import with_wet_eyes
from avatar_pipeline.rig.write_rig import encode_webp, write_rig

_EPOCH: Final = (2026, 1, 1, 0, 0, 0)  # as write_rig's
_EYES_QUALITY, _LIDS_QUALITY, _TEETH_QUALITY = 92, 88, 92
_QUALITIES: Final = range(78, 99)  # among which that of a shipped picture is looked for
_HAS_MATTE: Final = 0x10  # the bit in a WebP's extended header


def retouched(data: bytes, worn: dict[str, float]) -> bytes:
    """A rig file with today's lips and edges; `worn` is the expression of its portrait. Raises RigUnreadable."""
    old = read_rig(data)
    new = with_clear_whites(with_soft_edges(with_lip_shapes(old, worn)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kept = {name: archive.read(f"{name}.webp") for name in LAYERS}
    for name in LAYERS:
        if not np.array_equal(old.layers[name].pixels[..., 3], new.layers[name].pixels[..., 3]):
            kept[name] = with_matte(kept[name], new.layers[name].pixels[..., 3])
    kept["eyeballs"] = encode_webp(new.layers["eyeballs"], _EYES_QUALITY)
    return _with_pictures(_light(new), kept)


def with_new_lids(data: bytes) -> bytes:
    """A rig file whose shut lids pass into the skin below; all else stays byte for byte. Raises RigUnreadable."""
    closed = with_lid_edges(read_rig(data)).layers["closed"]
    return _with_pictures(data, {"closed": encode_webp(closed, _LIDS_QUALITY)})


def with_new_teeth(data: bytes) -> bytes:
    """A rig file with teeth in the face's light; all else byte for byte. Raises RigUnreadable."""
    old = read_rig(data)
    new = with_lit_teeth(old)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kept = {name: archive.read(f"{name}.webp") for name in LAYERS}
    return _with_pictures(_light(new), kept | {"mouth": encode_webp(new.layers["mouth"], _TEETH_QUALITY)})


def with_new_eyes(data: bytes) -> bytes:
    """A rig file with warm whites and bright glints in its eyes; all else byte for byte. Raises RigUnreadable."""
    eyeballs = with_wet_eyes(read_rig(data)).layers["eyeballs"]
    return _with_pictures(data, {"eyeballs": encode_webp(eyeballs, _EYES_QUALITY)})


def with_shades(data: bytes, made: Person) -> bytes:
    """A rig file whose lips stay seam on seam and meet in a dark line, and whose skin is shaded by dark hair. Raises RigUnreadable."""
    old = read_rig(data)
    new = with_lips_together(old)
    if made.lip_line:
        new = with_lip_line(new)
    if casts_shade(made):
        new = with_hair_shade(new)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kept = {name: archive.read(f"{name}.webp") for name in LAYERS}
    changed = [name for name in LAYERS if not np.array_equal(old.layers[name].pixels, new.layers[name].pixels)]
    return _with_pictures(_light(new), kept | {name: _as_large(new.layers[name], len(kept[name])) for name in changed})


def with_new_mouth(data: bytes) -> bytes:
    """A rig file whose upper lip loses its seam as the mouth opens, over even teeth; the rest byte for byte. Raises RigUnreadable."""
    new = with_teeth_anew(with_whole_lips(read_rig(data)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kept = {name: archive.read(f"{name}.webp") for name in LAYERS}
    return _with_pictures(_light(new), kept | {"mouth": encode_webp(new.layers["mouth"], _TEETH_QUALITY)})


def with_unfolded_lips(data: bytes) -> bytes:
    """A rig file whose pursed lower lip does not fold away the skin below it; pictures byte for byte. Raises RigUnreadable."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kept = {name: archive.read(f"{name}.webp") for name in LAYERS}
    return _with_pictures(_light(with_room_under_lip(read_rig(data))), kept)


def with_new_light(data: bytes, made: Person) -> bytes:
    """A rig file whose face is shaded by its form, its beard and its hairline; mattes stay byte for byte. Raises RigUnreadable."""
    return _with_new_colours(data, with_form(read_rig(data), made), ("person", "open", "closed"))


def with_clear_lip(data: bytes, made: Person) -> bytes:
    """A rig file whose moustache ends above the lip, if there is one; mattes stay byte for byte. Raises RigUnreadable."""
    return _with_new_colours(data, with_trimmed_moustache(read_rig(data), made.seed), ("person", "open")) if made.beard else data


def _with_new_colours(data: bytes, new: Rig, names: tuple[str, ...]) -> bytes:
    """The rig file with the new rig's pictures of these names, as large as they were, under their old mattes."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kept = {name: archive.read(f"{name}.webp") for name in names}
    return _with_pictures(data, {name: _with_colours(one, _as_large(new.layers[name], len(one))) for name, one in kept.items()})


def _as_large(layer: Layer, size: int) -> bytes:
    """The layer packed at the quality that comes nearest to so many bytes."""
    at = bisect_left(_QUALITIES, size, key=lambda quality: len(encode_webp(layer, quality)))
    beside = _QUALITIES[max(at - 1, 0) : at + 1]
    return min((encode_webp(layer, quality) for quality in beside), key=lambda packed: abs(len(packed) - size))


def _light(rig: Rig) -> bytes:
    """The rig's file with pictures that cost no time to pack: they are exchanged anyway."""
    blank = {name: Layer(np.zeros((1, 1, 4), np.uint8), layer.x, layer.y) for name, layer in rig.layers.items()}
    return write_rig(Rig(**{**rig.__dict__, "layers": blank}), effort=0)


def _with_pictures(data: bytes, pictures: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for name in archive.namelist():
            made.writestr(zipfile.ZipInfo(name, _EPOCH), pictures.get(name.removesuffix(".webp"), archive.read(name)))
    return out.getvalue()


def with_matte(picture: bytes, matte: Bytes) -> bytes:
    """A lossy WebP's own colours under another matte (h, w), uint8. Raises ValueError for a WebP that holds no lossy colours."""
    coded = io.BytesIO()
    height, width = matte.shape
    Image.fromarray(np.dstack([np.zeros((height, width, 3), np.uint8), matte])).save(
        coded, "WEBP", quality=80, method=6, alpha_quality=82, exact=True
    )
    colours, cover = _chunks(picture).get(b"VP8 "), _chunks(coded.getvalue()).get(b"ALPH")
    if colours is None or cover is None:
        raise ValueError("This picture is not a lossy WebP, or the matte covers all of it.")
    header = struct.pack("<I", _HAS_MATTE) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + b"".join(_chunk(name, data) for name, data in ((b"VP8X", header), (b"ALPH", cover), (b"VP8 ", colours)))
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _with_colours(picture: bytes, other: bytes) -> bytes:
    """A lossy WebP under its own matte in the colours of another of its size."""
    parts, colours = _chunks(picture), _chunks(other)[b"VP8 "]
    body = b"WEBP" + b"".join(_chunk(name, colours if name == b"VP8 " else data) for name, data in parts.items())
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _chunks(webp: bytes) -> dict[bytes, bytes]:
    """The parts of a WebP file by name."""
    found, at = {}, 12
    while at + 8 <= len(webp):
        size = struct.unpack("<I", webp[at + 4 : at + 8])[0]
        found[webp[at : at + 4]] = webp[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


_LESSONS: Final[Mapping[str, Callable[[bytes, Person], bytes]]] = {
    "lips": lambda data, made: retouched(data, made.expression), "lids": lambda data, _: with_new_lids(data),
    "teeth": lambda data, _: with_new_teeth(data), "eyes": lambda data, _: with_new_eyes(data), "shades": with_shades,
    "form": with_new_light, "mouths": lambda data, _: with_new_mouth(data), "moustache": with_clear_lip,
    "pursed": lambda data, _: with_unfolded_lips(data),
}  # fmt: skip


def main() -> None:
    """Read the command line and write each person's two rigs and poster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faces", nargs="*")
    parser.add_argument("--lesson", choices=_LESSONS, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    for entry in faces():
        if asked.faces and entry.face_id not in asked.faces:
            continue
        for path in (entry.rig_path, entry.film_rig_path):
            old = path.read_bytes()
            new = _LESSONS[asked.lesson](old, person(entry.face_id))
            (asked.out / path.name).write_bytes(new)
        (asked.out / entry.poster_path.name).write_bytes(poster(read_rig(new)))


if __name__ == "__main__":
    main()
