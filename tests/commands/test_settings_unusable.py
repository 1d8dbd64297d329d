"""A setting that names what is not on this machine is said in one sentence with its name, not by a traceback."""

from pathlib import Path

import pytest

from app import __main__ as program
from app import wiring
from app.settings import Settings, SettingUnusable


@pytest.mark.parametrize(
    ("settings", "name", "why"),
    [
        ({"TILLHAND_MEDIA_URL": "nonsense://bucket"}, "TILLHAND_MEDIA_URL", "nonsense"),
        ({"TILLHAND_MEDIA_URL": "s3:/bucket"}, "TILLHAND_MEDIA_URL", "does not say what it is"),
        ({"TILLHAND_LANGUAGE_MODEL": "/no/such/folder"}, "TILLHAND_LANGUAGE_MODEL", "/no/such/folder holds no chat model: it needs"),
        ({"TILLHAND_LANGUAGE_MODEL": "/no/such/folder", "TILLHAND_NEURAL_DEVICE": "tpu"}, "TILLHAND_LANGUAGE_MODEL", "'tpu'"),
    ],
)  # fmt: skip
def test_what_a_setting_names_and_is_not_here_ends_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, settings: dict[str, str], name: str, why: str
) -> None:
    if "TILLHAND_LANGUAGE_MODEL" in settings:
        pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")
    for key, value in {"TILLHAND_DATA_FOLDER": str(tmp_path), **settings}.items():
        monkeypatch.setenv(key, value)

    def starts(_: object, found: Settings) -> int:
        wiring.media_store(found)
        wiring._language_model(found)
        return 0

    monkeypatch.setitem(program._VERBS, "settings", starts)
    assert program.main(["settings"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{name} cannot be used: ")
    assert why in said
    assert said.count("\n") == 1
    with pytest.raises(SettingUnusable):
        starts(None, Settings())
