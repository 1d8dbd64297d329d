"""Films of an employee whose mouth a card draws: made once, on a machine with the engine; by the rig, and said so, where none is."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import av
import numpy as np
import pytest
from fakes.made_faces import lay_filmed_face
from fakes.shop_history import Shop, open_shop, routed

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from app.casting.castings import name_face  # noqa: E402
from app.casting.own_faces import face_id_of, made_folder  # noqa: E402
from app.costs.tables import ServiceCost  # noqa: E402
from app.studio.films import Draft, create_film  # noqa: E402
from app.studio.foresee_render import foreseen  # noqa: E402
from app.studio.render_films import FILM_ELSEWHERE, FILMED, Studio, render_next  # noqa: E402
from app.studio.renders import ask_render, media_path, renders_of  # noqa: E402
from app.studio.tables import FilmRender  # noqa: E402
from app.worker.capabilities import Capabilities, queues_of  # noqa: E402
from app.worker.heartbeat import Heartbeat  # noqa: E402
from avatar_pipeline.neural import SMALL, Shelf, TalkingHead, random_networks  # noqa: E402
from avatar_pipeline.neural_mouth import NeuralMouth  # noqa: E402
from avatar_pipeline.provenance import FilmPapers  # noqa: E402
from avatar_pipeline.voice import Voice  # noqa: E402
from tenants.database import Database  # noqa: E402
from tenants.employee import change_face, change_picture_quality  # noqa: E402
from tenants.work_line import SILENT_SECONDS  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
BY = "per_test"
SCRIPT = {"format": "tillhand-script/1", "shape": "1:1", "captions": False, "scenes": [{"text": "Hello, Bob."}]}
CARD = Capabilities("NVIDIA H200", 143_771, ("musetalk",), 140_000)


@pytest.fixture
def shop(database: Database, tenant_id: UUID, now: datetime) -> Shop:
    opened = open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")
    with opened.database.tenant_session(tenant_id) as session:
        change_picture_quality(session, opened.employee_id, "neural")
    return opened


@pytest.fixture
def machine(shop: Shop, now: datetime) -> Heartbeat:
    beats = Heartbeat(shop.database, lambda: now, queues_of(CARD), CARD)
    beats.beat()
    return beats


@pytest.fixture
def anywhere(shop: Shop, tmp_path: Path, now: datetime) -> Studio:
    voice = Voice("heart")
    return Studio(shop.database, tmp_path, lambda _: voice, lambda mark, name: FilmPapers(mark, "Tillhand", name), lambda: now)


@pytest.fixture
def beside_a_card(anywhere: Studio) -> Studio:
    networks = random_networks(SMALL, seed=7)
    head = TalkingHead(networks, buckets=(8,))
    head.warm_up()
    mouth = NeuralMouth(networks, head, Shelf(lambda _: anywhere.data_folder / "prepared"), fingerprint="random 7")
    return replace(anywhere, engines=CARD.engines, mouth=lambda _: mouth)


def asked(shop: Shop, now: datetime) -> UUID:
    with shop.database.tenant_session(shop.tenant_id) as session:
        film_id = create_film(session, Draft("Welcome", shop.employee_id, SCRIPT), by=BY, now=now)
        ask_render(session, film_id=film_id, kind="preview", by=BY, now=now)
    return film_id


def pictures(studio: Studio, shop: Shop, film_id: UUID) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    with shop.database.tenant_session(shop.tenant_id) as session:
        row = session.get_one(FilmRender, (shop.tenant_id, renders_of(session, film_id)[0].render_id))
        path = media_path(studio.data_folder, shop.tenant_id, row)
    with av.open(str(path)) as film:
        return np.stack([one.to_ndarray(format="gray") for one in film.decode(video=0)])


def state(shop: Shop, film_id: UUID) -> tuple[str, str | None]:
    with shop.database.tenant_session(shop.tenant_id) as session:
        [one] = renders_of(session, film_id)
        assert not one.problem
        return one.state, one.drawn_by


def anew(studio: Studio, shop: Shop, film_id: UUID, now: datetime) -> int:
    """How many sentences the film's page says would be made again."""
    with shop.database.tenant_session(shop.tenant_id) as session:
        told = foreseen(session, film_id=film_id, kind="preview", data_folder=studio.data_folder, voice=studio.voice, now=now)
    assert told is not None
    return told.new_count


def test_the_card_draws_the_film_once_and_only_the_mouth(
    shop: Shop, machine: Heartbeat, anywhere: Studio, beside_a_card: Studio, now: datetime
) -> None:
    film_id = asked(shop, now)
    assert render_next(anywhere) == 0  # it waits for the card
    assert render_next(beside_a_card) == 1
    assert (render_next(beside_a_card), render_next(anywhere)) == (0, 0)
    assert state(shop, film_id) == ("done", "musetalk")
    assert anew(anywhere, shop, film_id, now) == 0
    assert anew(anywhere, shop, film_id, now + timedelta(minutes=2)) == 1  # the card is gone, and the rig has made nothing of it
    with shop.database.tenant_session(shop.tenant_id) as session:
        cost = session.query(ServiceCost).one()
        assert cost.gpu_ms > 0
        assert cost.characters == len("Hello, Bob.")
        change_picture_quality(session, shop.employee_id, "browser")
    assert anew(anywhere, shop, film_id, now) == 1
    by_the_rig = asked(shop, now)
    assert render_next(anywhere) == 1
    assert state(shop, by_the_rig) == ("done", "rig")
    assert anew(anywhere, shop, by_the_rig, now) == 0
    with shop.database.tenant_session(shop.tenant_id) as session:
        change_picture_quality(session, shop.employee_id, "neural")
    assert anew(anywhere, shop, by_the_rig, now) == 1  # a card draws it for the first time
    drawn, played = (pictures(anywhere, shop, one).astype(int) for one in (film_id, by_the_rig))
    assert len(drawn) == len(played)
    changed = np.abs(drawn - played).mean(axis=0)
    height = len(changed)
    above = np.percentile(changed[: height // 4], 99)  # hair and wall differ by the mark, which is each film's own, and the encoder
    assert above < 12
    assert changed[height // 4 :].max() > 20


def test_whoever_was_filmed_is_shown_as_filmed_and_never_quietly_drawn(
    shop: Shop, machine: Heartbeat, anywhere: Studio, beside_a_card: Studio, now: datetime
) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        casting_id = lay_filmed_face(session, anywhere.data_folder, now, face_id="walter", frames=6)
        name_face(session, casting_id=casting_id, name="Bo", voice_name="heart", by=BY, now=now)
        change_face(session, shop.employee_id, face_id_of(casting_id))
    loop = made_folder(anywhere.data_folder, casting_id, 1) / "loop.mp4"
    away = loop.rename(loop.with_suffix(".away"))
    film_id = asked(shop, now)
    assert render_next(beside_a_card) == 1
    with shop.database.tenant_session(shop.tenant_id) as session:
        [failed] = renders_of(session, film_id)
    assert (failed.state, failed.problem) == ("failed", FILM_ELSEWHERE)
    away.rename(loop)
    film_id = asked(shop, now)
    assert render_next(beside_a_card) == 1
    assert state(shop, film_id) == ("done", FILMED)
    with shop.database.tenant_session(shop.tenant_id) as session:
        change_picture_quality(session, shop.employee_id, "browser")
    by_the_rig = asked(shop, now)
    assert render_next(anywhere) == 1
    assert state(shop, by_the_rig) == ("done", "rig")  # without a card nothing of the film is needed


def test_a_film_whose_card_is_gone_is_made_by_the_rig_and_never_twice(
    shop: Shop, machine: Heartbeat, anywhere: Studio, now: datetime
) -> None:
    film_id = asked(shop, now)
    assert render_next(anywhere) == 0
    later = now + timedelta(seconds=SILENT_SECONDS)
    at_rig = replace(anywhere, clock=lambda: later)
    assert (render_next(at_rig), render_next(at_rig)) == (1, 0)
    assert state(shop, film_id) == ("done", "rig_instead")


def test_without_a_card_at_work_the_rig_is_asked_for_at_once(shop: Shop, anywhere: Studio, now: datetime) -> None:
    film_id = asked(shop, now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert session.get_one(FilmRender, (shop.tenant_id, renders_of(session, film_id)[0].render_id)).needs_engine is None
