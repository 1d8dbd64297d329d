"""What the widget weighs on a shopper's line: measured from the files as they are served, compressed as a web server compresses them."""

import gzip
import json
import re
from pathlib import Path

import pytest

from app.api import widget_press
from app.api.widget_files import badge_webp
from app.api.widget_press import esbuild_program, pressed
from avatar_pipeline.catalogue import face, faces

WIDGET = Path(__file__).parents[2] / "app" / "widget"
KILOBYTE = 1000
BOOT_BYTES = 900
"""The answer that introduces her, uncompressed, with room to spare (tests/browser measures it on the line)."""


def _packed(*names: str) -> int:
    files = [pressed(name) for name in names]
    return sum(len(file.packed) for file in files if file)


def _modules() -> list[Path]:
    return sorted([*WIDGET.glob("panel/*.js"), *WIDGET.glob("player/*.js")])


def test_the_loader_is_small_enough_for_a_strangers_page():
    assert esbuild_program() is not None, "Run `make setup`: it brings the program that presses the widget's files."
    assert _packed("loader.js") <= 3 * KILOBYTE


def test_launcher_before_the_first_click():
    for entry in faces():
        assert _packed("loader.js") + len(badge_webp(entry.poster_path)) + BOOT_BYTES <= 12 * KILOBYTE, entry.face_id


def test_the_panel_opens_lightly():
    frame = len(gzip.compress((WIDGET / "panel.html").read_bytes() + (WIDGET / "texts" / "en.json").read_bytes()))
    assert _packed("player/engine.js") <= 6 * KILOBYTE
    code = _packed("panel/main.js", "panel/panel.css", "player/engine.js") + frame
    assert code <= 45 * KILOBYTE
    assert code + face("amara").rig_path.stat().st_size + face("amara").poster_path.stat().st_size <= 200 * KILOBYTE


def test_sources_are_served_as_written_where_the_program_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(widget_press, "esbuild_program", lambda: None)
    served = pressed.__wrapped__("loader.js")
    assert served is not None
    assert served.body == (WIDGET / "loader.js").read_bytes()
    assert gzip.decompress(served.packed) == served.body


@pytest.mark.parametrize("name", ["../main.py", "loader.js/../../main.py", "MESSAGES.md", "panel", "none.js", "a\0b.js"])
def test_nothing_else_of_the_folder_is_served(name: str):
    assert pressed(name) is None


@pytest.mark.parametrize("language", [path.stem for path in (WIDGET / "texts").glob("*.json") if path.stem != "en"])
def test_every_language_says_everything(language: str):
    english, other = (json.loads((WIDGET / "texts" / f"{name}.json").read_text()) for name in ("en", language))
    assert other.keys() == english.keys()
    for name, text in english.items():
        if isinstance(text, str):
            assert sorted(re.findall(r"\{\w+\}", other[name])) == sorted(re.findall(r"\{\w+\}", text)), name


def test_every_text_that_is_asked_for_exists_and_none_is_left_over():
    texts = json.loads((WIDGET / "texts" / "en.json").read_text())
    code = "".join(path.read_text() for path in [*_modules(), WIDGET / "panel.html", WIDGET / "hosted.html"])
    asked = set(re.findall(r'say\("(\w+)"', code)) | set(re.findall(r"texts\.(\w+)", code))
    asked |= set(re.findall(r'say\(\w+ \? "(\w+)" : "\w+"', code)) | set(re.findall(r'say\(\w+ \? "\w+" : "(\w+)"', code))
    asked |= {f"handover_{state}" for state in ("waiting", "held", "returned")}
    asked |= {f"status_{state}" for state in ("connecting", "ready", "thinking", "speaking", "ended", "listening", "hearing")} | {"loader"}
    assert asked == set(texts)
