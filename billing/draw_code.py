"""A coupon's code as a picture that tills scan, described in plain numbers: whoever shows it, page, panel or print, draws them."""

import segno

from billing.coupons.code128 import code128_widths

__all__ = ["bars_of", "squares_of"]


def bars_of(code: str) -> str:
    """Widths of bars and gaps of the code in Code 128, bar first, each a digit 1 to 4 in modules; without the quiet zone of ten modules.

    "" for a code that has other characters than printable ASCII: such a code can be read aloud, not scanned.
    """
    return code128_widths(code) if code and code.isascii() and code.isprintable() else ""


def squares_of(code: str) -> tuple[str, ...]:
    """Rows of the code's QR symbol, "1" a dark square, error correction M; without the quiet zone of four squares."""
    symbol = segno.make(code, error="m", micro=False, boost_error=False)
    return tuple("".join("1" if is_dark else "0" for is_dark in row) for row in symbol.matrix)
