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

from app.dashboard import routes as dashboard
from app.guide import pages as guide
from app.guide.gallery import INTRODUCTIONS
from avatar_pipeline.catalogue import faces

pytestmark = pytest.mark.browser
PATIENCE_MS = 60_000  # drawn and spoken by the processor, beside whatever else it does
LIPS_MOVED = """(figure) => {
  const canvas = figure.querySelector("canvas"), small = document.createElement("canvas");
  small.width = small.height = 64;
  const pen = small.getContext("2d", { willReadFrequently: true });
  const mouth = () => { pen.drawImage(canvas, canvas.width * .3, canvas.height * .5, canvas.width * .4, canvas.height * .3, 0, 0, 64, 64);
    return pen.getImageData(0, 0, 64, 64).data; };
  return new Promise((done) => {
    let first = null, most = 0, lit = 0;
    const look = () => {
      const now = mouth();
      if (now.some((value, i) => i % 4 < 3 && value > 40)) { lit += 1; first ??= now.slice(); }
      if (first) most = Math.max(most, now.reduce((sum, value, i) => sum + Math.abs(value - first[i]), 0) / now.length);
      if (most > 1.5 || !canvas.isConnected) done({ most, lit });
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}"""
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
    page.add_init_script(f"({HEAR})()")
    page.goto(f"{address}/en/faces")
    for count, entry in enumerate(faces(), 1):
        figure = page.locator(f'[data-face="{entry.face_id}"]')
        figure.get_by_role("button", name=f"Let {entry.display_name} speak").click()
        page.locator(f'[data-face="{entry.face_id}"][data-state="speaking"] canvas').wait_for()
        seen = figure.evaluate(LIPS_MOVED)
        assert seen["most"] > 1.5, (entry.face_id, seen)
        assert page.evaluate("window.heard") >= count, entry.face_id
        assert page.locator(".talker canvas").count() == 1, "one speaks at a time"
    figure.get_by_role("button", name="Stop").click()
    assert page.locator(".talker canvas").count() == 0


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
    assert set(INTRODUCTIONS) == {entry.face_id for entry in faces()}
    gone = (
        "faces/nobody.rig",
        "faces/nobody.webp",
        "faces/amara/99.wav",
        "faces/amara/-1.wav",
        "faces/nobody/scores.json",
        "player/nothing.js",
    )
    assert [httpx.get(f"{address}/{path}", timeout=PATIENCE_MS / 1000).status_code for path in gone] == [404] * len(gone)
