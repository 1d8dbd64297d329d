"""A coupon's code as drawings that tills scan: inline SVG, dark on white in any light, with the quiet zones that scanners need."""

from typing import Final

from markupsafe import Markup

from app.dashboard.qr import qr_svg
from billing.draw_code import bars_of

QUIET_MODULES: Final = 10
HEIGHT_MODULES: Final = 48
__all__ = ["barcode_svg", "qr_svg"]


def barcode_svg(code: str) -> Markup:
    """The code in Code 128, each module one unit wide; "" for a code that only QR can hold."""
    widths = bars_of(code)
    if not widths:
        return Markup("")
    path, left = "", QUIET_MODULES
    for place, width in enumerate(map(int, widths)):
        path += f"M{left} 0h{width}v{HEIGHT_MODULES}h-{width}z" if place % 2 == 0 else ""
        left += width
    drawing = '<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}" preserveAspectRatio="none" shape-rendering="crispEdges">'
    # The text is escaped by format(); the rest is made of numbers.
    return Markup(drawing + '<path d="{}"/></svg>').format(  # noqa: S704
        left + QUIET_MODULES, HEIGHT_MODULES, code, path
    )
