"""Films in the studio: renders are taken in a fair turn, made from kept sentences, stopped, and taken over from workers that died."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import av
import pytest
from fakes.shop_history import Shop, open_shop, routed
from sqlalchemy import select

from app.studio.claim_render import claim_render
from app.studio.errors import FilmRefused, ScriptFaulty
from app.studio.films import Draft, add_comment, change_film, comments_of, create_film, delete_film, film
from app.studio.publish_film import approve_film, publish_film, showing_of, withdraw_film
from app.studio.release_gate import Inspected, keep_inspection
from app.studio.render_films import GAVE_UP, Studio, render_next
from app.studio.renders import WAITING_MAX, ask_render, cancel_render, media_path, renders_of, takes_folder
from app.studio.tables import FilmRender
from avatar_pipeline.provenance import FilmPapers
from avatar_pipeline.voice import Voice
from tenants.database import Database
from tenants.identifiers import new_id
from tenants.work_line import SILENT_SECONDS, TRIES_MAX

BY = "per_test"
SCRIPT = {"format": "tillhand-script/1", "shape": "1:1", "captions": True, "scenes": [{"text": "Hello. It is ready."}]}


@pytest.fixture
def shop(database: Database, tenant_id: UUID, now: datetime) -> Shop:
    return open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")


@pytest.fixture
def other(database: Database, now: datetime) -> Shop:
    return open_shop(routed(database), new_id(now), now=now - timedelta(days=19), email="kim@harbour.example", name="Harbour Books")


def written(shop: Shop, now: datetime, title: str = "Welcome") -> UUID:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return create_film(session, Draft(title, shop.employee_id, SCRIPT), by=BY, now=now)


def asked(shop: Shop, film_id: UUID, now: datetime, kind: str = "preview") -> UUID:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return ask_render(session, film_id=film_id, kind=kind, by=BY, now=now)  # type: ignore[arg-type]


def rows(shop: Shop) -> list[FilmRender]:
    with shop.database.tenant_session(shop.tenant_id) as session:
        found = list(session.scalars(select(FilmRender).order_by(FilmRender.render_id)))
        session.expunge_all()
        return found


class Ticking:
    """A clock that goes on a second each time it is read, as the wall's does while pictures are made."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture(scope="module")
def voice() -> Voice:
    return Voice("heart")


@pytest.fixture
def studio(shop: Shop, voice: Voice, tmp_path: Path, now: datetime) -> Studio:
    return Studio(shop.database, tmp_path, lambda _: voice, lambda mark, name: FilmPapers(mark, "Tillhand", name), Ticking(now))


def test_shops_take_turns_and_the_oldest_goes_first(shop: Shop, other: Shop, now: datetime) -> None:
    mine, theirs = [written(shop, now, f"Film {number}") for number in range(3)], written(other, now)
    first, second, third = (asked(shop, film_id, now + timedelta(seconds=number)) for number, film_id in enumerate(mine))
    late = asked(other, theirs, now + timedelta(seconds=30))
    at = now + timedelta(seconds=40)
    taken = [claim_render(shop.database, at) for _ in range(5)]
    assert [one.key if one else None for one in taken] == [first, late, second, third, None]


def test_a_render_whose_worker_died_is_taken_again_and_in_the_end_given_up(shop: Shop, studio: Studio, now: datetime) -> None:
    render_id = asked(shop, written(shop, now), now)
    for number in range(TRIES_MAX):
        at = now + timedelta(seconds=number * (SILENT_SECONDS + 1))
        claimed = claim_render(shop.database, at)
        assert claimed is not None
        assert (claimed.key, claimed.tries) == (render_id, number + 1)
        assert claim_render(shop.database, at + timedelta(seconds=SILENT_SECONDS - 1)) is None
    dead = replace(studio, clock=lambda: now + timedelta(seconds=TRIES_MAX * (SILENT_SECONDS + 1)))
    assert render_next(dead) == 1
    assert [(row.state, row.problem) for row in rows(shop)] == [("failed", GAVE_UP)]


def test_the_same_film_in_line_twice_is_one_and_a_line_has_an_end(shop: Shop, now: datetime) -> None:
    film_id = written(shop, now)
    assert asked(shop, film_id, now) == asked(shop, film_id, now)
    for number in range(WAITING_MAX - 1):
        asked(shop, written(shop, now, f"Film {number}"), now)
    with pytest.raises(FilmRefused, match="in line already"):
        asked(shop, film_id, now, "full")


def test_a_film_goes_from_draft_to_its_page_and_a_change_makes_one_sentence_anew(shop: Shop, studio: Studio, now: datetime) -> None:
    film_id = written(shop, now)
    session_of = lambda: shop.database.tenant_session(shop.tenant_id)  # noqa: E731
    with session_of() as session, pytest.raises(FilmRefused, match="Make a preview"):
        approve_film(session, film_id=film_id, by=BY, now=now)
    asked(shop, film_id, now)
    assert (render_next(studio), render_next(studio)) == (1, 0)
    (row,) = rows(shop)
    assert (row.state, row.progress_percent, row.takes_made, row.takes_kept) == ("done", 100, 2, 0)
    path = media_path(studio.data_folder, shop.tenant_id, row)
    with av.open(str(path)) as made:
        assert (made.streams.video[0].width, made.streams.video[0].height) == (540, 540)
    assert path.with_suffix(".vtt").read_text().startswith("WEBVTT")
    assert path.with_suffix(".jpg").read_bytes().startswith(b"\xff\xd8")
    changed = Draft("Welcome", shop.employee_id, {**SCRIPT, "scenes": [{"text": "Hello. It is here."}]})
    with session_of() as session:
        approve_film(session, film_id=film_id, by=BY, now=now)
        with pytest.raises(FilmRefused, match="full size first"):
            publish_film(session, film_id=film_id, by=BY, now=now)
        assert change_film(session, film_id=film_id, draft=changed, seen_version=1, by=BY, now=now) == 2
        assert film(session, film_id).state == "draft"
        with pytest.raises(FilmRefused, match="Somebody else changed"):
            change_film(session, film_id=film_id, draft=changed, seen_version=1, by=BY, now=now)
    asked(shop, film_id, now + timedelta(minutes=1))
    assert render_next(studio) == 1
    (again,) = rows(shop)
    assert (again.takes_made, again.takes_kept) == (1, 1)
    assert media_path(studio.data_folder, shop.tenant_id, again).is_file()
    assert not path.exists()


def test_what_is_published_stays_until_it_is_taken_back(shop: Shop, studio: Studio, now: datetime) -> None:
    film_id = written(shop, now)
    render_id = asked(shop, film_id, now, "full")
    with shop.database.tenant_session(shop.tenant_id) as session:
        row = session.get_one(FilmRender, (shop.tenant_id, render_id))
        row.state, row.finished_at, row.duration_ms = "done", now, 4000
        approve_film(session, film_id=film_id, by=BY, now=now)
        with pytest.raises(FilmRefused, match="has not been inspected"):
            publish_film(session, film_id=film_id, by=BY, now=now)
        keep_inspection(session, Inspected(film_id, render_id, 1, ()), now=now)
        key = publish_film(session, film_id=film_id, by=BY, now=now)
    shown = showing_of(shop.database, key)
    assert shown is not None
    assert (shown.shop_name, shown.render.render_id) == ("Kestrel Coffee & Snacks", render_id)
    with shop.database.tenant_session(shop.tenant_id) as session:
        add_comment(session, film_id=film_id, body=" Warmer, please. ", by=BY, now=now)
        assert [one.body for one in comments_of(session, film_id)] == ["Warmer, please."]
        withdraw_film(session, film_id=film_id, by=BY, now=now)
    assert showing_of(shop.database, key) is None
    with shop.database.tenant_session(shop.tenant_id) as session:
        other_key = publish_film(session, film_id=film_id, by=BY, now=now)
        assert other_key != key
        delete_film(session, film_id=film_id, by=BY, now=now)
    assert showing_of(shop.database, other_key) is None


def stop_it(shop: Shop, render_id: UUID, now: datetime) -> Callable[[], bool]:
    """Somebody presses Stop while it is being made; the worker looks by itself."""

    def look() -> bool:
        with shop.database.tenant_session(shop.tenant_id) as session:
            cancel_render(session, render_id=render_id, by=BY, now=now)
        return False

    return look


def test_a_stopped_film_keeps_its_sentences_and_a_worker_that_goes_home_leaves_it_in_line(
    shop: Shop, studio: Studio, now: datetime
) -> None:  # fmt: skip
    film_id = written(shop, now)
    render_id = asked(shop, film_id, now)
    looks: list[int] = []

    def closes_after_the_first_sentence() -> bool:
        looks.append(1)
        return len(list(takes_folder(studio.data_folder, shop.tenant_id).glob("*.npz"))) == 1

    assert render_next(replace(studio, is_closing=closes_after_the_first_sentence)) == 1
    assert [(row.state, row.tries) for row in rows(shop)] == [("waiting", 0)]
    assert render_next(replace(studio, is_closing=stop_it(shop, render_id, now))) == 1
    assert [row.state for row in rows(shop)] == ["cancelled"]
    asked(shop, film_id, now + timedelta(minutes=1))
    assert render_next(studio) == 1
    done = rows(shop)[-1]
    assert (done.state, done.takes_kept >= 1, done.takes_kept + done.takes_made) == ("done", True, 2)


def test_a_script_that_cannot_be_shot_is_told_field_by_field(shop: Shop, now: datetime) -> None:
    scenes = [{"text": "..."}, {"text": "Yes.", "coupon": {"title": "Ten off", "code": ""}}, {"text": "Hello {name."}]
    draft = Draft(" ", shop.employee_id, {**SCRIPT, "scenes": scenes}, "ftp://shop.example")
    with shop.database.tenant_session(shop.tenant_id) as session, pytest.raises(ScriptFaulty) as told:
        create_film(session, draft, by=BY, now=now)
    assert set(told.value.faults) == {"title", "target_url", "0 text", "1 coupon_code", "2 text"}


def test_nobody_makes_films_of_another_shop(shop: Shop, other: Shop, now: datetime) -> None:
    film_id = written(shop, now)
    with other.database.tenant_session(other.tenant_id) as session:
        with pytest.raises(Exception, match="no such film"):
            film(session, film_id)
        assert renders_of(session, film_id) == []
