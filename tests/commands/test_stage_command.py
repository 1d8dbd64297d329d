"""The stage as a process: it warms up, reports where it is reached and how many talks it draws, and is off the list when it ends."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fakes.made_faces import lay_made_face
from fakes.shop_history import open_shop, routed

pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from app.casting.own_faces import face_folder, face_id_of
from app.casting.tables import Casting
from app.commands.stage import address_of, rigs_for
from app.live_pictures.serve_stage import stage_key
from app.settings import Settings
from app.wiring import media_store, system_clock
from app.worker.heartbeat import machines, stages_at_work
from avatar_pipeline.catalogue import face
from avatar_pipeline.errors import StageRefusal
from tenants.database import Database
from tenants.roles import APP, INTAKE, OPERATOR

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-of-the-house-that-all-machines-share"
PROGRAM = """import torch
from app.commands.stage import serve_networks
from app.settings import Settings
from avatar_pipeline.neural import SMALL, random_networks
torch.set_num_threads(1)
raise SystemExit(serve_networks(Settings(), random_networks(SMALL, seed=7), fingerprint="random 7"))
"""


@pytest.fixture
def stage(database: Database, database_urls: dict[str, str], tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    urls = {f"TILLHAND_DATABASE_URL_{role.removeprefix('tillhand_').upper()}": database_urls[role] for role in (APP, INTAKE, OPERATOR)}
    told = {"TILLHAND_DATA_FOLDER": str(tmp_path), "TILLHAND_SECRET_KEY": SECRET, "TILLHAND_PORT": "0"}
    told["TILLHAND_STAGE_ADDRESS"] = "http://10.0.0.7:8800"
    call = [sys.executable, "-W", "ignore", "-c", PROGRAM]
    with subprocess.Popen(call, cwd=ROOT, env={**os.environ, **urls, **told}, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_a_stage_reports_in_and_leaves_no_trace_when_it_is_stopped(stage: "subprocess.Popen[str]", database: Database) -> None:
    assert stage.stdout is not None
    said = stage.stdout.readline()
    assert re.fullmatch(r"The stage is open at http://10\.0\.0\.7:8800: \d+ talks at a time, drawn by .+\.\n", said)
    with database.intake_session() as session:
        [one] = stages_at_work(session, system_clock())
    assert (one.address, one.engines) == ("http://10.0.0.7:8800", ("musetalk",))
    port = listening_port(stage.pid)
    key = stage_key(SECRET.encode())
    load = httpx.get(f"http://127.0.0.1:{port}/stage", headers={"Authorization": f"Bearer {key}"}).json()
    assert load["sessions"] == 0
    assert load["is_lost"] is False
    assert httpx.get(f"http://127.0.0.1:{port}/stage").status_code == 401
    stage.send_signal(signal.SIGTERM)
    assert stage.wait(60) == 0
    with database.operator_session() as session:
        assert machines(session, system_clock()) == []


def listening_port(pid: int, patience_s: float = 60) -> int:
    """The port a process listens on, asked of the kernel."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        sockets = {str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink()}
        for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                return int(fields[1].split(":")[1], 16)
        time.sleep(0.05)
    raise AssertionError("It listens on no port.")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8700"),
        ({"host": "10.0.0.7", "port": 8800}, "http://10.0.0.7:8800"),
        ({"host": "::"}, ""),
        ({"host": "::", "stage_address": "http://stage:8800"}, "http://stage:8800"),
    ],
)
def test_where_it_is_reached_is_what_is_told_or_where_it_listens(given: dict[str, Any], address: str, tmp_path: Path) -> None:
    assert address_of(Settings(data_folder=tmp_path, **given)) == address


def test_a_shop_s_own_face_is_found_wherever_its_files_lie(database: Database, tenant_id: UUID, now: datetime, tmp_path: Path) -> None:
    shop = open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")
    maker, stages, between = (tmp_path / name for name in ("maker", "stage", "between"))
    with shop.database.tenant_session(tenant_id) as session:
        casting_id = lay_made_face(session, maker, now)
        row = session.get_one(Casting, (tenant_id, casting_id))
        row.state, row.display_name = "named", "Nadia"
    own = face_id_of(casting_id)
    alone, together = (Settings(data_folder=stages, media_url=url) for url in (None, between.as_uri()))
    with pytest.raises(StageRefusal, match="on another machine"):
        rigs_for(alone, database)(own)
    media_store(Settings(data_folder=maker, media_url=between.as_uri())).keep(face_folder(maker, own))
    rig_of = rigs_for(together, database)
    assert rig_of(own).read_bytes() == face("nadia").film_rig_path.read_bytes()
    assert rig_of("amara") == face("amara").film_rig_path
    with pytest.raises(StageRefusal, match="No face is called"):
        rig_of("fce_0000000000000000000000000")
