"""Lets a worker stand back for the web process, and with it what the database does for the worker, where that runs on the same machine.

Accepting comes before crediting: what is stored can wait, and a shop that delivers cannot. PostgreSQL serves each connection by a process
of its own; one that works for a worker gets the worker's niceness. A server elsewhere, or one that is not ours to touch, is left alone.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event

from tenants.database import Database

_STANDS_BACK: Final = "stands_back"


def stand_back(database: Database, niceness: int) -> None:
    """Lower this process's priority by `niceness` (0 to 19), and that of the server processes its connections talk to from now on."""
    os.nice(niceness)
    for engine in (database.app, database.intake, database.operator):
        if is_on_this_machine(engine):
            event.listen(engine, "checkout", _lowered)


def is_on_this_machine(engine: Engine) -> bool:
    """Whether the server is reached through a socket in a folder."""
    host = engine.url.query.get("host", engine.url.host or "")
    return isinstance(host, str) and host.startswith("/")


def _lowered(connection: Any, record: Any, _proxy: Any) -> None:
    """Lower the priority of the process at a connection's other end, once for each connection."""
    if _STANDS_BACK in record.info:
        return
    record.info[_STANDS_BACK] = True
    process = connection.info.backend_pid
    with suppress(OSError):  # gone meanwhile, another user's, or in a container of its own, where the number means nothing to us
        if Path(f"/proc/{process}/comm").read_text().strip() == "postgres":
            os.setpriority(os.PRIO_PROCESS, process, os.getpriority(os.PRIO_PROCESS, 0))
