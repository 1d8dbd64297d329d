"""The local PostgreSQL: made once, shared, stopped by its last user, and never stopped from starting by a crash."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tenants.local_postgres import LocalPostgres
from tenants.roles import ADMIN_ROLE

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("postgres")
    for parent in (made, *made.parents):  # pytest's own folders are private; the server's account must pass
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    return made


def answer(server: LocalPostgres, question: str = "SELECT 1"):
    engine = create_engine(server.url(ADMIN_ROLE, "postgres"), poolclass=NullPool)
    with engine.connect() as connection:
        return connection.scalar(text(question))


def server_pid(server: LocalPostgres) -> int:
    return int(Path(answer(server, "SHOW data_directory"), "postmaster.pid").read_text().split("\n")[0])


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def wait_until_dead(pid: int) -> None:
    deadline = time.monotonic() + 60
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)


def test_the_last_user_stops_it(folder):
    first, second = LocalPostgres(folder).start(), LocalPostgres(folder).start()
    pid = server_pid(first)
    first.stop()
    first.stop()
    assert answer(second) == 1
    second.stop()
    assert not is_alive(pid)


def test_data_survives_a_killed_server(folder):
    server = LocalPostgres(folder).start()
    answer(server, "SELECT pg_sleep(0)")
    engine = create_engine(server.url(ADMIN_ROLE, "postgres"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE note AS SELECT 42 AS value"))
    pid = server_pid(server)
    os.kill(pid, signal.SIGKILL)
    wait_until_dead(pid)
    again = LocalPostgres(folder).start()
    try:
        assert answer(again, "SELECT value FROM note") == 42
    finally:
        again.stop()
        server.stop()


def test_a_killed_user_is_forgotten(folder):
    program = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from tenants.local_postgres import LocalPostgres
LocalPostgres(Path({str(folder)!r})).start()
print("up", flush=True)
import time; time.sleep(60)
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    child.kill()
    child.wait()
    child.stdout.close()
    server = LocalPostgres(folder).start()
    pid = server_pid(server)
    server.stop()
    assert not is_alive(pid)


def test_two_copies_do_not_collide(folder, tmp_path):
    one, other = LocalPostgres(folder / "one"), LocalPostgres(folder / "other")
    starts = [threading.Thread(target=server.start) for server in (one, other)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    try:
        assert server_pid(one) != server_pid(other)
    finally:
        one.stop()
        other.stop()


def test_a_pid_file_that_names_another_program_is_ignored(folder):
    server = LocalPostgres(folder).start()
    data = Path(answer(server, "SHOW data_directory"))
    server.stop()
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")
    again = LocalPostgres(folder).start()
    try:
        assert answer(again) == 1
    finally:
        again.stop()
