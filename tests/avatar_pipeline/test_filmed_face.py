"""A person in a film becomes an avatar: with their agreement, cut square, at 25 pictures a second, there and back, prepared once."""

import hashlib
import json
import signal
import subprocess
import sys
from datetime import date
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from avatar_pipeline.catalogue import face  # noqa: E402
from avatar_pipeline.engines import face_film, musetalk  # noqa: E402
from avatar_pipeline.engines.face_film import FaceFilm  # noqa: E402
from avatar_pipeline.filmed_face import ConsentMissing, filmed_face, read_consented_film  # noqa: E402
from avatar_pipeline.neural import SMALL, FaceNotFollowed, prepare_face, random_networks, rig_face  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
RATE, FRAMES, SIDE_PX, WIDE_PX = 50, 40, 256, 320
TODAY = date(2026, 11, 23)
PREPARE = """
import sys, warnings
warnings.simplefilter("ignore")
from datetime import date
from pathlib import Path
import torch
torch.set_num_threads(1)
from avatar_pipeline.engines import musetalk
from avatar_pipeline.filmed_face import filmed_face, read_consented_film
from avatar_pipeline.neural import SMALL, prepare_face, random_networks
encode, runs = musetalk.encode, []
def counted(codec, pictures):
    runs.append(len(pictures))
    if len(runs) > 2:
        print("one piece is kept", flush=True)
        import time; time.sleep(60)
    return encode(codec, pictures)
musetalk.encode = counted
film = read_consented_film(Path(sys.argv[1]), date(2026, 11, 23))
prepare_face(filmed_face(film), random_networks(SMALL, seed=7), Path(sys.argv[2]), fingerprint="random 7")
"""


def agree(path: Path, **changed: str) -> Path:
    told = {"shows": "character", "name": "Amara", "made_by": "Tillhand", "agreed_on": "2026-11-20"}
    told["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_suffix(".consent.json").write_text(json.dumps({**told, **changed}))
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four fifths of a second of Amara, wider than high, at 50 pictures a second, with a key picture every ten."""
    path = tmp_path_factory.mktemp("film") / "amara.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = WIDE_PX, SIDE_PX, "yuv420p"
        for picture in islice(rig_face(face("amara").rig_path, SIDE_PX).pictures(), FRAMES):
            wide = np.pad(picture, ((0, 0), ((WIDE_PX - SIDE_PX) // 2,) * 2, (0, 0)), mode="edge")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(wide, format="bgr24")))
        container.mux(stream.encode(None))
    return agree(path)


def test_a_film_is_a_square_loop_there_and_back_whatever_is_held_in_memory(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, taken = FaceFilm(film), FRAMES * 25 // RATE
    forwards = list(read.pictures())
    assert {picture.shape for picture in forwards} == {(SIDE_PX, SIDE_PX, 3)}
    assert len(forwards) == read.frames == taken
    with av.open(str(film)) as container:
        decoded = [one.to_ndarray(format="bgr24") for one in container.decode(video=0)][::2]
    margin = (WIDE_PX - SIDE_PX) // 2
    assert all(np.array_equal(one, other[:, margin : margin + SIDE_PX]) for one, other in zip(forwards, decoded, strict=True))
    for block in (3, 7, 50):
        monkeypatch.setattr(face_film, "BLOCK_FRAMES", block)
        loop = list(read.there_and_back())
        assert len(loop) == 2 * taken - 2
        assert all(np.array_equal(one, other) for one, other in zip(loop, forwards + forwards[-2:0:-1], strict=True))
    part = list(read.pictures(11, 14))
    assert all(np.array_equal(one, other) for one, other in zip(part, forwards[11:14], strict=True))


def test_each_picture_is_prepared_once_and_shown_twice(film: Path, tmp_path: Path) -> None:
    filmed, networks = filmed_face(read_consented_film(film, TODAY)), random_networks(SMALL, seed=7)
    taken = FRAMES * 25 // RATE
    first = prepare_face(filmed, networks, tmp_path, fingerprint="random 7")
    anew = prepare_face(filmed, networks, tmp_path / "elsewhere", fingerprint="random 7")
    assert len(first.boxes) == taken
    assert filmed.frames_shown(2 * taken, taken).tolist() == [*range(taken), *range(taken - 2, 0, -1), 0, 1]
    assert np.array_equal(first.frames.latents, anew.frames.latents)
    assert np.array_equal(first.frames.crops, anew.frames.crops)
    assert np.array_equal(first.boxes, anew.boxes)
    assert len(list(tmp_path.glob("*/about.json"))) == 1


def test_a_preparation_that_is_killed_half_way_goes_on_where_it_was(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Another process is killed after its first piece of two; the next one draws only what is missing, to the same bytes."""
    root, taken = Path(__file__).parents[2], FRAMES * 25 // RATE
    with subprocess.Popen([sys.executable, "-c", PREPARE, film, tmp_path], cwd=root, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "one piece is kept\n"
        killed.send_signal(signal.SIGKILL)
    runs: list[int] = []
    encode = musetalk.encode
    monkeypatch.setattr(musetalk, "encode", lambda codec, pictures: runs.append(len(pictures)) or encode(codec, pictures))
    networks = random_networks(SMALL, seed=7)

    def prepared_in(place: Path) -> tuple[musetalk.PreparedAvatar, int]:
        runs.clear()
        return prepare_face(filmed_face(read_consented_film(film, TODAY)), networks, place, fingerprint="random 7"), sum(runs)

    (kept, drawn), (_, anew), (whole, every) = (prepared_in(place) for place in (tmp_path, tmp_path, tmp_path / "whole"))
    assert (drawn, anew, every) == (2 * (taken - 16), 0, 2 * taken)
    assert np.array_equal(kept.frames.latents, whole.frames.latents)


def test_a_file_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"not a film")
    with pytest.raises(FaceNotFollowed, match="no picture that can be read"):
        FaceFilm(tmp_path / "no.mp4")


def test_nobody_is_shown_who_did_not_agree_to_this_very_film(film: Path, tmp_path: Path) -> None:
    own = tmp_path / "clip.mp4"
    with pytest.raises(ConsentMissing, match=r"There is no film .*clip.mp4"):
        read_consented_film(own, TODAY)
    own.write_bytes(film.read_bytes())
    with pytest.raises(ConsentMissing, match=r"has no agreement of whom it shows. Write clip.consent.json"):
        read_consented_film(own, TODAY)
    for changed, words in (
        ({"sha256": "0" * 64}, "another film"), ({"name": " "}, "names nobody"), ({"made_by": ""}, "who made it"),
        ({"shows": "celebrity"}, "must say what"), ({"agreed_on": "2026-11-24"}, "agrees from 2026-11-24 on"),
    ):  # fmt: skip
        with pytest.raises(ConsentMissing, match=words):
            read_consented_film(agree(own, **changed), TODAY)
    person = read_consented_film(agree(own, shows="person", name="Maria Keller", made_by=""), TODAY)
    assert (person.shows, person.name) == ("person", "Maria Keller")
