"""`python -m app filmed`: a film of a character says a text, prepared once; without an agreement nothing is made."""

import hashlib
import json
from itertools import islice, pairwise
from pathlib import Path

import av
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from app.commands.filmed import FilmedWanted, filmed, kept_in, speak_in_film  # noqa: E402
from app.commands.out_folder import OutUnusable  # noqa: E402
from app.settings import Settings  # noqa: E402
from avatar_pipeline.catalogue import face  # noqa: E402
from avatar_pipeline.engines import musetalk  # noqa: E402
from avatar_pipeline.neural import SMALL, random_networks, rig_face  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
SIDE_PX = 256


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = SIDE_PX, SIDE_PX, "yuv420p"
        for picture in islice(rig_face(face("amara").rig_path, SIDE_PX).pictures(), 10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    told = {"shows": "character", "name": "Amara", "made_by": "Tillhand", "agreed_on": "2026-11-20"}
    told["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_suffix(".consent.json").write_text(json.dumps(told))
    return path


def test_whoever_a_film_shows_says_a_text_and_is_prepared_once(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs: list[int] = []
    encode = musetalk.encode

    def counted(codec, pictures):
        runs.append(len(pictures))
        return encode(codec, pictures)

    monkeypatch.setattr(musetalk, "encode", counted)
    settings, networks = Settings(data_folder=tmp_path / "data"), random_networks(SMALL, seed=7)
    wanted = FilmedWanted(clip, tmp_path / "text.txt", tmp_path, tmp_path / "out" / "one.mp4")
    for name in ("one.mp4", "two.mp4"):
        one = FilmedWanted(clip, wanted.text_file, wanted.weights, tmp_path / "out" / name)
        assert speak_in_film(settings, one, "Hello, Bob.", networks, fingerprint="random 7") == 0
    assert sum(runs) == 2 * 10
    assert "who agreed on 2026-11-20" in capsys.readouterr().out
    with av.open(str(tmp_path / "out" / "one.mp4")) as container:
        pictures = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
        assert container.streams.audio
    assert len(pictures) > 18  # longer than there and back, so the loop went round
    moved = [float(np.abs(one.astype(int) - other).mean()) for one, other in pairwise(pictures)]
    assert max(moved[:8]) < max(moved)  # quiet at first; then somebody speaks
    assert kept_in(settings, hashlib.sha256(clip.read_bytes()).hexdigest()).is_dir()
    assert filmed(settings, FilmedWanted(clip, is_forgotten=True)) == 0
    assert not kept_in(settings, hashlib.sha256(clip.read_bytes()).hexdigest()).exists()


def test_without_an_agreement_or_a_text_there_is_a_sentence(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(data_folder=tmp_path / "data")
    assert filmed(settings, FilmedWanted(clip)) == 2
    assert "Name the text file and the folder of weights" in capsys.readouterr().err
    clip.with_suffix(".consent.json").unlink()
    assert filmed(settings, FilmedWanted(clip, tmp_path / "text.txt", tmp_path)) == 2
    assert "Write clip.consent.json" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_made_and_told_of_and_one_that_cannot_be_stops_everything(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, networks = Settings(data_folder=tmp_path / "data"), random_networks(SMALL, seed=7)
    out = tmp_path / "there" / "was none" / "one.mp4"
    assert speak_in_film(settings, FilmedWanted(clip, out=out), "Hello, Bob.", networks, fingerprint="random 7") == 0
    assert f"There was no folder {out.parent}; it was made." in capsys.readouterr().out
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutUnusable, match="cannot be made"):
        speak_in_film(settings, FilmedWanted(clip, out=tmp_path / "file" / "one.mp4"), "Hello.", networks, fingerprint="random 7")
