"""Greeting films ordered in a talk: within limits, fairly in line, through the release gate, to an address of their own, and erased."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fakes.shop_history import Shop, open_shop, routed
from sqlalchemy import select

from app.studio.batch_tables import FilmBatchRow
from app.studio.batches import hand_in_table, start_batch
from app.studio.claim_render import claim_render
from app.studio.errors import FilmRefused, FilmUnknown
from app.studio.films import Draft, create_film
from app.studio.greeting_films import (
    Ordered,
    ShopHadEnough,
    VisitorHadEnough,
    end_expired,
    files_to_drop,
    forget_greetings,
    news_of_greetings,
    order_greeting,
)
from app.studio.greetings import GreetingView, Limits, choose_greeting, drop_greeting, fitting_films, greetings_of, ready_occasions
from app.studio.publish_film import showing_of
from app.studio.release_gate import inspection_of
from app.studio.render_films import Studio, render_next
from app.studio.renders import media_path, render
from app.studio.tables import Film, FilmRender
from avatar_pipeline.provenance import FilmPapers
from avatar_pipeline.voice import Voice
from tenants.database import Database, tenant_of

BY = "per_test"
SCRIPT = {
    "format": "tillhand-script/1",
    "shape": "1:1",
    "captions": True,
    "scenes": [{"text": "Happy birthday, {name}! Somebody who likes you asked me to say so. Have a wonderful day."}],
}


@pytest.fixture
def shop(database: Database, tenant_id: UUID, now: datetime) -> Shop:
    return open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")


def greeting(shop: Shop, now: datetime, limits: Limits = Limits(2, 3, 7), script=SCRIPT) -> UUID:  # noqa: B008 - it is frozen
    with shop.database.tenant_session(shop.tenant_id) as session:
        film_id = create_film(session, Draft("Birthdays", shop.employee_id, script), by=BY, now=now)
        session.get_one(Film, (tenant_of(session), film_id)).state = "approved"
        session.flush()
        chosen = GreetingView("birthday", film_id, "", limits, is_ready=False)
        choose_greeting(session, chosen, employee_id=shop.employee_id, by=BY, now=now)
        return film_id


def wish(shop: Shop, name: str = "Anna", visitor: UUID | None = None, turn: UUID | None = None) -> Ordered:
    return Ordered(shop.employee_id, uuid4(), turn or uuid4(), visitor or uuid4(), "birthday", name, f"Happy birthday, {name}!")


def order(shop: Shop, one: Ordered, now: datetime) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        order_greeting(session, one, now=now)


def news(shop: Shop, now: datetime) -> list[tuple[str, int]]:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return [(one.state, one.percent) for one in news_of_greetings(session, now=now)]


def rows(shop: Shop) -> list[FilmRender]:
    with shop.database.tenant_session(shop.tenant_id) as session:
        found = list(session.scalars(select(FilmRender).order_by(FilmRender.asked_at)))
        session.expunge_all()
        return found


def test_only_an_approved_film_with_a_name_and_no_other_gap_can_be_chosen(shop: Shop, now: datetime) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        texts = {"fits": "Hello {name}.", "other": "Hello {name} of {town}.", "none": "Hello."}
        made = {
            key: create_film(session, Draft(key, shop.employee_id, {**SCRIPT, "scenes": [{"text": text}]}), by=BY, now=now)
            for key, text in texts.items()
        }
        assert [one.title for one in fitting_films(session, shop.employee_id)] == ["fits"]
        how = {"employee_id": shop.employee_id, "by": BY, "now": now}
        for key, why in (("fits", "Approve the film"), ("other", "only name"), ("none", "only name")):
            with pytest.raises(FilmRefused, match=why):
                choose_greeting(session, GreetingView("any", made[key], "", Limits(), is_ready=False), **how)
        session.get_one(Film, (tenant_of(session), made["fits"])).state = "approved"
        session.flush()
        with pytest.raises(FilmRefused, match="One shopper may have"):
            choose_greeting(session, GreetingView("any", made["fits"], "", Limits(0, 1, 1), is_ready=False), **how)
        choose_greeting(session, GreetingView("any", made["fits"], "", Limits(), is_ready=False), **how)
        assert ready_occasions(session, shop.employee_id) == ("any",)
        session.get_one(Film, (tenant_of(session), made["fits"])).state = "draft"
        session.flush()
        assert [one.is_ready for one in greetings_of(session, shop.employee_id)] == [False]
        drop_greeting(session, occasion="any", **how)
        assert greetings_of(session, shop.employee_id) == []


def test_limits_hold_a_turn_counts_once_and_an_erased_film_counts_on(shop: Shop, now: datetime) -> None:
    greeting(shop, now)
    visitor, first = uuid4(), wish(shop)
    one = replace(first, visitor_id=visitor)
    for _ in range(2):
        order(shop, one, now)
    order(shop, wish(shop, visitor=visitor), now)
    with pytest.raises(VisitorHadEnough):
        order(shop, wish(shop, visitor=visitor), now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert forget_greetings(session, visitor_id=visitor, now=now) == 2
    with pytest.raises(VisitorHadEnough):
        order(shop, wish(shop, visitor=visitor), now)
    order(shop, wish(shop), now)
    with pytest.raises(ShopHadEnough):
        order(shop, wish(shop), now)
    order(shop, wish(shop, visitor=visitor), now + timedelta(days=1, seconds=1))


@pytest.mark.parametrize("name", ["{code}", "", "小美"])
def test_a_name_that_the_voice_cannot_say_is_refused_before_anything_is_made(shop: Shop, now: datetime, name: str) -> None:
    greeting(shop, now)
    with pytest.raises(FilmRefused):
        order(shop, wish(shop, name), now)
    assert rows(shop) == []


def test_whoever_waits_in_a_talk_does_not_wait_behind_a_table(shop: Shop, now: datetime) -> None:
    film_id = greeting(shop, now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        table = hand_in_table(session, film_id=film_id, file_name="guests.csv", content=b"name\nAda\nBo\n", by=BY, now=now)
        start_batch(session, batch_id=table, chosen={"name": 0}, by=BY, now=now)
    order(shop, wish(shop), now + timedelta(seconds=5))
    claimed = claim_render(shop.database, now + timedelta(seconds=6))
    assert claimed is not None
    assert claimed.key == next(row.render_id for row in rows(shop) if row.asked_by == "chat")


def test_it_is_made_inspected_shown_by_its_own_address_and_erased(shop: Shop, tmp_path: Path, now: datetime) -> None:
    greeting(shop, now)
    voice, one = Voice("heart"), wish(shop)
    order(shop, one, now)
    assert news(shop, now) == []
    studio = Studio(shop.database, tmp_path, lambda _: voice, lambda mark, name: FilmPapers(mark, "Tillhand", name), lambda: now)
    assert render_next(studio) == 1
    with shop.database.tenant_session(shop.tenant_id) as session:
        inspected = inspection_of(session, rows(shop)[0].render_id)
        assert inspected is not None
        assert inspected.failed == ()
    with shop.database.tenant_session(shop.tenant_id) as session:
        (told,) = news_of_greetings(session, now=now)
    assert (told.state, told.percent) == ("done", 100)
    assert news(shop, now) == []
    shown = showing_of(shop.database, told.key)
    assert shown is not None
    assert shown.title == "Happy birthday, Anna!"
    path = media_path(tmp_path, shop.tenant_id, shown.render)
    assert path.is_file()
    assert "Anna" in path.with_suffix(".vtt").read_text()
    assert showing_of(shop.database, "no-such-key") is None
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert end_expired(session, now=now + timedelta(days=6)) == 0
        assert end_expired(session, now=now + timedelta(days=7)) == 1
        assert files_to_drop(session, now=now + timedelta(days=7)) == [(shown.film_id, shown.render.render_id)]
        assert session.scalars(select(FilmBatchRow)).all() == []
        with pytest.raises(FilmUnknown):
            render(session, shown.render.render_id)
        assert files_to_drop(session, now=now + timedelta(days=7)) == []
    assert showing_of(shop.database, told.key) is None


def test_what_did_not_pass_is_told_as_failed_and_has_no_address(shop: Shop, now: datetime) -> None:
    greeting(shop, now)
    order(shop, wish(shop), now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        made = session.scalars(select(FilmRender)).one()
        made.state, made.progress_percent = "running", 47
    assert news(shop, now) == [("making", 40)]
    assert news(shop, now) == []
    with shop.database.tenant_session(shop.tenant_id) as session:
        session.scalars(select(FilmRender)).one().state = "done"  # and no inspection passed it
    assert news(shop, now) == [("failed", 0)]
    assert news(shop, now) == []
