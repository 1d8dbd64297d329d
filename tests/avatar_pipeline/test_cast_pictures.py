"""Whatever people upload: turned by the camera, in print colours, cut out, animated, cut short, or a bomb."""

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from avatar_pipeline.casting.errors import PictureUnusable
from avatar_pipeline.casting.read_picture import FILE_BYTES_MAX, WORKING_PX_MAX, read_picture


def _file(picture: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def _left_red() -> Image.Image:
    """Red on the left half, blue on the right."""
    array = np.zeros((200, 300, 3), np.uint8)
    array[:, :150, 0], array[:, 150:, 2] = 200, 200
    return Image.fromarray(array)


def _bomb() -> bytes:
    """A PNG of a few bytes that says it is 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def _animated() -> bytes:
    return _file(_left_red(), "GIF", save_all=True, append_images=[_left_red().rotate(180)], duration=100)


def test_a_picture_is_read_as_it_is() -> None:
    read = read_picture(_file(_left_red()))
    assert read.pixels.shape == (200, 300, 3)
    assert read.pixels[100, 20].tolist() == [0, 0, 200]  # BGR
    assert read.cut_out is None


def test_a_camera_held_upright_is_turned_upright() -> None:
    how = Image.Exif()
    how[0x0112] = 6  # the camera lay on its side
    read = read_picture(_file(_left_red(), "JPEG", exif=how.tobytes(), quality=95))
    assert read.pixels.shape == (300, 200, 3)
    assert read.pixels[20, 100, 2] > 150  # what was left is now on top
    assert read.pixels[280, 100, 0] > 150


def test_print_colours_come_out_as_seen() -> None:
    read = read_picture(_file(_left_red().convert("CMYK"), "JPEG", quality=95))
    assert np.abs(read.pixels[100, 20].astype(int) - (0, 0, 200)).max() < 30


def test_sixteen_bits_and_grey_become_eight_bit_colour() -> None:
    deep = Image.fromarray((np.arange(200 * 300).reshape(200, 300) % 65536).astype(np.uint16))
    assert read_picture(_file(deep)).pixels.shape == (200, 300, 3)
    assert read_picture(_file(_left_red().convert("L"))).pixels.shape == (200, 300, 3)


def test_a_cut_out_picture_brings_its_own_matte() -> None:
    see_through = _left_red().convert("RGBA")
    see_through.putalpha(Image.fromarray(np.repeat(np.where(np.arange(300) < 150, 255, 0)[None], 200, 0).astype(np.uint8)))
    read = read_picture(_file(see_through))
    assert read.cut_out is not None
    assert read.cut_out[100, 20] == 1
    assert read.cut_out[100, 280] == 0
    assert read.pixels[100, 280].min() > 190  # a plain wall, not the blue that was cut away


def test_a_large_picture_is_worked_on_smaller() -> None:
    read = read_picture(_file(Image.new("RGB", (4000, 3000), (9, 9, 9)), "JPEG"))
    assert max(read.pixels.shape) <= WORKING_PX_MAX


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: b"", "empty"),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 20, "JPEG, PNG or WebP"),
        (lambda: b"%PDF-1.7" + b"0" * 4000, "JPEG, PNG or WebP"),
        (lambda: _file(_left_red(), "JPEG", quality=95)[:1500], "damaged"),
        (lambda: _file(_left_red())[:-400], "damaged"),
        (_bomb, "million pixels"),
        (_animated, "animated"),
        (lambda: _file(_left_red().resize((120, 100))), "at least"),
        (lambda: _file(Image.new("RGB", (3000, 200))), "strip"),
        (lambda: b"\xff" * (FILE_BYTES_MAX + 1), "MB"),
    ],
)
def test_what_cannot_be_used_is_said_plainly(make: Callable[[], bytes], says: str) -> None:
    with pytest.raises(PictureUnusable, match=says):
        read_picture(make())
