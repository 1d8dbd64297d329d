"""In real Chromium: a film is brought with its progress told, what is wrong is said before and after, and a finished face is watched."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from axe import faults
from fakes.brought_films import usable_film
from fakes.dashboard_browser import signed_in
from fakes.dashboard_server import dashboard_server
from fakes.made_faces import lay_filmed_face
from fakes.shop_history import Shop, open_shop, routed
from looking import look
from playwright.sync_api import Browser, Page, expect
from shopper import until
from sqlalchemy import select

from app.casting.own_faces import face_id_of
from app.casting.tables import Casting
from app.wiring import system_clock
from avatar_pipeline.cast_film import FILM_BYTES_MAX
from tenants.database import Database

pytestmark = pytest.mark.browser
FORM = "/dashboard/casting/new/film"


@pytest.fixture
def shop(database: Database, tenant_id: UUID) -> Shop:
    return open_shop(routed(database), tenant_id, now=system_clock() - timedelta(days=3), email="robin@kestrel.example")


@pytest.fixture
def page(chromium: Browser, database: Database, shop: Shop, tmp_path: Path) -> Iterator[Page]:
    with dashboard_server(database, tmp_path, system_clock) as address, signed_in(chromium, address) as opened:
        yield opened


def test_a_film_is_brought_and_its_faults_are_said_beside_it(page: Page, shop: Shop, tmp_path: Path) -> None:
    large, usable, words = tmp_path / "large.mp4", tmp_path / "usable.mp4", tmp_path / "words.mp4"
    with large.open("wb") as file:
        file.truncate(FILM_BYTES_MAX + 1)
    usable.write_bytes(usable_film())
    words.write_text("this is no film")
    page.goto(FORM)
    assert faults(page) == []
    page.get_by_label("Film", exact=True).set_input_files(large)
    expect(page.locator("#film-seen")).to_have_text("The film has more than 100 MB. Film fewer seconds, or save it smaller.")
    page.get_by_label("A character of your own").check()
    page.get_by_label("Who made the character?").fill("Kestrel & Co")
    page.get_by_label("I declare that it shows no real person").check()
    look(page, "casting-film")
    page.get_by_label("Film", exact=True).set_input_files(words)
    expect(page.locator("#film-seen")).to_have_text("")
    page.get_by_role("button", name="Bring it").click()
    expect(page.locator("#film-error")).to_contain_text("This is no film we can read")
    assert page.get_by_label("Who made the character?").input_value() == "Kestrel & Co"
    page.get_by_label("Film", exact=True).set_input_files(usable)
    page.get_by_role("button", name="Bring it").click()
    page.wait_for_url("**/dashboard/casting/fce_*")
    page.get_by_text("It is in line to be made.").wait_for()
    look(page, "casting-film-waiting")
    with shop.database.tenant_session(shop.tenant_id) as session:
        (row,) = session.scalars(select(Casting))
        assert (row.is_film, row.state, row.picture_bytes) == (True, "waiting", usable.stat().st_size)


def test_a_face_from_a_film_plays_on_its_page_and_under_the_pointer(page: Page, shop: Shop, tmp_path: Path) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        casting_id = lay_filmed_face(session, tmp_path, system_clock())
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"/dashboard/casting/{face_id_of(casting_id)}")
    film = page.locator("video")
    film.evaluate("film => film.play()")
    until(lambda: film.evaluate("film => film.currentTime") > 0.3)
    assert film.evaluate("film => film.duration") == pytest.approx((2 * 40 - 2) / 25, abs=0.05)  # there and back
    film.evaluate("film => film.pause()")
    look(page, "casting-film-made")
    assert faults(page) == []
    page.goto("/dashboard/casting")
    small = page.locator("[data-plays-under-pointer]")
    assert small.evaluate("film => film.paused")
    page.locator("[data-face]").hover()
    until(lambda: small.evaluate("film => film.currentTime") > 0.1)
    page.mouse.move(0, 0)
    until(lambda: small.evaluate("film => film.paused"))
    look(page, "casting-film-list")
    assert faults(page) == []
    assert complaints == []
