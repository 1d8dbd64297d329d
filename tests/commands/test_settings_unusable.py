"""A setting that names what is not on this machine is said in one sentence with its name, not by a traceback."""

import socket
from pathlib import Path

import pytest

from app import __main__ as program
from app import wiring
from app.settings import Settings, SettingUnusable
from avatar_pipeline.errors import VoiceUnknown


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


URLS = tuple(f"TILLHAND_DATABASE_URL_{role}" for role in ("APP", "INTAKE", "OPERATOR", "OWNER", "ADMIN"))


@pytest.fixture
def closed_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize(
    "command",
    [["serve"], ["worker"], ["worker", "--queues", "gpu"], ["operator", "shops"], ["database", "upgrade"], ["database", "prepare"]],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nonsense", "it is no address of a database. Write postgresql+psycopg://"),
        ("postgresql://tillhand_app:hush@db/tillhand", "postgresql:// is not what we speak. Write postgresql+psycopg://"),
        ("postgresql+psycopg://tillhand_app:hush@db:many/tillhand", "it is no address of a database"),
        ("postgresql+psycopg://tillhand_app:hush@127.0.0.1:{port}/tillhand", "127.0.0.1:{port}/tillhand lets nobody in as tillhand_app"),
    ],
    ids=["words", "driver", "port", "closed"],
)  # fmt: skip
def test_a_database_that_cannot_be_reached_is_named_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    closed_port: int,
    command: list[str],
    address: str,
    why: str,
) -> None:
    monkeypatch.setenv("TILLHAND_DATA_FOLDER", str(tmp_path))
    for name in URLS:
        monkeypatch.setenv(name, address.format(port=closed_port))
    assert program.main(command) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    name = {"upgrade": "OWNER", "prepare": "ADMIN"}.get(command[-1], "APP")
    assert said.startswith(f"TILLHAND_DATABASE_URL_{name} cannot be used: ")
    assert why.format(port=closed_port) in said
    assert "hush" not in said
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nonsense://here", "nonsense:// is no broker"),
        ("redis:6379", "it is no address of a broker"),
        ("redis://here:many/0", "it is no address of a broker"),
        ("redis://:hush@127.0.0.1:{port}/0", "no broker answers at 127.0.0.1:{port} (the connection was refused)"),
        ("amqp://us:hush@127.0.0.1:{port}//", "no broker answers at 127.0.0.1:{port} (the connection was refused)"),
    ],
)
def test_a_broker_that_cannot_be_reached_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, closed_port: int, address: str, why: str
) -> None:
    monkeypatch.setenv("TILLHAND_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("TILLHAND_BROKER_URL", address.format(port=closed_port))
    assert program.main(["worker"]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("TILLHAND_BROKER_URL cannot be used: ")
    assert why.format(port=closed_port) in said
    assert "hush" not in said


def test_a_media_store_that_cannot_be_reached_is_named_by_who_makes_films_and_the_web_process_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, tmp_path: Path, closed_port: int
) -> None:
    pytest.importorskip("s3fs")
    monkeypatch.setenv("TILLHAND_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("TILLHAND_MEDIA_URL", "s3://media/here")
    monkeypatch.setenv("TILLHAND_MEDIA_ENDPOINT", f"http://127.0.0.1:{closed_port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "hush")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert program.main(["worker", "--queues", "render"]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("TILLHAND_MEDIA_URL cannot be used: ")
    assert "TILLHAND_MEDIA_ENDPOINT" in said
    assert "hush" not in said
    monkeypatch.setenv("TILLHAND_DATABASE_URL_APP", "nonsense")  # it comes so far as to ask for the database
    assert program.main(["serve"]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("TILLHAND_DATABASE_URL_APP cannot be used")
    assert said in caplog.messages


@pytest.mark.parametrize("voice", ["heart@abc", "heart@", "heart@0", "heart@-90", "heart@9\u00b2", "heart@4000"])
def test_a_voice_at_no_pace_is_refused_in_a_sentence(voice: str) -> None:
    with pytest.raises(VoiceUnknown, match="after @ comes its pace in percent"):
        wiring.voice_of(voice, threads=1)
    assert wiring.voice_of("heart@90", threads=1).speed == 0.9
