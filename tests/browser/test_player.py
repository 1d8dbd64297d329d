"""The browser's player in real Chromium: the same picture as the film renderer, and lips only while there is sound."""

import base64
import mimetypes
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route

from avatar_pipeline.catalogue import face, faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.score import CHANNEL_INDEX, MotionScore

pytestmark = [pytest.mark.browser, pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium on the path")]
PAGES = Path(__file__).parent / "pages"
WIDGET = Path(__file__).parents[2] / "app" / "widget"
ROOT = "http://player.test"
PSNR_MIN_DB = 35.0


def _file(path: str) -> Path:
    if path.endswith(".rig"):
        return face(path.strip("/").removesuffix(".rig")).rig_path
    return WIDGET / path.lstrip("/") if path.startswith("/player/") else PAGES / path.lstrip("/")


def _serve(route: Route) -> None:
    """Answer from the working tree; nothing leaves the machine."""
    path = _file(route.request.url.removeprefix(ROOT))
    if not path.is_file():
        route.fulfill(status=404)
        return
    headers = {"Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; img-src blob:"}
    route.fulfill(body=path.read_bytes(), content_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream", headers=headers)


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 600, "height": 600})
    complaints: list[str] = []
    opened.on(
        "console", lambda message: message.type == "error" and "favicon" not in message.location["url"] and complaints.append(message.text)
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.route("**/*", _serve)
    opened.goto(ROOT + "/player.html")
    opened.wait_for_selector("html[data-ready]", state="attached")  # waiting for a function would need eval, which the policy forbids
    yield opened
    opened.close()
    assert complaints == []


def values(**moved: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    """One row of a score; a name without a side moves both sides."""
    row = np.zeros(57, np.float32)
    for name, amount in moved.items():
        for channel in [name] if name in CHANNEL_INDEX else [name + "Left", name + "Right"]:
            row[CHANNEL_INDEX[channel]] = amount
    return row


def drawn(page: Page, row: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Draw one row in the browser and fetch the pixels: BGR (512, 512, 3)."""
    text = page.evaluate(
        """(row) => {
          const { face, canvas: { width, height } } = window.player, gl = window.player.canvas.getContext("webgl2");
          face.draw(new Float32Array(57).fill(0.001)); // a face does not draw the same row twice
          face.draw(Float32Array.from(row));
          const pixels = new Uint8Array(width * height * 4);
          gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
          let text = "";
          for (const byte of pixels) text += String.fromCharCode(byte);
          return btoa(text);
        }""",
        row.tolist(),
    )
    pixels = np.frombuffer(base64.b64decode(text), np.uint8).reshape(512, 512, 4)
    return np.ascontiguousarray(pixels[::-1, :, 2::-1])


FRAMES = {
    "rest": values(),
    "an m": values(jawOpen=0.3, mouthClose=0.3),
    "lips just parting": values(jawOpen=0.02),
    "speaking": values(jawOpen=0.3, mouthLowerDown=0.2, headYaw=0.03),
    "pursed": values(jawOpen=0.15, mouthPucker=0.6, headPitch=0.04),
    "smiling": values(mouthSmile=0.6, jawOpen=0.2, mouthUpperUp=0.3, headRoll=-0.03),
    "blinking": values(eyeBlink=1, headYaw=-0.05),
    "half_shut": values(eyeBlink=0.5),
    "looking": values(gazeYaw=0.3, gazePitch=-0.1, browInnerUp=0.5),
    "wide": values(jawOpen=0.85),
}


@pytest.mark.parametrize("name", FRAMES)
def test_browser_and_film_renderer_draw_the_same_face(page: Page, name: str) -> None:
    renderer = FaceRenderer(load_rig(face("amara").rig_path))
    box = np.s_[140:430, 140:372]
    ours, theirs = renderer.render(FRAMES[name])[box].astype(float), drawn(page, FRAMES[name])[box].astype(float)
    psnr_db = 10 * np.log10(255**2 / np.mean((ours - theirs) ** 2))
    assert psnr_db >= PSNR_MIN_DB, f"{name}: {psnr_db:.1f} dB"


def test_the_wall_stands_still_while_the_head_moves(page: Page) -> None:
    wall = np.s_[10:90, 10:70]
    assert np.array_equal(drawn(page, values())[wall], drawn(page, values(headYaw=0.1, headRoll=0.05))[wall])


def test_every_face_of_the_catalogue_looks_the_same_in_both_players(page: Page) -> None:
    box, worst = np.s_[140:430, 140:372], {}
    for entry in faces():
        page.evaluate("(rig) => window.player.change(rig)", f"/{entry.face_id}.rig")
        renderer = FaceRenderer(load_rig(entry.rig_path))
        pairs = [
            (renderer.render(FRAMES[name])[box].astype(float), drawn(page, FRAMES[name])[box]) for name in ("speaking", "half_shut", "rest")
        ]
        worst[entry.face_id] = min(10 * np.log10(255**2 / np.mean((ours - theirs) ** 2)) for ours, theirs in pairs)
    page.evaluate("(rig) => window.player.change(rig)", "/amara.rig")
    assert {name: round(psnr_db, 1) for name, psnr_db in worst.items() if psnr_db < PSNR_MIN_DB} == {}


def _score(rows: list[np.ndarray[Any, np.dtype[np.float32]]]) -> dict[str, Any]:
    return MotionScore.from_floats(np.stack(rows)).to_json()


PLAY = """({ speech, idle, motion, times, startS }) => {
  const { createPerformer, readScore } = window.player;
  let time = 0; const seen = [];
  const face = { draw: (values) => seen.push(Array.from(values)) };
  const performer = createPerformer({ face, now: () => time, idle: idle && readScore(idle), reducedMotion: motion, clock: () => () => {} });
  performer.play(readScore(speech), startS);
  for (const one of times) { if (one === "stop") performer.stop(); else time = one; performer.tick(); }
  return seen;
}"""


def _played(page: Page, **arguments: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    whole = {"idle": None, "motion": False, "startS": 1.0, **arguments}
    return np.array(page.evaluate(PLAY, whole))


def test_lips_move_with_the_sound_and_are_shut_around_it(page: Page) -> None:
    jaw, yaw = CHANNEL_INDEX["jawOpen"], CHANNEL_INDEX["headYaw"]
    speech = _score([values(jawOpen=0.4, headYaw=0.05)] * 51)
    idle = _score([values(jawOpen=0.3, headYaw=-0.02)] * 2)
    times = [round(0.02 * i, 2) for i in range(125)]
    rows = _played(page, speech=speech, idle=idle, times=times)
    shut = [i for i, t in enumerate(times) if t < 1.0 or t > 2.0]
    open_ = [i for i, t in enumerate(times) if 1.0 <= t <= 2.0]
    assert (rows[shut, jaw] == 0).all()
    assert np.allclose(rows[open_, jaw], 0.4, atol=1e-4)
    assert np.abs(np.diff(rows[:, yaw])).max() < 0.012, "the head jumped instead of fading over 300 ms"
    assert rows[70, yaw] == pytest.approx(0.05, abs=1e-3)
    assert rows[0, yaw] == pytest.approx(-0.02, abs=1e-3)


def test_being_interrupted_shuts_the_mouth_in_the_next_picture(page: Page) -> None:
    speech = _score([values(jawOpen=0.4)] * 101)
    rows = _played(page, speech=speech, times=[1.2, 1.5, "stop", 1.52])
    assert rows[1, CHANNEL_INDEX["jawOpen"]] > 0.39
    assert rows[2, CHANNEL_INDEX["jawOpen"]] == 0


def test_a_frown_eases_out_when_they_are_interrupted(page: Page) -> None:
    speech = _score([values(jawOpen=0.4, mouthFrown=0.3, browInnerUp=0.7)] * 101)
    rows = _played(page, speech=speech, times=[1.5, 1.9, "stop", *[round(1.9 + 0.02 * i, 2) for i in range(1, 20)]])[2:]
    for name in ("mouthFrownLeft", "mouthFrownRight", "browInnerUp"):
        track = rows[1:, CHANNEL_INDEX[name]]
        assert track[0] > 0.2, f"{name} vanished"
        assert (np.diff(track) <= 1e-6).all()
        assert np.abs(np.diff(track)).max() < 0.15 * 0.7, f"{name} jumped"
        assert track[-1] == 0
    assert not rows[:, CHANNEL_INDEX["jawOpen"]].any()


def test_reduced_motion_keeps_lips_and_blinks_only(page: Page) -> None:
    speech = _score([values(jawOpen=0.4, headYaw=0.05, eyeBlink=0.5, browInnerUp=0.5, gazeYaw=0.2)] * 51)
    row = _played(page, speech=speech, motion=True, times=[0.99, 1.3, 1.6])[-1]
    moving = {name for name, index in CHANNEL_INDEX.items() if abs(row[index]) > 1e-6}
    assert moving == {"jawOpen", "eyeBlinkLeft", "eyeBlinkRight"}
    assert not _played(page, speech=speech, motion="still", times=[1.3]).any()


def test_a_damaged_rig_and_an_unknown_score_are_refused(page: Page) -> None:
    cut = (
        "async () => { const { createFace, rig } = window.player; await createFace(document.createElement('canvas'), rig.slice(0, 5000)); }"
    )
    with pytest.raises(Exception, match="not a whole zip"):
        page.evaluate(cut)
    with pytest.raises(Exception, match="tillhand-score/1"):
        page.evaluate("() => window.player.readScore({ format: 'tillhand-score/9', rate_hz: 50 })")


def test_the_face_comes_back_after_the_graphics_card_was_lost(page: Page) -> None:
    before = drawn(page, FRAMES["smiling"])
    page.evaluate(
        """() => new Promise((done) => {
          const { canvas } = window.player;
          const lose = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
          canvas.addEventListener("webglcontextrestored", () => setTimeout(done, 0));
          canvas.addEventListener("webglcontextlost", () => setTimeout(() => lose.restoreContext(), 20));
          lose.loseContext();
        })"""
    )
    assert np.array_equal(drawn(page, FRAMES["smiling"]), before)
