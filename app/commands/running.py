"""What every command needs before it starts: settings, logging, a database that is there and migrated."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.commands.answering import ROLES_AT_WORK, require_databases
from app.settings import Settings
from app.wiring import database_from
from migrations.history import upgrade
from tenants.database import Database
from tenants.local_postgres import LocalPostgres
from tenants.roles import ADMIN_ROLE, OWNER, ROLES, prepare_database


def log_to_terminal() -> None:
    """Plain lines for a person; a container's collector may parse them too."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("httpx", "alembic", "kombu", "celery"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def leave_with_parent() -> None:
    """End this process when its standard input closes: however the parent dies, no child is left holding a port."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="leave-with-parent", daemon=True).start()


@contextmanager
def ready_database(settings: Settings) -> Iterator[Database]:
    """Open the configured database, or start and migrate the local one; close what was opened. Raises SettingUnusable."""
    require_databases(settings, *ROLES_AT_WORK)
    postgres = start_local_postgres(settings) if settings.has_own_database else None
    database = database_from(settings, postgres)
    try:
        yield database
    finally:
        database.dispose()
        if postgres is not None:
            postgres.stop()


def start_local_postgres(settings: Settings) -> LocalPostgres:
    """Start the local PostgreSQL with its roles and the newest schema."""
    postgres = LocalPostgres(settings.data_folder / "postgres").start()
    passwords = {role: postgres.passwords()[role] for role in ROLES}
    prepare_database(postgres.url(ADMIN_ROLE, "postgres"), database="tillhand", passwords=passwords)
    upgrade(postgres.url(OWNER))
    return postgres
