"""Bar codes and QR codes are read back by a decoder that is not ours, from the very numbers that pages and panel draw."""

import numpy as np
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from billing.coupons.code128 import code128_widths
from billing.coupons.codes import new_code
from billing.draw_code import bars_of, squares_of

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)
DIGITS = st.text(st.sampled_from("0123456789"), min_size=1, max_size=13)


def bars_drawn(widths: str) -> NDArray[np.uint8]:
    """The widths as a picture: three pixels a module, quiet zones of ten modules."""
    modules = [0] * 10 + [int(place % 2 == 0) for place, width in enumerate(widths) for _ in range(int(width))] + [0] * 10
    line = np.repeat(np.array([255 * (1 - dark) for dark in modules], dtype=np.uint8), 3)
    return np.tile(line, (90, 1))


def squares_drawn(rows: tuple[str, ...]) -> NDArray[np.uint8]:
    dark = np.pad(np.array([[int(square) for square in row] for row in rows], dtype=np.uint8), 4)
    return np.kron(255 * (1 - dark), np.ones((6, 6))).astype(np.uint8)


def read(picture: NDArray[np.uint8]) -> list[tuple[str, str]]:
    """What the decoder finds of the two kinds we draw.

    Asked for every kind it knows, it takes some bars for another's ("written_a" for an EAN-13).
    """
    found = zxingcpp.read_barcodes(picture, formats=[zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCode])
    return [(str(one.format).rpartition(".")[2].lower().replace(" ", ""), one.text) for one in found]


@given(PRINTABLE | DIGITS | st.tuples(PRINTABLE, DIGITS, PRINTABLE).map("".join).map(lambda text: text[:40]))
@example("written_a")
@settings(max_examples=150, deadline=None)
def test_any_code_is_read_back_from_its_bars(text: str) -> None:
    found = read(bars_drawn(bars_of(text)))
    assert [code for _, code in found] == [text]
    assert "128" in found[0][0]


@given(PRINTABLE)
@settings(max_examples=60, deadline=None)
def test_any_code_is_read_back_from_its_squares(text: str) -> None:
    assert [code for _, code in read(squares_drawn(squares_of(text)))] == [text]


def test_our_own_codes_are_read_both_ways() -> None:
    for code in (new_code() for _ in range(40)):
        assert [text for _, text in read(bars_drawn(bars_of(code)))] == [code]
        assert len(squares_of(code)) == 21, "the smallest symbol holds our codes"


def test_a_symbol_follows_the_standards_own_example() -> None:
    """Every symbol has 11 modules, the stop 13; digits in pairs (start C: 211232) make the bars half as long."""
    assert code128_widths("12345678").startswith("211232")
    assert code128_widths("A12").startswith("211214")
    assert code128_widths("A12").endswith("2331112")
    assert sum(map(int, code128_widths("12345678"))) == 11 * 6 + 13
    assert sum(map(int, code128_widths("A12"))) == 11 * 5 + 13, "two digits are not worth a change of set"


@pytest.mark.parametrize("text", ["", "gr\u00fcn", "tab\t"])
def test_what_the_bars_cannot_hold_has_none(text: str) -> None:
    assert bars_of(text) == ""
    with pytest.raises(ValueError, match="printable ASCII"):
        code128_widths(text)
