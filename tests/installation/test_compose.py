"""deploy/compose.yaml against the code: its settings exist and can be read, its commands are ours, its files are there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.__main__ import _parser
from app.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "deploy" / "compose.env.example").read_text(encoding="utf-8")
GIVEN = dict(re.findall(r"^#?([A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE))
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)(?::([?-])([^}]*))?\}")


def filled(text: str) -> str:
    """As compose fills it in from the example, its commented lines included."""
    return VARIABLE.sub(lambda found: GIVEN[found[1]] or (found[3] if found[2] == "-" else ""), text)


SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(filled(COMPOSE))["services"]
OURS = {name: one for name, one in SERVICES.items() if "build" in one}


def test_the_example_gives_every_word_and_no_other():
    asked = {found[1] for found in VARIABLE.finditer(COMPOSE)}
    assert asked <= set(GIVEN)
    assert set(GIVEN) - asked == set()
    assert {found[1] for found in VARIABLE.finditer(COMPOSE) if found[2] == "?"} <= set(
        re.findall(r"^([A-Z0-9_]+)=.", EXAMPLE, re.MULTILINE)
    )


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_s_command_and_settings_are_the_code_s(name: str, monkeypatch: pytest.MonkeyPatch):
    service = OURS[name]
    _parser().parse_args([str(word) for word in service["command"]])
    names = {key.removeprefix("TILLHAND_").lower() for key in service["environment"] if key.startswith("TILLHAND_")}
    assert names <= set(Settings.model_fields)
    for key, value in service["environment"].items():
        monkeypatch.setenv(key, str(value))
    settings = Settings()
    assert not settings.has_own_database
    assert settings.broker_url is not None
    for needed in service.get("depends_on", {}):
        assert needed in SERVICES


def test_all_machines_share_what_must_be_the_same():
    for name in ("TILLHAND_SECRET_KEY", "TILLHAND_BROKER_URL", "TILLHAND_MEDIA_URL", "TILLHAND_DATABASE_URL_APP"):
        assert len({one["environment"][name] for one in OURS.values()}) == 1
    assert {"web", "worker", "films", "films-on-card", "stage", "broker", "store", "database"} <= set(SERVICES)
    assert {name for name, one in SERVICES.items() if one.get("profiles") == ["gpu"]} == {"films-on-card", "stage"}
    assert SERVICES["store"]["profiles"] == ["s3"]
    stage = SERVICES["stage"]["environment"]
    assert stage["TILLHAND_STAGE_ADDRESS"] == f"http://stage:{stage['TILLHAND_PORT']}"


def test_the_image_is_built_of_files_and_stages_that_exist():
    lines = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8").splitlines()
    stages = {line.split()[-1] for line in lines if line.startswith("FROM") and " AS " in line}
    assert {one["build"]["target"] for one in OURS.values()} <= stages
    for line in [line for line in lines if line.startswith("COPY") and "--from" not in line]:
        for source in line.split()[1:-1]:
            assert (ROOT / source).exists(), source
    torch = re.search(r"torch=(\S+)", (ROOT / "deploy" / "neural.sh").read_text(encoding="utf-8"))
    assert torch is not None
    assert any(f"torch=={torch[1]}" in line for line in lines)
