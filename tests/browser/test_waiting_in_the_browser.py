"""Listening and thinking in real Chromium: the panel shows the right state at the right time, and both players draw it alike."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fakes.widget_house import WidgetHouse
from playwright.sync_api import Browser, Page, Route
from shopper import Shopper, Visit, until
from test_player import PSNR_MIN_DB, ROOT, WIDGET, _serve, drawn

from avatar_pipeline.catalogue import face
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.score import CHANNEL_INDEX
from avatar_pipeline.speak import STATES, idle, loop_of

pytestmark = pytest.mark.browser

WAITS = """window.__waits = [];
new MutationObserver(() => {
  const waits = document.querySelector('[data-waits]')?.dataset.waits, talks = document.querySelector('.room')?.dataset.state;
  const now = `${waits} ${talks}`;
  if (waits && now !== window.__waits.at(-1)) window.__waits.push(now);
}).observe(document, {subtree: true, attributes: true, childList: true});"""
PLAY = """async ({ loops, steps }) => {
  const { readScore, createPerformer } = window.player, { createWaiting } = await import("/panel/waiting.js");
  let time = 10;
  const seen = [], now = () => time, waiting = createWaiting({ idle: readScore(loops.idle), now });
  for (const state of ["listening", "thinking"]) waiting.add(state, readScore(loops[state]));
  const face = { draw: (values) => seen.push(Array.from(values)) };
  const performer = createPerformer({ face, now, idle: waiting.score, clock: () => () => {} });
  for (const [state, pictures, speech] of steps) {
    if (speech) performer.play(readScore(speech), time + 0.02);
    waiting.show(state);
    for (let i = 0; i < pictures; i += 1) { time += 0.02; performer.tick(); }
  }
  return seen;
}"""


@pytest.fixture
def house(poster: bytes) -> Iterator[WidgetHouse]:
    server = WidgetHouse(poster, face("amara").rig_path.read_bytes(), idle(3).to_json()).start()
    yield server
    server.stop()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """The player's page, with the panel's module that fades the states."""

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(ROOT)
        if name == "/panel/waiting.js":
            route.fulfill(body=(WIDGET / "panel" / "waiting.js").read_bytes(), content_type="text/javascript")
        else:
            _serve(route)

    opened = chromium.new_page(viewport={"width": 600, "height": 600})
    opened.route("**/*", serve)
    opened.goto(ROOT + "/player.html")
    opened.wait_for_selector("html[data-ready]", state="attached")
    yield opened
    opened.close()


def wants(shopper: Shopper, state: str) -> None:
    until(lambda: shopper.panel.evaluate("document.querySelector('[data-waits]')?.dataset.waits") == state)


def test_they_listen_while_somebody_writes_and_think_until_they_are_heard(visit: Visit, house: WidgetHouse):
    shopper = visit(prepare=WAITS)
    shopper.page.wait_for_selector("tillhand-widget .launcher")
    panel = shopper.open()
    panel.wait_for_selector(".face:not([hidden])")
    shopper.wait_until("ready")
    house.misbehaviour.thinking_s = 0.8
    panel.fill("textarea[name=question]", "How much is")
    wants(shopper, "listening")
    panel.fill("textarea[name=question]", "")
    wants(shopper, "idle")
    shopper.ask("How much is a flat white?")
    shopper.wait_until("speaking")
    wants(shopper, "idle")
    shopper.wait_until("ready")
    diary = panel.evaluate("window.__waits")
    assert "thinking thinking" in diary
    asked = diary.index("thinking thinking")
    assert all(not one.startswith("thinking") for one in diary[:asked] if one != "thinking ready"), "nobody had asked"
    begun = next(at for at, one in enumerate(diary) if at > asked and one.endswith(" speaking") and not one.startswith("thinking"))
    assert all(one.startswith("idle") for one in diary[begun:]), "the answer is heard: they look at the shopper"
    states = {url.rpartition("/")[2] for kind, url in house.seen if kind == "state"}
    assert states == {"idle.json", "listening.json", "thinking.json"}
    assert shopper.complaints == []


def test_states_fade_into_each_other_and_never_part_the_lips(page: Page):
    loops = {state: loop_of(state, 5).to_json() for state in STATES}
    speech = loop_of("idle", 5, 4.0).to_json()
    steps: list[Any] = [
        ["idle", 60, None],
        ["listening", 120, None],
        ["thinking", 30, None],
        ["listening", 8, None],
        ["thinking", 90, None],
    ]
    steps += [["idle", 60, speech], ["thinking", 60, None]]
    rows = np.array(page.evaluate(PLAY, {"loops": loops, "steps": steps}))
    lips = [index for name, index in CHANNEL_INDEX.items() if name.startswith(("jaw", "mouth")) and "Smile" not in name]
    assert not rows[:, lips].any()
    head = rows[:, [CHANNEL_INDEX[f"head{way}"] for way in ("Pitch", "Yaw", "Roll")]]
    assert np.rad2deg(np.abs(np.diff(head, axis=0)).max()) < 0.45
    brows = rows[:, [CHANNEL_INDEX[name] for name in ("browInnerUp", "browDownLeft", "browOuterUpLeft", "browOuterUpRight")]]
    assert np.abs(np.diff(brows, axis=0)).max() < 0.1
    assert rows[120, CHANNEL_INDEX["browInnerUp"]] > rows[50, CHANNEL_INDEX["browInnerUp"]] + 0.1
    assert np.abs(rows[180:210, CHANNEL_INDEX["gazeYaw"]]).max() > np.deg2rad(8), "thinking is seen within half a second"


def test_listening_and_thinking_are_one_picture_in_both_players(page: Page):
    renderer, box, found = FaceRenderer(load_rig(face("amara").rig_path)), np.s_[140:430, 140:372], {}
    for state in ("listening", "thinking"):
        for at in (0.5, 1.7, 4.4, 8.2):
            row = loop_of(state, 4).at(at)
            ours, theirs = renderer.render(row)[box].astype(float), drawn(page, row)[box].astype(float)
            found[f"{state} {at}"] = 10 * np.log10(255**2 / np.mean((ours - theirs) ** 2))
    assert {name: round(psnr_db, 1) for name, psnr_db in found.items() if psnr_db < PSNR_MIN_DB} == {}
