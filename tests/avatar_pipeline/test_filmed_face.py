"""A person in a film becomes an avatar: cut square, at 25 pictures a second, there and back, prepared once and the same each time."""

from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from avatar_pipeline.catalogue import face  # noqa: E402
from avatar_pipeline.neural import SMALL, FaceNotFollowed, filmed_face, prepare_face, random_networks, rig_face  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
RATE, FRAMES, SIDE_PX, WIDE_PX = 50, 12, 256, 320


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quarter of a second of Amara, wider than high, at 50 pictures a second."""
    path = tmp_path_factory.mktemp("film") / "amara.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDE_PX, SIDE_PX, "yuv420p"
        for picture in islice(rig_face(face("amara").rig_path, SIDE_PX).pictures(), FRAMES):
            wide = np.pad(picture, ((0, 0), ((WIDE_PX - SIDE_PX) // 2,) * 2, (0, 0)), mode="edge")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(wide, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def test_a_film_is_a_square_loop_and_is_prepared_once(film: Path, tmp_path: Path) -> None:
    filmed, networks = filmed_face(film), random_networks(SMALL, seed=7)
    shown = list(filmed.pictures())
    taken = FRAMES * 25 // RATE
    assert {picture.shape for picture in shown} == {(SIDE_PX, SIDE_PX, 3)}
    assert len(shown) == 2 * taken - 2
    assert np.array_equal(shown[1], shown[-1])
    first = prepare_face(filmed, networks, tmp_path, fingerprint="random 7")
    told: list[float] = []
    again = prepare_face(filmed_face(film), networks, tmp_path, fingerprint="random 7", progress=told.append)
    anew = prepare_face(filmed_face(film), networks, tmp_path / "elsewhere", fingerprint="random 7")
    assert len(list(tmp_path.glob("*/about.json"))) == 1
    for other in (again, anew):
        assert np.array_equal(first.frames.latents, other.frames.latents)
        assert np.array_equal(first.frames.crops, other.frames.crops)
        assert np.array_equal(first.boxes, other.boxes)
    assert told[-1] == 1.0
    assert len(first.boxes) == len(shown)


def test_a_file_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"not a film")
    with pytest.raises(FaceNotFollowed, match="no picture that can be read"):
        filmed_face(tmp_path / "no.mp4")
