"""A voice out of the operator's folder is shown by the name people gave it, and heard by nobody but the shop that was given it."""

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fakes.dashboard_person import sign_in
from fakes.one_app import app_of
from fakes.shop_history import Shop

from app.dashboard.voice_samples import voice_sample, voice_words
from app.wiring import House, voice_of
from tenants.employee import change_voice


@pytest.mark.parametrize(
    ("voice_id", "shown"),
    [
        ("heart", "Heart: a woman's voice, warm and clear"),
        ("own:maria", "Maria: a voice of the shop's own"),
        ("own:maria_del-carmen@90", "Maria Del Carmen: a voice of the shop's own, unhurried"),
        ("own:maria@95", "Maria: a voice of the shop's own"),
        ("nobody", "nobody"),
    ],
)
def test_a_voice_is_shown_by_its_name(voice_id: str, shown: str) -> None:
    assert voice_words(voice_id) == shown


@pytest.mark.parametrize("voice_id", ["own:nobody", "own:../samples", "own:", "own:maria@900", "nobody"])
def test_no_sample_is_made_of_a_voice_that_is_not_here(house: House, tmp_path: Path, voice_id: str) -> None:
    models = tmp_path / "models"
    (models / "maria").mkdir(parents=True)
    for name in ("config.json", "model.pth"):
        (models / "maria" / name).write_text(json.dumps({}), encoding="utf-8")
    speaking = replace(house, voice=lambda one: voice_of(one, threads=1, models=models))
    assert voice_sample(speaking, voice_id) is None
    assert not (tmp_path / "samples").exists()


async def test_only_the_shop_that_was_given_a_voice_hears_it(house: House, shop: Shop) -> None:
    samples = house.media_folder / "samples"
    samples.mkdir()
    (samples / "own:maria.wav").write_bytes(b"RIFF")
    speaking = replace(house, voice=lambda _: None)  # whatever it is asked for is in the folder of models
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app_of(speaking)), base_url="http://127.0.0.1:8700") as member:
        await sign_in(member, "robin@kestrel.example")
        assert (await member.get("/dashboard/voices/own:maria.wav")).status_code == 404
        with shop.database.tenant_session(shop.tenant_id) as session:
            assert change_voice(session, shop.employee_id, "own:maria")
        assert (await member.get("/dashboard/voices/own:maria.wav")).content == b"RIFF"
