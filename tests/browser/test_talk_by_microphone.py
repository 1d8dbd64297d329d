"""Talking with her by microphone in real Chromium: a recorded voice in place of a microphone, the real recogniser, mind and voice."""

import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import fake_microphone
from fakes.open_shop import OpenShop, open_shop
from playwright.sync_api import Frame, Page, Playwright
from shopper import PATIENCE_S
from sqlalchemy import select

from app.conversations.read import conversation
from app.speaking.tables import TalkStream
from avatar_pipeline.listen import can_listen, new_listener
from tenants.database import Database

pytestmark = [
    pytest.mark.browser,
    pytest.mark.alone,
    pytest.mark.skipif(not can_listen(), reason="needs the packages of `make setup-listening`"),
]
FLAGS = ("--no-sandbox", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required", *fake_microphone.FLAGS)
WATCH = """window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.__violations.push(event.violatedDirective + event.blockedURI));"""
LISTEN = """() => { window.__heard = []; const place = document.querySelector("[data-part=heard]");
new MutationObserver(() => place.textContent && window.__heard.push(place.textContent)).observe(place,
  { childList: true, subtree: true, characterData: true }); }"""
MICROPHONE = """{
  const own = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  let context, stage;
  if (own) navigator.mediaDevices.getUserMedia = async (wanted) => {
    for (const track of (await own(wanted)).getTracks()) track.stop();
    context = new AudioContext();
    stage = context.createMediaStreamDestination();
    return stage.stream;
  };
  window.__say = async (wav) => {
    const buffer = await context.decodeAudioData(Uint8Array.from(atob(wav), (one) => one.charCodeAt(0)).buffer);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(stage);
    source.start();
  };
}"""
"""The browser's own microphone is asked for and allowed; then the shopper says what the test tells them to, when it does."""
ASKS, CUTS_IN = "What is your return policy?", "Stop. When do you open on Sunday?"


@pytest.fixture(scope="module")
def shop(database_for_run: Database, empty_tables: Callable[[], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    empty_tables()

    def listener(language: str, hint: str) -> Any:
        return new_listener(language=language, hint=hint)

    listener("en", "")  # loaded before anybody waits for it
    with open_shop(database_for_run, tmp_path_factory.mktemp("shop"), listener=listener) as opened:
        yield opened


@pytest.fixture
def page(playwright_driver: Playwright, shop: OpenShop) -> Iterator[Page]:
    browser = playwright_driver.chromium.launch(executable_path=shutil.which("chromium"), args=[*FLAGS])
    context = browser.new_context(viewport={"width": 420, "height": 760})
    context.add_init_script(WATCH + MICROPHONE)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_S * 1000)
    opened.goto(f"{shop.url}/w/{shop.key}/hosted")
    yield opened
    browser.close()


def panel_of(page: Page) -> Frame:
    page.frame_locator("tillhand-widget iframe").locator(".room").wait_for()
    return next(frame for frame in page.frames if "/frame" in frame.url)


def test_she_is_asked_by_voice_and_stopped_by_voice(page: Page, shop: OpenShop, tmp_path: Path):
    asks, cuts_in = (b64encode(fake_microphone.write_wav(tmp_path / "said.wav", fake_microphone.said(one)).read_bytes()).decode()
                     for one in (ASKS, CUTS_IN))  # fmt: skip
    panel = panel_of(page)
    panel.wait_for_selector('.room[data-state="ready"]')
    panel.evaluate(LISTEN)
    panel.click('[data-act="microphone"]')
    panel.locator('[data-part="hearing"]', has_text="sound is not kept").wait_for()
    panel.click('[data-part="hearing"] .chip')
    panel.wait_for_selector('.room[data-ear="listening"]')
    panel.evaluate("(wav) => window.__say(wav)", asks)
    panel.wait_for_selector(".bubble.mine")
    panel.wait_for_selector('.room[data-state="speaking"]')
    panel.evaluate("(wav) => window.__say(wav)", cuts_in)
    panel.wait_for_selector(".bubble.hers .aside")
    panel.locator(".bubble.mine").nth(1).wait_for()
    asked = panel.locator(".bubble.mine").all_inner_texts()
    assert "return policy" in asked[0]
    assert "open on Sunday" in asked[1]  # a busy machine swallows bits of the sound; this much was heard, and is answered below
    panel.locator(".bubble.hers", has_text="9:00").wait_for()
    assert panel.evaluate("window.__heard.length") > 0  # words appear while they are still being said
    first = panel.locator(".bubble.hers").nth(1)
    shown = first.locator("p:not(.aside)").all_inner_texts()
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        (line,) = session.scalars(select(TalkStream.conversation_id))
        turns = conversation(session, line).turns
    assert [one.question for one in turns] == [text.split("\n")[-1] for text in asked]
    assert turns[0].interrupted_after is not None
    kept = " ".join(one.text for one in turns[0].said)
    assert " ".join(shown).startswith(kept)
    panel.click('[data-act="microphone"]')
    panel.wait_for_selector('.room[data-ear=""]')
    assert panel.evaluate("window.__violations") == []
