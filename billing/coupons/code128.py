"""Code 128 (ISO/IEC 15417) in sets B and C: the bar code every till's scanner reads.

The widths of bars and gaps are the standard's. Set C writes two digits in one symbol, so runs of digits become half as wide.
"""

import re
from collections.abc import Iterator
from typing import Final

WIDTHS: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 "
    "223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 "
    "112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 "
    "311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 "
    "122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 "
    "214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232"
)
"""Six alternating widths, bar first, of each of the values 0 to 105."""
_SYMBOL, _STEP = 6, 7  # widths of one value, and the space after them
STOP: Final = "2331112"
TO_C, TO_B, START_B, START_C = 99, 100, 104, 105
CHECK_MODULUS: Final = 103
DIGITS_IN_A_ROW: Final = 4
"""From this many digits at an end on, or six between letters, set C is the shorter way."""


def code128_widths(text: str) -> str:
    """The widths of bars and gaps, bar first, as digits 1 to 4. The text is 1 or more printable ASCII characters; ValueError otherwise."""
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError("Code 128 as written here holds printable ASCII characters only.")
    values = list(_values(text))
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], start=1))) % CHECK_MODULUS
    return "".join(WIDTHS[_STEP * value : _STEP * value + _SYMBOL] for value in (*values, check)) + STOP


def _values(text: str) -> Iterator[int]:
    """Symbol values with start and changes of set; a run of an odd number of digits begins with one in set B."""
    for number, (piece, is_pairs) in enumerate(_pieces(text)):
        if number == 0:
            yield START_C if is_pairs else START_B
        else:
            yield TO_C if is_pairs else TO_B  # pieces of the two sets always alternate
        if is_pairs:
            yield from (int(piece[place : place + 2]) for place in range(0, len(piece), 2))
        else:
            yield from (ord(character) - ord(" ") for character in piece)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text cut into runs for set B (False) and even runs of digits for set C (True)."""
    waiting = ""
    for run in re.findall(r"[0-9]+|[^0-9]+", text):
        is_at_end = run in (text[: len(run)], text[-len(run) :])
        if not run[0].isdigit() or len(run) < (DIGITS_IN_A_ROW if is_at_end else DIGITS_IN_A_ROW + 2):
            waiting += run
            continue
        odd = len(run) % 2
        waiting += run[:odd]
        if waiting:
            yield waiting, False
        yield run[odd:], True
        waiting = ""
    if waiting:
        yield waiting, False
