"""Lets a document embed typefaces whose outlines are drawn with cubic curves, as those of Chinese, Japanese and Korean mostly are.

The document library embeds quadratic outlines only. So of such a typeface the few letters that a document uses are redrawn, to within a
thousandth of their size, and written as a small typeface of their own. The whole one is never converted and never embedded.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.pens.cu2quPen import Cu2QuPen  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont as FontFile  # type: ignore[import-untyped]
from fontTools.ttLib import newTable
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTEncoding, TTFont, TTFontFace  # type: ignore[import-untyped]

UNITS_PER_EM: Final = 1000
NOT_DRAWN: Final = ".notdef"
_SYMBOLIC: Final = 4


class OutlineFace(TTFontFace):  # type: ignore[misc]
    """What the document library asks of a typeface: widths, measures, and the letters that are used as a file to embed."""

    def __init__(self, path: Path, name: str) -> None:
        pdfmetrics.TypeFace.__init__(self, None)
        self._file, self._drawing = FontFile(io.BytesIO(path.read_bytes()), lazy=True), Lock()
        self._names: dict[int, str] = self._file.getBestCmap()
        self._metrics: dict[str, tuple[int, int]] = self._file["hmtx"].metrics
        head, wide = self._file["head"], self._file["OS/2"]
        if head.unitsPerEm != UNITS_PER_EM:
            raise ValueError(f"{name} is drawn on {head.unitsPerEm} units; {UNITS_PER_EM} are expected.")
        self.filename, self.name, self.subfontNameX = str(path), name.replace(" ", "").encode(), b""
        self.charToGlyph = {code: self._file.getGlyphID(glyph) for code, glyph in self._names.items()}
        self.charWidths = {code: self._metrics[glyph][0] for code, glyph in self._names.items()}
        self.defaultWidth = self._metrics[NOT_DRAWN][0]
        self.ascent, self.descent, self.capHeight = wide.sTypoAscender, wide.sTypoDescender, wide.sCapHeight
        self.bbox, self.italicAngle, self.stemV, self.flags = [head.xMin, head.yMin, head.xMax, head.yMax], 0, 80, _SYMBOLIC

    def makeSubset(self, subset: Sequence[int]) -> bytes:  # noqa: N802 - the document library's own name for it
        """The letters at these places (letter number n is written as the byte n), as a file with quadratic outlines."""
        used = [self._names.get(code, NOT_DRAWN) if code else NOT_DRAWN for code in subset]
        order = [NOT_DRAWN, *dict.fromkeys(name for name in used if name != NOT_DRAWN)]
        with self._drawing:  # the file is read as letters are asked for, by one document at a time
            glyphs = {name: self._redrawn(name) for name in order}
        builder = FontBuilder(UNITS_PER_EM, isTTF=True)
        builder.updateHead(created=0, modified=0)  # or the same document would have other bytes a second later
        builder.setupGlyphOrder(order)
        builder.setupGlyf(glyphs)
        builder.setupHorizontalMetrics({name: self._metrics[name] for name in order})
        builder.setupHorizontalHeader(ascent=self.ascent, descent=self.descent)
        builder.setupPost(keepGlyphNames=False)
        builder.font["cmap"] = _places(used)
        written = io.BytesIO()
        builder.save(written)
        return written.getvalue()

    def _redrawn(self, name: str) -> Any:
        pen = TTGlyphPen(None)
        self._file.getGlyphSet()[name].draw(Cu2QuPen(pen, max_err=1, reverse_direction=True))
        return pen.glyph()


class OutlineFont(TTFont):  # type: ignore[misc]
    """The same typeface under the name by which a document speaks of it."""

    def __init__(self, name: str, path: Path) -> None:
        # What the library's own maker does after it has read a file, which it can do for quadratic outlines only.
        self.fontName, self.face, self.encoding = name, OutlineFace(path, name), TTEncoding()
        self.state: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        self._asciiReadable = False
        self.shapable = False


def _places(used: Sequence[str]) -> Any:
    """Which byte stands for which letter, in the one form that is read for a typeface with places of its own."""
    table, places = newTable("cmap"), CmapSubtable.newSubtable(6)
    places.platformID, places.platEncID, places.language = 1, 0, 0
    places.cmap = dict(enumerate(used))
    table.tableVersion, table.tables = 0, [places]
    return table
