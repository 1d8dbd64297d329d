"""Work over machines: who can do what, who has reported in, and which films wait for a card."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.shop_history import open_shop, routed
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.studio.claim_render import claim_render
from app.studio.films import Draft, create_film
from app.studio.renders import ask_render
from app.studio.tables import FilmRender
from app.worker.capabilities import Capabilities, card_of, queue_for, queues_of
from app.worker.heartbeat import FORGOTTEN, SILENT, Heartbeat, engines_at_work, machines
from app.worker.tables import Machine
from tenants.database import connect

H200 = Capabilities("NVIDIA H200", 143_771, ("musetalk", "coqui"), 140_203)
SCRIPT = {"format": "tillhand-script/1", "shape": "1:1", "captions": True, "scenes": [{"text": "It is ready."}]}


def test_work_goes_where_its_engine_and_its_memory_are() -> None:
    assert queue_for("musetalk", 12) == "gpu.musetalk.16"
    assert queue_for("coqui") == "gpu.coqui.0"
    small = Capabilities("RTX 4060", 8_188, ("musetalk",))
    assert queues_of(small) == ("gpu.musetalk.0", "gpu.musetalk.8")
    assert queue_for("musetalk", 12) in queues_of(H200)
    assert queue_for("musetalk", 12) not in queues_of(small)
    assert queues_of(Capabilities("NVIDIA H200", 143_771)) == ()
    assert Capabilities(engines=("musetalk",)).meets("musetalk")
    with pytest.raises(ValueError, match="No class of cards"):
        queue_for("musetalk", 200)


def test_the_driver_is_read_or_there_is_no_card() -> None:
    assert card_of("NVIDIA H200, 143771, 140203\nNVIDIA H200, 143771, 9\n", ("musetalk", "coqui")) == H200
    assert card_of("NVIDIA H200, 143771, [N/A]\n", ("coqui",)) == Capabilities(engines=("coqui",))
    assert card_of("No devices were found\n", ("coqui",)) == Capabilities(engines=("coqui",))


def test_machines_report_in_and_who_falls_silent_is_gone(database: Any, now: Any, tenant_id: Any) -> None:
    moment = [now]
    beats = Heartbeat(database, lambda: moment[0], queues_of(H200), H200, stage_address="http://10.0.0.7:8800")
    beats.load = lambda: (40, 7)
    beats.beat()
    beats.beat()
    with database.operator_session() as session:
        [one] = machines(session, now)
    assert (one.state, one.device, one.seats, one.speaking) == ("at work", "NVIDIA H200", 40, 7)
    assert (one.vram_mb, one.vram_free_mb) == (143_771, 140_203)
    with database.tenant_session(tenant_id) as session:
        assert engines_at_work(session, now) == {"musetalk", "coqui"}
        assert engines_at_work(session, now + SILENT + timedelta(seconds=1)) == frozenset()
    beats.leave()
    beats.beat()
    with database.operator_session() as session:
        assert [one.state for one in machines(session, now)] == ["leaving"]
        assert [one.state for one in machines(session, now + timedelta(minutes=1))] == ["silent"]
        assert engines_at_work(session, now) == frozenset()
    moment[0] = now + FORGOTTEN + timedelta(minutes=1)
    Heartbeat(database, lambda: moment[0], ("render",), Capabilities()).beat()
    with database.operator_session() as session:
        assert [one.queues for one in machines(session, moment[0])] == [("render",)]


def test_a_worker_starts_and_leaves_although_the_database_does_not_answer(now: Any, tmp_path: Path) -> None:
    nowhere = f"postgresql+psycopg://nobody@/nothing?host={tmp_path}"
    fallen = connect(app_url=nowhere, intake_url=nowhere, operator_url=nowhere)
    beats = Heartbeat(fallen, lambda: now, ("prompt",), Capabilities())
    beats.start()
    beats.stop()
    with pytest.raises(OperationalError):
        beats.beat()


def test_a_shop_cannot_look_at_machines(database: Any, tenant_id: Any) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), database.tenant_session(tenant_id) as session:
        session.scalars(select(Machine)).all()


def test_a_film_that_needs_a_card_waits_for_one(database: Any, tenant_id: Any, now: Any) -> None:
    shop = open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")
    Heartbeat(database, lambda: now, queues_of(H200), H200).beat()  # one is there, so the film waits for it
    ids = []
    for engine in ("musetalk", None):
        with shop.database.tenant_session(tenant_id) as session:
            film_id = create_film(session, Draft("Welcome", shop.employee_id, SCRIPT), by="test", now=now)
            ids.append(ask_render(session, film_id=film_id, kind="preview", by="test", now=now))
            session.get_one(FilmRender, (tenant_id, ids[-1])).needs_engine = engine
    assert claim_render(database, now, ("coqui",)) is None
    anywhere = claim_render(database, now)
    assert anywhere is not None
    assert anywhere.key == ids[1]
    assert claim_render(database, now) is None
    there = claim_render(database, now, ("coqui", "musetalk"))
    assert there is not None
    assert there.key == ids[0]
