"""The guide's gallery in Chromium: every face of the catalogue speaks with lips that move and sound that is heard, and stops."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
import uvicorn
from axe import faults, sideways
from fastapi import FastAPI
from playwright.sync_api import Browser, Page
from shopper import until

from app.dashboard import routes as dashboard
from app.guide import pages as guide
from app.guide.gallery import INTRODUCTIONS
from avatar_pipeline.catalogue import faces

pytestmark = pytest.mark.browser
PATIENCE_MS = 60_000  # drawn and spoken by the processor, beside whatever else it does
LIPS_MOVED = 1.5  # of 255, the mean over the mouth
LIPS = """() => {
  const small = document.createElement("canvas"), pen = small.getContext("2d", { willReadFrequently: true });
  small.width = small.height = 64;
  window.lips = {};
  window.together = 0;
  const mouth = (canvas) => {
    pen.drawImage(canvas, canvas.width * .3, canvas.height * .5, canvas.width * .4, canvas.height * .3, 0, 0, 64, 64);
    return pen.getImageData(0, 0, 64, 64).data;
  };
  const watch = (face, canvas) => {
    let first = null, most = 0;
    const look = () => {
      const now = mouth(canvas);
      if (now.some((value, i) => i % 4 < 3 && value > 40)) first ??= now.slice();
      if (first) most = Math.max(most, now.reduce((sum, value, i) => sum + Math.abs(value - first[i]), 0) / now.length);
      window.lips[face] = most;
      if (most <= 1.5 && canvas.isConnected) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  };
  const known = new WeakSet();
  new MutationObserver(() => {
    const canvases = [...document.querySelectorAll("figure[data-face] canvas")];
    window.together = Math.max(window.together, canvases.length);
    for (const one of canvases) if (!known.has(one)) { known.add(one); watch(one.closest("figure").dataset.face, one); }
  }).observe(document, { subtree: true, childList: true });
}"""
"""How far the pixels of each mouth got from where they were, noted from its first picture on: a speech may be over before a test asks."""
STOPPED = """(figure) => new Promise((done) => {
  const button = figure.querySelector("button");
  new MutationObserver((_, watch) => {
    if (figure.dataset.state !== "speaking") return;
    watch.disconnect();
    const label = button.textContent;
    button.click();
    done([label, figure.dataset.state, document.querySelectorAll(".talker canvas").length]);
  }).observe(figure, { attributes: true, attributeFilter: ["data-state"] });
  button.click();
})"""
"""Let one speak and press the button again the moment it does."""
HEAR = """() => {
  window.heard = 0;
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...when) {
    const samples = this.buffer.getChannelData(0);
    if (samples.some((one) => Math.abs(one) > 0.05)) window.heard += 1;
    return start.apply(this, when);
  };
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The guide on a loopback port."""
    app = FastAPI()
    app.include_router(dashboard.router)
    app.include_router(guide.router)
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{door.getsockname()[1]}/guide"
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 1000, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    opened.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    opened.close()
    assert complaints == []


def test_every_face_of_the_catalogue_speaks_and_stops(page: Page, address: str) -> None:
    page.add_init_script(f"({HEAR})(); ({LIPS})();")
    page.goto(f"{address}/en/faces")
    for count, entry in enumerate(faces(), 1):
        figure = page.locator(f'[data-face="{entry.face_id}"]')
        figure.get_by_role("button", name=f"Let {entry.display_name} speak").click()
        until(lambda face=entry.face_id: page.evaluate("(face) => window.lips[face] ?? 0", face) > LIPS_MOVED)
        assert page.evaluate("window.heard") >= count, entry.face_id
        assert page.evaluate("window.together") == 1, "one speaks at a time"
    page.reload()
    assert page.locator("figure[data-face]").first.evaluate(STOPPED) == ["Stop", "still", 0]


def test_the_gallery_is_for_everybody(page: Page, address: str, chromium: Browser) -> None:
    for path, width in (("zh/faces", 320), ("en/faces", 1000)):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{address}/{path}")
        assert faults(page) == [], path
        assert sideways(page) == "", path
    context = chromium.new_context(java_script_enabled=False)
    silent = context.new_page()
    silent.goto(f"{address}/en/faces")
    assert silent.locator("figure audio").count() == len(faces())
    assert not silent.locator(".talker-play").first.is_visible()
    context.close()


def test_every_face_has_something_to_say_and_nothing_else_is_sent(address: str) -> None:
    assert {language: set(texts) for language, texts in INTRODUCTIONS.items()} == {
        language: {entry.face_id for entry in faces()} for language in ("en", "zh")
    }
    gone = (
        "faces/nobody.rig",
        "faces/nobody.webp",
        "faces/amara/en/99.wav",
        "faces/amara/en/-1.wav",
        "faces/amara/fr/0.wav",
        "faces/nobody/en/scores.json",
        "player/nothing.js",
    )
    assert [httpx.get(f"{address}/{path}", timeout=PATIENCE_MS / 1000).status_code for path in gone] == [404] * len(gone)
