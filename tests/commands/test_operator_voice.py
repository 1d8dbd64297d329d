"""The operator gives an employee a voice: one that loads is written down and noted, any other is refused with its reason."""

import argparse
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.shop_history import Shop, open_shop, routed
from fakes.small_vits import write_small_vits

from app.commands.operator_actions import add_actions
from app.commands.operator_voice import give_voice
from app.settings import Settings
from tenants.audit import AuditFilter, audit_entries
from tenants.employee import employee_view
from tenants.identifiers import new_id, to_public

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def shop(database: Any, tenant_id: Any, now: Any) -> Shop:
    return open_shop(routed(database), tenant_id, now=now, email="robin@kestrel.example")


def give(shop: Shop, settings: Settings, now: Any, voice: str, employee: str = "") -> int:
    parser = argparse.ArgumentParser()
    add_actions(parser)
    whose = employee or to_public("emp", shop.employee_id)
    return give_voice(shop.database, parser.parse_args(["voice", to_public("shp", shop.tenant_id), whose, voice]), settings, now)


def voice_of_employee(shop: Shop) -> str:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return employee_view(session, shop.employee_id).voice_id


def test_a_voice_of_the_folder_is_given_and_noted(shop: Shop, now: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")
    (tmp_path / "maria").mkdir()
    write_small_vits(tmp_path / "maria")
    assert give(shop, Settings(data_folder=tmp_path, voice_models=tmp_path), now, "own:maria@90") == 0
    assert "speaks with own:maria@90 from the next answer on" in capsys.readouterr().out
    assert voice_of_employee(shop) == "own:maria@90"
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert [one.action for one in audit_entries(session, AuditFilter(), limit=50)].count("employee.voice") == 1


def test_what_cannot_speak_is_refused_with_its_reason(shop: Shop, now: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, settings = voice_of_employee(shop), Settings(data_folder=tmp_path, voice_models=tmp_path)
    assert give(shop, settings, now, "own:maria") == 1
    assert "There are: none" in capsys.readouterr().out
    assert give(shop, settings, now, "trumpet") == 1
    assert "No voice is called 'trumpet'" in capsys.readouterr().out
    assert give(shop, settings, now, "heart@90", to_public("emp", new_id(now))) == 1
    assert voice_of_employee(shop) == before


def test_a_voice_is_not_copied_before_the_day_from_which_its_speaker_agrees(
    shop: Shop, now: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, folder = voice_of_employee(shop), tmp_path / "maria"
    folder.mkdir()
    for name, text in (("config.json", '{"model": "xtts"}'), ("model.pth", ""), ("vocab.json", "{}"), ("sample.wav", "her voice")):
        (folder / name).write_text(text)
    later = (now + timedelta(days=30)).date().isoformat()
    agreement = {"speaker": "Maria Keller", "agreed_on": later, "sha256": hashlib.sha256(b"her voice").hexdigest()}
    (folder / "sample.consent.json").write_text(json.dumps(agreement))
    assert give(shop, Settings(data_folder=tmp_path, voice_models=tmp_path), now, "own:maria") == 1
    assert f"Maria Keller agrees from {later} on" in capsys.readouterr().out
    assert voice_of_employee(shop) == before
