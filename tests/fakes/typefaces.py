"""Chinese, Japanese and Korean letters for a test machine's Chromium, out of the packages the product's documents are set with.

A shop's own computer has such letters; a bare Debian has none, and a picture of a Chinese page would be a picture of boxes.
"""

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PACKAGES: Final = ("pylopdf_fonts_zh_cn", "pylopdf_fonts_jp", "pylopdf_fonts_ko")


def with_typefaces() -> dict[str, str]:
    """This process's environment, and in it where Chromium finds the letters besides the machine's own."""
    folders = [str(Path(spec.origin).parent) for name in PACKAGES if (spec := find_spec(name)) and spec.origin]
    listed = "".join(f"<dir>{folder}</dir>" for folder in folders)
    path = Path(tempfile.gettempdir()) / f"tillhand-typefaces-{os.getuid()}.conf"
    path.write_text(f'<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>{listed}</fontconfig>')
    return {**os.environ, "FONTCONFIG_FILE": str(path)}
