"""The dashboard's own style sheets and its script, served under an address that carries their hash, so browsers may keep them for ever."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static"
MEDIA_TYPES: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
STYLE_SHEETS: Final = (
    "tokens.css",
    "base.css",
    "layout.css",
    "pieces.css",
    "pages.css",
    "transcript.css",
    "desk.css",
    "start.css",
    "order.css",
    "payslip.css",
    "money.css",
    "bills.css",
    "contracts.css",
    "settings.css",
    "connections.css",
    "outgoing.css",
    "hire.css",
    "offers.css",
    "install.css",
    "teach.css",
    "learning.css",
    "guide_link.css",
    "language.css",
    "verify.css",
    "films.css",
    "casting.css",
    "film_tables.css",
)
WHOLE_SHEET: Final = "tillhand.css"
"""What pages load: all of STYLE_SHEETS in their sequence as one file. Two dozen questions before a first page is drawn would be slow."""
FINGERPRINT_LENGTH: Final = 12


@dataclass(frozen=True)
class Asset:
    """One file: its bytes, its media type, and the fingerprint of its content."""

    body: bytes
    media_type: str
    fingerprint: str


@cache
def assets() -> dict[str, Asset]:
    """Read the folder once; a name that is not in it does not exist, whatever path it spells."""
    found = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in MEDIA_TYPES:
            body = path.read_bytes()
            found[path.name] = Asset(body, MEDIA_TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:FINGERPRINT_LENGTH])
    whole = b"\n".join(found[name].body for name in STYLE_SHEETS)
    found[WHOLE_SHEET] = Asset(whole, MEDIA_TYPES[".css"], hashlib.sha256(whole).hexdigest()[:FINGERPRINT_LENGTH])
    return found


def asset_url(name: str) -> str:
    """The address of an asset, which changes when its content does. An unknown name raises KeyError: a template's mistake."""
    return f"/dashboard/static/{assets()[name].fingerprint}/{name}"
