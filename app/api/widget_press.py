"""The widget's files as they travel: bundled and made small by esbuild when the set-up has brought it, and compressed once.

The sources in app/widget stay readable, and are what is served where the program is missing: the addresses are the same either way.
"""

import gzip
import hashlib
import logging
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

WIDGET_FOLDER: Final = Path(__file__).parents[1] / "widget"
PROGRAM_FOLDER: Final = Path(__file__).parents[2] / "node_modules" / "@esbuild"
MEDIA_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".ts": "text/plain"}
BUNDLES: Final = ("panel/main.js", "panel/microphone.js", "panel/live_pictures.js", "panel/panel.css", "player/engine.js")
"""Files the panel asks for by name; what they import travels inside them. The engine comes later than the panel, so it stays apart."""
COME_LATER: Final = ("../player/engine.js", "./microphone.js", "./live_pictures.js")
"""What they ask for only when it is needed."""
PRESS_SECONDS_MAX: Final = 20
FINGERPRINT_LENGTH: Final = 12

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pressed:
    """One file ready to be sent: its bytes, the same bytes compressed, and what it is."""

    body: bytes
    packed: bytes
    media_type: str
    fingerprint: str


@cache
def pressed(name: str) -> Pressed | None:
    """A file of the widget's folder by its path there; None for anything else, also for a path that climbs out."""
    if "\0" in name:
        return None
    source = (WIDGET_FOLDER / name).resolve()
    if not source.is_relative_to(WIDGET_FOLDER) or source.suffix not in MEDIA_TYPES or not source.is_file():
        return None
    is_code = source.suffix in {".js", ".css"}
    body = (_press(source, is_bundle=name in BUNDLES) if is_code else None) or source.read_bytes()
    fingerprint = hashlib.sha256(body).hexdigest()[:FINGERPRINT_LENGTH]
    return Pressed(body, gzip.compress(body, 9, mtime=0), f"{MEDIA_TYPES[source.suffix]}; charset=utf-8", fingerprint)


@cache
def widget_fingerprint() -> str:
    """One name for the widget's files as they are now; it stands in their addresses, so browsers may keep them for ever."""
    digest = hashlib.sha256()
    for source in _sources():
        digest.update(source.read_bytes())
    return digest.hexdigest()[:FINGERPRINT_LENGTH]


@cache
def esbuild_program() -> Path | None:
    """The program the set-up brought for this machine; None where there is none."""
    found = next(iter(sorted(PROGRAM_FOLDER.glob("*/bin/esbuild"))), None)
    if found is None:
        log.warning("esbuild is missing; the widget's sources are served as written (run `make setup`)")
    return found


def _press(source: Path, *, is_bundle: bool) -> bytes | None:
    program = esbuild_program()
    if program is None:
        return None
    bundling = ("--bundle", "--format=esm", *(f"--external:{one}" for one in COME_LATER)) if is_bundle else ()
    call = (str(program), str(source), "--minify", "--charset=utf8", "--log-level=warning", "--legal-comments=none", *bundling)
    run = subprocess.run(call, capture_output=True, check=True, timeout=PRESS_SECONDS_MAX)
    return run.stdout


def _sources() -> Iterator[Path]:
    return (path for path in sorted(WIDGET_FOLDER.rglob("*")) if path.suffix in MEDIA_TYPES)
