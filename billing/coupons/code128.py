"""Code 128 (ISO/IEC 15417): the bar code every till's scanner reads. ReportLab chooses the symbols; here they become plain widths.

Its drawing is for paper. Pages, the widget's panel and print draw the widths themselves, each in its own ink and size.
"""


def code128_widths(text: str) -> str:
    """The widths of bars and gaps, bar first, as digits 1 to 4. The text is 1 or more printable ASCII characters; ValueError otherwise."""
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError("Code 128 as written here holds printable ASCII characters only.")
    from reportlab.graphics.barcode.code128 import Code128  # type: ignore[import-untyped]  # late: it brings all of its drawing with it

    symbol = Code128(text)
    symbol.validate()
    symbol.encode()
    symbol.decompose()
    return "".join(str("abcd".index(width.lower()) + 1) for width in symbol.decomposed)  # capitals are bars, the others gaps
