"""A worker on the database's machine lowers its own priority and that of the server processes that work for it, and nobody else's."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from sqlalchemy import create_engine, text

from app.worker.standing_back import is_on_this_machine
from tenants.database import Database

PROGRAM = """
import os, sys
from sqlalchemy import text
from app.worker.standing_back import stand_back
from tenants.database import connect
database = connect(app_url=sys.argv[1], intake_url=sys.argv[2], operator_url=sys.argv[3])
with database.intake_session() as session:  # a connection that is open already
    session.execute(text("SELECT 1"))
stand_back(database, 7)
for open_session in (database.intake_session, database.operator_session, database.intake_session):
    with open_session() as session:
        served_by = session.scalar(text("SELECT pg_backend_pid()"))
        print(os.getpriority(os.PRIO_PROCESS, served_by), os.getpriority(os.PRIO_PROCESS, 0))
"""


def urls(database: Database) -> list[str]:
    engines = (database.app, database.intake, database.operator)
    return [engine.url.render_as_string(hide_password=False) for engine in engines]


def test_what_the_database_does_for_a_worker_stands_back_with_it(database: Database) -> None:
    with database.intake_session() as session:
        ours = session.scalar(text("SELECT pg_backend_pid()"))
        before = os.getpriority(os.PRIO_PROCESS, ours)
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, *urls(database)], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
        )  # fmt: skip
        wanted = os.getpriority(os.PRIO_PROCESS, 0) + 7
        assert ran.stdout.split() == [str(min(wanted, 19))] * 6
        assert os.getpriority(os.PRIO_PROCESS, ours) == before


def test_only_a_server_behind_a_socket_in_a_folder_is_on_this_machine(database: Database) -> None:
    assert is_on_this_machine(database.intake)
    for url in (
        "postgresql+psycopg://who@db.example/tillhand",
        "postgresql+psycopg://who@/tillhand",
        "postgresql+psycopg://who@127.0.0.1/x",
    ):
        assert not is_on_this_machine(replace(database, intake=create_engine(url)).intake)
