"""Talking with her by microphone in real Chromium: a recorded voice in place of a microphone, the real recogniser, mind and voice."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import fake_microphone
from fakes.open_shop import OpenShop, open_shop
from playwright.sync_api import Frame, Page, Playwright
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
SAYS = (1.5, "What is your return policy?", 3.6, "Stop. When do you open on Sunday?", 4.0)


@pytest.fixture(scope="module")
def shop(database_for_run: Database, empty_tables: Callable[[], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    empty_tables()

    def listener(language: str, hint: str) -> Any:
        return new_listener(language=language, hint=hint)

    listener("en", "")  # loaded before anybody waits for it
    with open_shop(database_for_run, tmp_path_factory.mktemp("shop"), listener=listener) as opened:
        yield opened


@pytest.fixture
def page(playwright_driver: Playwright, shop: OpenShop, tmp_path: Path) -> Iterator[Page]:
    sound, _ = fake_microphone.script(*SAYS)
    file = fake_microphone.write_wav(tmp_path / "shopper.wav", sound)
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={file}%noloop"]
    browser = playwright_driver.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
    context = browser.new_context(viewport={"width": 420, "height": 760})
    context.add_init_script(WATCH)
    opened = context.new_page()
    opened.goto(f"{shop.url}/w/{shop.key}/hosted")
    yield opened
    browser.close()


def panel_of(page: Page) -> Frame:
    page.frame_locator("tillhand-widget iframe").locator(".room").wait_for(timeout=30_000)
    return next(frame for frame in page.frames if "/frame" in frame.url)


def test_she_is_asked_by_voice_and_stopped_by_voice(page: Page, shop: OpenShop):
    panel = panel_of(page)
    panel.wait_for_selector('.room[data-state="ready"]', timeout=30_000)
    panel.evaluate(LISTEN)
    panel.click('[data-act="microphone"]')
    assert "sound is not kept" in panel.inner_text('[data-part="hearing"]')
    panel.click('[data-part="hearing"] .chip')
    panel.wait_for_selector('.room[data-ear="listening"]', timeout=30_000)
    panel.wait_for_selector(".bubble.mine", timeout=30_000)
    panel.wait_for_selector('.room[data-state="speaking"]', timeout=30_000)
    panel.wait_for_selector(".bubble.hers .aside", timeout=30_000)
    panel.locator(".bubble.mine").nth(1).wait_for(timeout=30_000)
    asked = panel.locator(".bubble.mine").all_inner_texts()
    assert "return policy" in asked[0]
    assert "open on Sunday" in asked[1]  # a busy machine swallows bits of the sound; this much was heard, and is answered below
    panel.locator(".bubble.hers", has_text="9:00").wait_for(timeout=30_000)
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
    assert panel.get_attribute(".room", "data-ear") == ""
    assert panel.evaluate("window.__violations") == []
