"""A QR code as an inline drawing: no picture to fetch, and no style attribute a strict content security policy would refuse."""

import segno
from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """Draw `text` with error correction M and the quiet zone of four modules that scanners need. Dark modules have the class qr-dark."""
    code = segno.make(text, error="m", micro=False)
    drawn: str = code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass="qr-dark")
    return Markup(drawn)  # noqa: S704 - made of numbers by the encoder; the text is in the modules, not in the markup
