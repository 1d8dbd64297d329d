"""What every test may ask for: a real PostgreSQL of its own, with the product's roles, and a fixed moment to call now."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from argon2 import PasswordHasher
from fakes.torch_threads import one_torch_thread  # noqa: F401 - a fixture
from httpx._transports import default as httpx_transport
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

import app.tables  # noqa: F401 - the tables of every room, to empty them between tests
from migrations.history import upgrade
from tenants import passwords
from tenants.database import Base, Database, connect
from tenants.identifiers import new_id
from tenants.local_postgres import LocalPostgres
from tenants.roles import ADMIN_ROLE, APP, INTAKE, OPERATOR, OWNER, prepare_database

HERE = Path(__file__).parent
GROWN_BYTES = 256 * 1024
FILLED = text(
    """SELECT quote_ident(name), pg_relation_size(to_regclass(quote_ident(name))) FROM unnest(CAST(:names AS text[])) AS name
    WHERE pg_relation_size(to_regclass(quote_ident(name))) > 0"""
)
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

# On a busy machine an example takes half a second of the clock now and then, which says nothing about what it tries.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None]:
    """No garbage is looked for while a million objects are made, all of them kept; afterwards they are left out of every look."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where a file stays in one process, those that use the demo house stay in one together: it would be started once for each."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # imported late: a run without xdist needs none

    users = {path.relative_to(config.rootpath).as_posix() for path in HERE.rglob("test_*.py") if "demo_house" in path.read_text("utf-8")}

    class OneDemoHouse(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "demo_house" if file in users else file

    return OneDemoHouse(config, log)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords are hashed weakly here: at full strength every test that signs somebody in would spend half a second on it.

    What is stored says how it was hashed, so nothing else behaves otherwise.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> Iterator[None]:
    """Each HTTP client reads the file of trusted certificates anew, which takes twenty milliseconds of processor: here it is read once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx_transport, "create_ssl_context", cache(httpx.create_ssl_context))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[LocalPostgres]:
    """One server for the whole run, shared by all xdist workers, in a folder of its own."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"tillhand-test-{run}"
    server = LocalPostgres(folder, is_durable=False).start()
    yield server
    if server.stop():
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database_urls(postgres: LocalPostgres) -> dict[str, str]:
    """URLs of a freshly migrated database for this worker, one per role."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    prepare_database(postgres.url(ADMIN_ROLE, "postgres"), database=name, passwords=postgres.passwords())
    upgrade(postgres.url(OWNER, name))
    return {role: postgres.url(role, name) for role in (OWNER, APP, INTAKE, OPERATOR)}


@pytest.fixture(scope="session")
def database_for_run(database_urls: dict[str, str]) -> Iterator[Database]:
    database = connect(app_url=database_urls[APP], intake_url=database_urls[INTAKE], operator_url=database_urls[OPERATOR])
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def empty_tables(postgres: LocalPostgres, database_urls: dict[str, str]) -> Iterator[Callable[[], None]]:
    """Empties every table that holds anything, as the server's own administrator, whom neither policies nor triggers stop.

    A few rows are deleted: that takes a hundredth of the time of emptying a table by file. What has grown is emptied by file.
    """
    names = [table.name for table in Base.metadata.sorted_tables]
    engine = create_engine(postgres.url(ADMIN_ROLE, make_url(database_urls[OWNER]).database), pool_pre_ping=True)

    def empty() -> None:
        with engine.begin() as connection:
            filled = connection.execute(FILLED, {"names": names}).all()
            grown = [name for name, size in filled if size > GROWN_BYTES]
            steps = [f"DELETE FROM {name}" for name, size in filled if size <= GROWN_BYTES]
            steps += [f"TRUNCATE {', '.join(grown)} CASCADE"] if grown else []
            connection.execute(text("; ".join(["SET LOCAL session_replication_role = replica", *steps])))

    yield empty
    engine.dispose()


@pytest.fixture
def database(database_for_run: Database, empty_tables: Callable[[], None]) -> Database:
    """An empty database: every table is emptied before the test."""
    empty_tables()
    return database_for_run


@pytest.fixture(scope="session")
def demo_house():
    """The whole demo as real processes (app.commands.demo.RunningDemo). Tests that kill a process bring it back."""
    from app.commands.demo import running_demo  # imported late: only these tests need every part
    from app.settings import Settings

    folder = Path(tempfile.mkdtemp(prefix="tillhand-demo-"))
    folder.chmod(0o755)  # the database server's own account must be able to pass
    try:
        with running_demo(Settings(data_folder=folder)) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def tenant_id() -> UUID:
    return new_id(NOW)
