"""`python -m app film`: what is asked wrongly is answered before anything is made, and a recording becomes a film."""

import hashlib
import json
from pathlib import Path

import av
import pytest

from app.commands import film as film_command
from app.commands.film import FilmWanted, film
from app.settings import Settings
from avatar_pipeline.errors import WeightsMissing
from avatar_pipeline.speak import speak
from avatar_pipeline.voice import Voice


@pytest.mark.parametrize(
    ("content", "changes", "said"),
    [
        (None, {}, "cannot be read"),
        (b"\xff\xfe\x00bad", {}, "not UTF-8"),
        (b"x" * 20_001, {}, "at most 20000"),
        (b"Hello.", {"shop": "shp_x"}, "Name both"),
        (b"Hello.", {"employee": "emp_x"}, "Name both"),
    ],
)
def test_what_is_asked_wrongly_makes_nothing(tmp_path: Path, capsys, content, changes, said):
    script, out = tmp_path / "script.txt", tmp_path / "out" / "film.mp4"
    if content is not None:
        script.write_bytes(content)
    assert film(Settings(data_folder=tmp_path / "var"), FilmWanted(script, out, **changes)) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()
    assert not (tmp_path / "var").exists()


def test_a_folder_named_as_the_film_is_refused_before_anything_is_made(tmp_path: Path, capsys, monkeypatch):
    script = tmp_path / "script.txt"
    script.write_text("Hello.")
    monkeypatch.setattr(film_command, "Voice", lambda _: pytest.fail("a film was begun"))
    assert film(Settings(data_folder=tmp_path / "var"), FilmWanted(script, tmp_path)) == 2
    assert capsys.readouterr().err.strip() == f"{tmp_path} is a folder. Name the file too, such as --out {tmp_path / 'film.mp4'}."


@pytest.mark.parametrize("changes", [{"face_id": "nobody"}, {"voice_id": "nobody"}, {"size_px": 7}])
def test_asking_for_what_is_not_there_is_asking_wrongly(tmp_path: Path, capsys, changes):
    script = tmp_path / "script.txt"
    script.write_text("Hello.")
    assert film(Settings(data_folder=tmp_path / "var"), FilmWanted(script, tmp_path / "film.mp4", **changes)) == 2
    assert capsys.readouterr().err.strip().endswith(".")


def test_weights_that_are_not_there_are_no_fault_of_the_question(tmp_path: Path, capsys, monkeypatch):
    def not_here(*_args, **_kwargs):
        raise WeightsMissing("The weights are not there.")

    monkeypatch.setattr(film_command, "make_film", not_here)
    script = tmp_path / "script.txt"
    script.write_text("Hello.")
    assert film(Settings(data_folder=tmp_path / "var"), FilmWanted(script, tmp_path / "film.mp4")) == 1
    assert capsys.readouterr().err.strip() == "The weights are not there."


@pytest.fixture(scope="module")
def take(tmp_path_factory) -> Path:
    (said,) = speak("Please stop by.", Voice(), seed=0)
    path = tmp_path_factory.mktemp("takes") / "take.wav"
    path.write_bytes(said.to_wav_bytes())
    agreement = {"speaker": "The house", "agreed_on": "2026-11-20", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    path.with_suffix(".consent.json").write_text(json.dumps(agreement))
    return path


def test_a_recording_that_nobody_agreed_to_makes_nothing(tmp_path: Path, take: Path, capsys):
    alone, out = tmp_path / "alone.wav", tmp_path / "out" / "film.mp4"
    alone.write_bytes(take.read_bytes())
    wanted = FilmWanted(Path("Please stop by."), out, sound=alone, said="Please stop by.")
    assert film(Settings(data_folder=tmp_path / "var"), wanted) == 2
    assert "alone.consent.json" in capsys.readouterr().err
    assert not out.parent.exists()


def test_a_recording_and_its_words_become_a_film(tmp_path: Path, take: Path, capsys):
    out = tmp_path / "film.mp4"
    wanted = FilmWanted(Path("Please stop by."), out, size_px=128, sound=take, said="Please stop by.")
    assert film(Settings(data_folder=tmp_path / "var"), wanted) == 0
    assert "H.264 + AAC" in capsys.readouterr().out
    with av.open(str(out)) as made, av.open(str(take)) as sound:
        assert {stream.type for stream in made.streams} == {"audio", "video"}
        assert made.duration == pytest.approx(sound.duration + 1_200_000, abs=80_000)  # the moments before and after they speak


@pytest.mark.parametrize("said", ["The weather report promises thunder and heavy snow until Thursday.", "", "你好，欢迎光临。"])
def test_a_recording_with_other_words_makes_nothing(tmp_path: Path, take: Path, capsys, said):
    out = tmp_path / "out" / "film.mp4"
    assert film(Settings(data_folder=tmp_path / "var"), FilmWanted(Path(said), out, sound=take, said=said)) == 2
    assert capsys.readouterr().err.strip().endswith(".")
    assert not out.exists()
    assert not out.parent.exists()


def test_the_words_of_a_recording_may_lie_in_a_text_file(tmp_path: Path, take: Path, capsys):
    script = tmp_path / "words.txt"
    script.write_text("Nobody knows where the yellow train has gone.")
    wanted = FilmWanted(script, tmp_path / "film.mp4", sound=take, said=str(script))
    assert film(Settings(data_folder=tmp_path / "var"), wanted) == 2
    assert "be laid over the recording" in capsys.readouterr().err


def test_a_folder_that_was_not_there_is_made_and_said(tmp_path: Path, take: Path, capsys):
    out = tmp_path / "mistyped" / "film.mp4"
    wanted = FilmWanted(Path("Please stop by."), out, size_px=128, sound=take, said="Please stop by.")
    assert film(Settings(data_folder=tmp_path / "var"), wanted) == 0
    assert f"There was no folder {out.parent}; it was made." in capsys.readouterr().out
    assert out.exists()
    assert film(Settings(data_folder=tmp_path / "var"), wanted) == 0
    assert "no folder" not in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path, take: Path, capsys):
    (tmp_path / "taken").write_text("a file in the way")
    out = tmp_path / "taken" / "film.mp4"
    wanted = FilmWanted(Path("Please stop by."), out, size_px=128, sound=take, said="Please stop by.")
    assert film(Settings(data_folder=tmp_path / "var"), wanted) == 2
    assert "cannot be made" in capsys.readouterr().err
