"""A greeting film over HTTP: the shopper's wish, the events, its address and picture, who may have them, and how it is erased."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from fakes.open_shop import open_talk
from sqlalchemy import select

from app.studio.films import Draft, create_film
from app.studio.greetings import GreetingView, Limits, choose_greeting
from app.studio.release_gate import Inspected, keep_inspection
from app.studio.renders import media_path
from app.studio.tables import Film, FilmRender
from app.worker.greeting_rounds import tell_of_greetings
from avatar_pipeline.inspect_film import Check, Matter, Outcome

SCRIPT = {"format": "tillhand-script/1", "shape": "1:1", "captions": True, "scenes": [{"text": "Happy birthday, {name}!"}]}


@pytest.fixture(scope="module")
def greeting(shop):
    """The employee makes films for birthdays: one a visitor and day."""
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        who, how = UUID(shop.account.employee_id), {"by": "per_test", "now": datetime.now(UTC)}
        film_id = create_film(session, Draft("Birthdays", who, SCRIPT), **how)
        session.get_one(Film, (shop.tenant_id, film_id)).state = "approved"
        session.flush()
        choose_greeting(session, GreetingView("birthday", film_id, "", Limits(), is_ready=False), employee_id=who, **how)
    return film_id


def heard(talk, text):
    turn = talk.ask(text)
    return turn, [event for _, event in talk.until("turn:end", turn) if event["turn"] == turn]


def ordered(shop, panel, **body):
    talk = open_talk(shop, panel, **body)
    talk.until("turn:end")
    heard(talk, "can you make a birthday video for Anna?")
    return talk, *heard(talk, "yes")


def finish(shop):
    """What a worker does to the film in line, its pictures apart."""
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        made = session.scalars(select(FilmRender).where(FilmRender.state == "waiting")).one()
        made.state, made.progress_percent, made.duration_ms = "done", 100, 2000
        passed = Check(Matter.LABEL, Outcome.PASSED, {}, "looked at")
        keep_inspection(session, Inspected(made.film_id, made.render_id, 1, (passed,)), now=datetime.now(UTC))
        path = media_path(shop.house.settings.data_folder, shop.tenant_id, made)
        path.parent.mkdir(parents=True)
        path.with_suffix(".jpg").write_bytes(b"\xff\xd8 a picture")
    tell_of_greetings(shop.house.database, lambda: datetime.now(UTC))


def test_a_film_is_ordered_told_of_and_erased_with_what_is_remembered(shop, panel, greeting):
    visitor = str(uuid4())
    talk, turn, events = ordered(shop, panel, visitor=visitor)
    told = next(event for event in events if event["type"] == "film")
    assert (told["headline"], told["state"]) == ("Happy birthday, Anna!", "waiting")
    place = f"{talk.path}/films/{turn}"
    assert panel.get(place, headers=talk.headers).status_code == 404
    finish(shop)
    news = next(event for _, event in talk.events(0) if event["type"] == "film" and event["state"] != "waiting")
    assert (news["turn"], news["state"], news["percent"]) == (turn, "done", 100)
    address = panel.get(place, headers=talk.headers).json()["url"]
    assert panel.get(address).status_code == 200
    picture = panel.get(f"{place}/poster", headers=talk.headers)
    assert (picture.headers["content-type"], picture.content[:2]) == ("image/jpeg", b"\xff\xd8")
    stranger = open_talk(shop, panel)
    assert panel.get(place).status_code == 401
    assert panel.get(place, headers=stranger.headers).status_code == 403
    assert panel.get(f"{stranger.path}/films/{turn}", headers=stranger.headers).status_code == 404
    again, _, refused = ordered(shop, panel, visitor=visitor)
    assert all(event["type"] != "film" for event in refused), "one a visitor and day"
    assert panel.delete(f"{again.path}/memory", headers=again.headers).status_code == 204
    assert panel.get(place, headers=talk.headers).status_code == 404
    assert panel.get(address).status_code == 404
    _, _, after = ordered(shop, panel, visitor=visitor)
    assert all(event["type"] != "film" for event in after), "forgetting is no way around the limit"
