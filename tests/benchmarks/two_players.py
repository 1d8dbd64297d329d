"""The least likeness between the browser's player and the film renderer, over the pictures of a spoken answer."""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

import numpy as np
from face_films import spoken
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright
from test_player import ROOT, _serve, drawn

from avatar_pipeline.catalogue import face
from avatar_pipeline.face import FaceRenderer, load_rig

PICTURES = 25
FACE_BOX = np.s_[140:430, 140:372]


def player_psnr_db(face_ids: tuple[str, ...]) -> dict[str, float]:
    """For each face the lowest of 25 moments of the benchmark's text, in dB, over the face's box."""
    said = spoken()
    moments = [(said[number % len(said)], 0.1 + 0.8 * number / PICTURES) for number in range(PICTURES)]
    likeness = likeness_db(face_ids, [one.score.at(share * one.duration_s) for one, share in moments])
    return {face_id: min(each) for face_id, each in likeness.items()}


def likeness_db(face_ids: tuple[str, ...], rows: list[NDArray[np.float32]]) -> dict[str, list[float]]:
    """How alike both players draw each row over the face's box, in dB, by face."""
    likeness = dict[str, list[float]]()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--enable-unsafe-swiftshader"])
        page = browser.new_page(viewport={"width": 600, "height": 600})
        page.route("**/*", _serve)
        page.goto(ROOT + "/player.html")
        page.wait_for_selector("html[data-ready]", state="attached")
        for face_id in face_ids:
            page.evaluate("(rig) => window.player.change(rig)", f"/{face_id}.rig")
            renderer = FaceRenderer(load_rig(face(face_id).rig_path))
            off = (renderer.render(row)[FACE_BOX].astype(float) - drawn(page, row)[FACE_BOX] for row in rows)
            likeness[face_id] = [float(10 * np.log10(255**2 / np.mean(each**2))) for each in off]
        browser.close()
    return likeness
