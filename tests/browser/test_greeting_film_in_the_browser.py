"""A greeting film from the wish to the last trace: asked for in the panel, made by the studio, shown on a card, watched, erased."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fakes.open_shop import OpenShop, open_shop
from playwright.sync_api import Browser, Frame
from sqlalchemy import select

from app.studio.films import Draft, create_film
from app.studio.greeting_films import files_to_drop
from app.studio.greeting_tables import GreetingFilm
from app.studio.greetings import GreetingView, Limits, choose_greeting
from app.studio.render_films import Studio, render_next
from app.studio.tables import Film
from app.worker.greeting_rounds import greeting_rounds
from avatar_pipeline.provenance import FilmPapers
from avatar_pipeline.voice import Voice
from tenants.database import Database

pytestmark = pytest.mark.browser

PATIENCE_MS = 60_000
PICTURES = Path(os.environ.get("TILLHAND_PICTURES", "var/pictures"))
IS_DRAWN = "TILLHAND_PICTURES" in os.environ
SCRIPT = {
    "format": "tillhand-script/1",
    "shape": "1:1",
    "captions": True,
    "scenes": [{"text": "Happy birthday, {name}! Somebody who likes you asked me to say so."}],
}


@pytest.fixture(scope="module")
def shop(database_for_run: Database, empty_tables: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    """A shop whose employee makes films for birthdays."""
    empty_tables()
    with open_shop(database_for_run, tmp_path_factory.mktemp("shop")) as opened:
        with opened.house.database.tenant_session(opened.tenant_id) as session:
            who, how = UUID(opened.account.employee_id), {"by": "per_test", "now": datetime.now(UTC)}
            film_id = create_film(session, Draft("Birthdays", who, SCRIPT), **how)
            session.get_one(Film, (opened.tenant_id, film_id)).state = "approved"
            session.flush()
            choose_greeting(session, GreetingView("birthday", film_id, "", Limits(), is_ready=False), employee_id=who, **how)
        yield opened


def studio_of(shop: OpenShop) -> Studio:
    papers = lambda mark, name: FilmPapers(mark, "Tillhand", name)  # noqa: E731
    return Studio(shop.house.database, shop.house.settings.data_folder.resolve(), Voice, papers, lambda: datetime.now(UTC))


def ask(panel: Frame, question: str) -> None:
    panel.fill("textarea[name=question]", question)
    panel.press("textarea[name=question]", "Enter")


def look_at(panel: Frame, name: str) -> None:
    if IS_DRAWN:
        PICTURES.mkdir(parents=True, exist_ok=True)
        panel.page.screenshot(path=PICTURES / f"greeting-{name}.png")


def test_a_film_is_wished_for_made_watched_and_erased(chromium: Browser, shop: OpenShop) -> None:
    context = chromium.new_context(viewport={"width": 420, "height": 760})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{shop.url}/w/{shop.key}/hosted")
    page.frame_locator("tillhand-widget iframe").locator('.room[data-state="ready"]').wait_for()
    panel = next(frame for frame in page.frames if "/frame" in frame.url)
    ask(panel, "can you make a little birthday video for Anna?")
    panel.get_by_text("is the name right?").wait_for()
    panel.wait_for_selector('.room[data-state="ready"]')
    ask(panel, "yes, please")
    panel.wait_for_selector(".greeting-film progress")
    look_at(panel, "waiting")
    tell, forget = (one.work for one in greeting_rounds(shop.house.settings))
    assert render_next(studio_of(shop)) == 1
    tell(shop.house.database, lambda: datetime.now(UTC))
    panel.wait_for_selector(".film-watch img")
    assert panel.eval_on_selector(".film-watch img", "image => image.naturalWidth") > 100
    look_at(panel, "made")
    with context.expect_page() as opening:
        panel.click(".film-watch")
    film = opening.value
    film.wait_for_load_state()
    if IS_DRAWN:
        film.screenshot(path=PICTURES / "greeting-page.png")
    film.wait_for_selector("video.film-player", state="attached")
    assert "Happy birthday, Anna!" in film.title()
    assert film.evaluate("fetch(document.querySelector('video').src).then((answer) => answer.ok)")
    address = film.url
    panel.page.reload()
    page.frame_locator("tillhand-widget iframe").locator(".film-watch img, .room[data-state=ready]").first.wait_for()
    ask_to_forget(shop)
    assert context.new_page().goto(address).status == 404  # type: ignore[union-attr]
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        ((film_id, render_id),) = files_to_drop(session, now=datetime.now(UTC))
    folder = shop.house.settings.data_folder.resolve() / "films" / str(shop.tenant_id) / str(film_id) / str(render_id)
    assert folder.is_dir()
    forget(shop.house.database, lambda: datetime.now(UTC))
    assert not folder.exists()
    context.close()


def ask_to_forget(shop: OpenShop) -> None:
    """What the panel's button does, by the verb behind it: a fresh browser keeps no pass of its own in a frame."""
    from app.studio.greeting_films import forget_greetings

    with shop.house.database.tenant_session(shop.tenant_id) as session:
        visitor_id = session.scalars(select(GreetingFilm.visitor_id)).one()
        assert forget_greetings(session, visitor_id=visitor_id, now=datetime.now(UTC)) == 1


@pytest.mark.parametrize("width", [1280, 360])
def test_the_shop_sees_what_is_in_use_and_what_it_says(chromium: Browser, shop: OpenShop, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{shop.house.settings.public_url}/dashboard/sign-in?next=/dashboard/films/greetings")
    page.fill("[name=email]", shop.account.owner_email)
    page.fill("[name=password]", shop.account.owner_password)
    page.press("[name=password]", "Enter")
    page.click(".film-greeting[data-on] summary")
    said = page.locator(".film-greeting[data-on] q").first
    assert "Happy birthday, {name}!" in said.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1
    if IS_DRAWN:
        page.screenshot(path=PICTURES / f"greeting-shop-{width}.png")
    context.close()
