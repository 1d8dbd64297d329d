"""A talk drawn by a stage, in real Chromium: the stage draws her mouth, is lost, and the browser's rig goes on within a second.

The stage is a process of its own with small networks that have learned nothing, so what it draws is noise, in the right place.
"""

import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fakes.open_shop import OpenShop, open_shop
from fakes.small_stage import SmallStage, small_stage
from looking import IS_DRAWN, PICTURES
from playwright.sync_api import Browser, BrowserContext, Frame
from shopper import PATIENCE_S, until
from sqlalchemy import select

from app.costs.tables import ServiceCost
from app.live_pictures.serve_stage import stage_key
from app.worker.capabilities import Capabilities
from app.worker.heartbeat import Heartbeat
from tenants.database import Database
from tenants.employee import change_picture_quality, employees

pytestmark = [
    pytest.mark.browser,
    pytest.mark.alone,  # it measures how soon the rig takes over
    pytest.mark.long,
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the neural parts are not installed (make setup-neural)"),
]
LONG = "Tell me about your return policy, delivery and opening hours"
NOTE = """() => { const seen = window.__seen = { frames: 0, share: 0, rig_since_ms: 0, pause_ms: 0, drawn_by: new Set() };
const place = document.querySelector(".stage-picture");
const shareOf = (patch) => { const { data } = patch.getContext("2d").getImageData(0, 0, patch.width, patch.height); let solid = 0;
for (let i = 3; i < data.length; i += 4) solid += data[i] > 200;
return solid / (data.length / 4); };
let before = performance.now();
const turn = (now) => { seen.pause_ms = Math.max(seen.pause_ms, now - before); before = now;
const patch = document.querySelector(".face + canvas");
seen.drawn_by.add(place.dataset.drawnBy);
if (!patch || Number(patch.style.opacity) < 0.5) seen.rig_since_ms ||= performance.timeOrigin + now;
else { seen.rig_since_ms = 0; if (++seen.frames % 8 === 1) seen.share = Math.max(seen.share, shareOf(patch)); }
requestAnimationFrame(turn); };
requestAnimationFrame(turn); }"""
"""Looks in each of the page's own pictures at whose lips are seen: a question from here now and then would miss it."""
SEEN_OR_OVER = """() => new Promise((done) => { let spoke = false;
const look = () => { const { state } = document.querySelector(".room").dataset;
spoke ||= state === "speaking";
if (window.__seen.rig_since_ms === 0) done(true);
else if (spoke && state === "ready") done(false);
else requestAnimationFrame(look); };
look(); })"""
ANSWERS_MAX = 6
LOST = {"killed": SmallStage.kill, "silent": SmallStage.fall_silent}


@pytest.fixture(scope="module")
def shop(database_for_run: Database, empty_tables: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    empty_tables()
    with open_shop(database_for_run, tmp_path_factory.mktemp("shop")) as opened:
        with opened.house.database.tenant_session(opened.tenant_id) as session:
            for one in employees(session):
                change_picture_quality(session, one.employee_id, "neural")
        yield opened


@pytest.fixture
def stage(shop: OpenShop) -> Iterator[SmallStage]:
    with small_stage(stage_key(shop.house.settings.signing_key)) as running:
        machine = Capabilities("small", 0, ("musetalk",))
        beats = Heartbeat(shop.house.database, lambda: datetime.now(UTC), (), machine, stage_address=running.address)
        beats.load = lambda: (4, 0)
        beats.start()
        yield running
        beats.stop()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(viewport={"width": 420, "height": 760})
    yield opened
    opened.close()


def panel_of(context: BrowserContext, shop: OpenShop) -> Frame:
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.on("console", lambda message: print(message.text))  # noqa: T201 - shown beside a failure: why the browser draws
    page.goto(f"{shop.url}/w/{shop.key}/hosted")
    page.frame_locator("tillhand-widget iframe").locator(".stage-picture[data-drawn-by]").wait_for()
    panel = next(frame for frame in page.frames if "/frame" in frame.url)
    panel.evaluate(NOTE)
    panel.wait_for_selector('.room[data-state="ready"]')
    return panel


def ask_until_the_stage_draws(panel: Frame) -> None:
    """Ask until a patch is seen. A processor that others need as well may leave a whole answer to the browser: its pictures come late."""
    for number in range(ANSWERS_MAX):
        ask(panel, LONG + " please" * number)
        if panel.evaluate(SEEN_OR_OVER):
            return
    pytest.fail(f"In {ANSWERS_MAX} answers no picture of the stage came in time.")


def look_at(panel: Frame, name: str) -> None:
    """Keep a picture of the panel for whoever wants to look."""
    if IS_DRAWN:
        PICTURES.mkdir(parents=True, exist_ok=True)
        panel.page.screenshot(path=PICTURES / f"live-{name}.png")


def ask(panel: Frame, question: str) -> None:
    panel.fill("textarea[name=question]", question)
    panel.press("textarea[name=question]", "Enter")


@pytest.mark.parametrize("way", sorted(LOST))
def test_a_stage_draws_her_until_it_is_lost_then_the_browser_does_within_a_second(
    context: BrowserContext, shop: OpenShop, stage: SmallStage, way: str
):
    panel = panel_of(context, shop)
    ask_until_the_stage_draws(panel)
    assert panel.evaluate("window.__seen.share") > 0.5  # so much of the patch is solid
    look_at(panel, f"first-patch-{way}")
    panel.wait_for_selector('.room[data-state="ready"]')
    assert until(lambda: _card_ms(shop)) > 0
    until(lambda: panel.evaluate("window.__seen.rig_since_ms") > 0)
    ask_until_the_stage_draws(panel)
    panel.evaluate("window.__seen.pause_ms = 0")
    lost_ms = panel.evaluate("performance.timeOrigin + performance.now()")  # the page's clock: another one may be a little off
    LOST[way](stage)
    until(lambda: panel.evaluate("window.__seen.rig_since_ms") > 0)
    seen = panel.evaluate("window.__seen")
    took_ms, pause_ms = seen["rig_since_ms"] - lost_ms, seen["pause_ms"]  # a page that cannot draw for so long shows nobody's face
    print(f"takeover_ms {took_ms:.0f} ms after it was {way}; the page's longest pause was {pause_ms:.0f} ms")  # noqa: T201
    assert 0 <= took_ms <= 1000 + pause_ms
    panel.wait_for_selector('.stage-picture[data-drawn-by="browser"]')
    look_at(panel, f"drawn-by-the-browser-{way}")
    panel.wait_for_selector('.room[data-state="ready"]')  # the voice went on to the answer's end
    assert panel.evaluate("window.__seen.rig_since_ms") == seen["rig_since_ms"]  # nobody came back while the stage was gone


def test_a_stage_that_fills_up_leaves_the_next_answer_to_the_browser_from_its_start(
    context: BrowserContext, shop: OpenShop, stage: SmallStage
):
    panel = panel_of(context, shop)
    ask_until_the_stage_draws(panel)
    panel.wait_for_selector('.room[data-state="ready"]')
    panel.wait_for_selector('.stage-picture[data-drawn-by="browser"]')
    stage.fill_up()
    panel.evaluate("window.__seen.drawn_by.clear()")
    ask(panel, LONG + " please")
    panel.wait_for_selector('.room[data-state="speaking"]')
    look_at(panel, "stage-full")
    panel.wait_for_selector('.room[data-state="ready"]')
    assert panel.evaluate("[...window.__seen.drawn_by]") == ["browser"]


def _card_ms(shop: OpenShop) -> int:
    """What drawing was written down for; here the processor's time, for there is no card."""
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        return sum(session.scalars(select(ServiceCost.cpu_ms).where(ServiceCost.kind == "turn")))
