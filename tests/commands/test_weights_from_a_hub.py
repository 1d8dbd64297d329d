"""Weights come from a hub at a pinned revision, byte for byte or not at all, and their licences are accepted once."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.weights_hub import WeightsHub, weights_hub

pytest.importorskip("huggingface_hub", reason="the neural parts are not installed (make setup-neural)")

from avatar_pipeline.networks.published_weights import HEAD_WEIGHTS

ROOT = Path(__file__).parents[2]
WANTED = HEAD_WEIGHTS[1]
KEPT_BYTES = 10 * 1024 * 1024  # the library keeps what came in pieces of this size
BRING = """import sys
from dataclasses import replace
from pathlib import Path
from avatar_pipeline.neural import HEAD_WEIGHTS, fetch, from_hub
fetch(Path(sys.argv[1]), replace(HEAD_WEIGHTS[1], sha256=sys.argv[2]), from_hub)
"""


@pytest.fixture
def hub() -> Iterator[WeightsHub]:
    with weights_hub() as running:
        yield running


def run(hub: WeightsHub, tmp_path: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "hub"), "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "*"}
    environment |= {"HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_TELEMETRY": "1"}
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, cwd=ROOT, env=environment, timeout=120)


def test_a_file_comes_at_its_pinned_revision_also_after_the_line_broke(hub: WeightsHub, tmp_path: Path) -> None:
    data = bytes(range(256)) * 48_000
    hub.files[f"{WANTED.repository}/{WANTED.revision}/{WANTED.file_name}"] = data
    hub.breaks_at = KEPT_BYTES + 500_000
    folder, sha256 = tmp_path / "weights", hashlib.sha256(data).hexdigest()
    for _ in range(2):  # broken off, run again
        done = run(hub, tmp_path, "-c", BRING, str(folder), sha256)
    assert done.returncode == 0, done.stderr
    assert (folder / WANTED.path).read_bytes() == data
    assert {key for _, key, _ in hub.asked} == {f"{WANTED.repository}/{WANTED.revision}/{WANTED.file_name}"}
    assert (f"bytes={KEPT_BYTES}-") in {beginning for _, _, beginning in hub.asked}  # what had come was not asked for again


def test_other_bytes_are_not_kept_and_licences_are_asked_for_once(hub: WeightsHub, tmp_path: Path) -> None:
    for file in HEAD_WEIGHTS:
        hub.files[f"{file.repository}/{file.revision}/{file.file_name}"] = b"not what was published"
    folder = tmp_path / "weights"
    asked = run(hub, tmp_path, "-m", "app", "weights", "fetch", str(folder))
    assert asked.returncode == 1
    assert "licences were not accepted" in asked.stderr
    assert hub.asked == []
    accepted = run(hub, tmp_path, "-m", "app", "weights", "fetch", str(folder), "--accept-licences")
    assert (accepted.returncode, "it was not kept" in accepted.stderr) == (1, True)
    assert set(json.loads((folder / "accepted-licences.json").read_text())) == {file.repository for file in HEAD_WEIGHTS}
    assert not (folder / HEAD_WEIGHTS[0].path).exists()
    again = run(hub, tmp_path, "-m", "app", "weights", "fetch", str(folder))
    assert "it was not kept" in again.stderr
    assert "licence" not in again.stdout
    (folder / "accepted-licences.json").write_text('["yes"]')
    asked_anew = run(hub, tmp_path, "-m", "app", "weights", "fetch", str(folder))
    assert "licences were not accepted" in asked_anew.stderr
