"""What the widget weighs on a shopper's line: measured from the files as they are served, compressed as a web server compresses them."""

import gzip
import json
import re
from pathlib import Path

import pytest

from avatar_pipeline.catalogue import face

WIDGET = Path(__file__).parents[2] / "app" / "widget"
KILOBYTE = 1000


def _packed(*files: Path) -> int:
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


def _modules() -> list[Path]:
    return sorted([*WIDGET.glob("panel/*.js"), *WIDGET.glob("player/*.js")])


def test_the_loader_is_small_enough_for_a_strangers_page():
    loader = WIDGET / "loader.js"
    assert len(loader.read_text().splitlines()) <= 150
    without_comments = re.sub(r"^\s*//.*\n", "", loader.read_text(), flags=re.MULTILINE)
    assert len(gzip.compress(without_comments.encode(), 9)) <= 3 * KILOBYTE
    assert _packed(loader) <= 3.25 * KILOBYTE  # as it is served, with the sentences that explain it


def test_launcher_before_the_first_click():
    assert _packed(WIDGET / "loader.js") + face("amara").poster_path.stat().st_size <= 12 * KILOBYTE + 8 * KILOBYTE


def test_the_panel_opens_lightly():
    styles = [WIDGET / "panel.css", WIDGET / "panel" / "cards.css"]
    code = _packed(*_modules(), *styles, WIDGET / "panel.html", WIDGET / "texts" / "en.json")
    assert code <= 45 * KILOBYTE
    assert code + face("amara").rig_path.stat().st_size <= 200 * KILOBYTE


@pytest.mark.parametrize("language", [path.stem for path in (WIDGET / "texts").glob("*.json") if path.stem != "en"])
def test_every_language_says_everything(language: str):
    english, other = (json.loads((WIDGET / "texts" / f"{name}.json").read_text()) for name in ("en", language))
    assert other.keys() == english.keys()
    for name, text in english.items():
        if isinstance(text, str):
            assert sorted(re.findall(r"\{\w+\}", other[name])) == sorted(re.findall(r"\{\w+\}", text)), name


def test_every_text_that_is_asked_for_exists_and_none_is_left_over():
    texts = json.loads((WIDGET / "texts" / "en.json").read_text())
    code = "".join(path.read_text() for path in [*_modules(), WIDGET / "panel.html"])
    asked = set(re.findall(r'say\("(\w+)"', code)) | set(re.findall(r"texts\.(\w+)", code))
    asked |= set(re.findall(r'say\(\w+ \? "(\w+)" : "\w+"', code)) | set(re.findall(r'say\(\w+ \? "\w+" : "(\w+)"', code))
    asked |= {f"status_{state}" for state in ("connecting", "ready", "thinking", "speaking", "ended")} | {"loader"}
    assert asked == set(texts)
