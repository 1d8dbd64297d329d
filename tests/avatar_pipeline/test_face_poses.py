"""A face's poses stand for every picture of its films: prepared once, near enough to any turn of the head, carried to the right place."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from avatar_pipeline.catalogue import face  # noqa: E402
from avatar_pipeline.engines import musetalk  # noqa: E402
from avatar_pipeline.engines.face_poses import POSES, head_turns, nearest_poses  # noqa: E402
from avatar_pipeline.face import FaceRenderer, load_rig  # noqa: E402
from avatar_pipeline.networks.protocol import AvatarFrames, Batch  # noqa: E402
from avatar_pipeline.neural import SMALL, HeadNetworks, Shelf, prepare_poses, random_networks  # noqa: E402
from avatar_pipeline.neural_mouth import NeuralMouthOnFace  # noqa: E402
from avatar_pipeline.scenes.mouth import TakeAtRest  # noqa: E402
from avatar_pipeline.scenes.take import Acted, Pauses, act  # noqa: E402
from avatar_pipeline.stages.timeline import lips_at_rest  # noqa: E402
from avatar_pipeline.voice import Voice  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
AMARA, TAKE_PX = face("amara"), 640
TEXT = "Great news: everything in the shop is half price today, and that is wonderful!"


class Mirror:
    """A network that draws what is in the crop already: whatever then differs from the take's own picture, carrying did."""

    def keep(self, avatar: AvatarFrames) -> int:
        self.avatar = avatar
        return 1

    def drop(self, number: int) -> None:
        assert number == 1
        del self.avatar

    def submit(self, batch: Batch) -> Any:
        crops, self.asked = self.avatar.crops[batch.frames], batch.frames
        made = crops[:, crops.shape[1] // 2 :]

        class Done:
            def take(self) -> Any:
                return made

        return Done()


@pytest.fixture(scope="module")
def networks() -> HeadNetworks:
    return random_networks(SMALL, seed=7)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    folder = tmp_path_factory.mktemp("prepared")
    return Shelf(lambda _: folder)


@pytest.fixture(scope="module")
def prepared(networks: HeadNetworks, shelf: Shelf) -> musetalk.PreparedAvatar:
    return prepare_poses(AMARA.film_rig_path, networks, shelf, fingerprint="random 7")


@pytest.fixture(scope="module")
def acted() -> Acted:
    made = act(TEXT, Voice(), seed=3, pauses=Pauses())
    assert made is not None
    return made


def test_a_turned_head_carries_a_drawn_mouth_to_where_its_own_would_be(
    prepared: musetalk.PreparedAvatar, networks: HeadNetworks, acted: Acted
) -> None:
    """The take's own pictures, lips at rest, are the truth; the mirror gives them back from the poses."""
    rows, renderer = lips_at_rest(acted.rows), FaceRenderer(load_rig(AMARA.film_rig_path), TAKE_PX)
    truth = [renderer.render(row).copy() for row in rows]

    def pictures() -> Iterator[Any]:
        return iter(truth)

    worn = NeuralMouthOnFace(AMARA.film_rig_path, prepared, networks, Mirror())
    made = list(worn.over(TakeAtRest(pictures, rows, acted.samples, truth[0])))
    changed = [number for number, (one, other) in enumerate(zip(made, truth, strict=True)) if not np.array_equal(one, other)]
    assert len(changed) > len(truth) // 2
    carried = [_psnr_of_lower_face(made[number], truth[number], prepared) for number in changed]
    beside = [_psnr_of_lower_face(truth[0], truth[number], prepared) for number in changed]
    assert min(carried) > 30  # measured: 33.3, and 39.3 in the middle
    assert np.median(carried) > np.median(beside) + 6  # measured: 27.0 without


def _psnr_of_lower_face(one: Any, other: Any, prepared: musetalk.PreparedAvatar) -> float:
    x1, y1, x2, y2 = (round(int(edge) * TAKE_PX / 512) for edge in prepared.boxes[0])
    place = slice((y1 + y2) // 2, y2), slice(x1 + (x2 - x1) // 6, x2 - (x2 - x1) // 6)
    blurred = [cv2.GaussianBlur(picture[place], (0, 0), 1.0).astype(float) for picture in (one, other)]
    return float(10 * np.log10(255**2 / max(1e-9, ((blurred[0] - blurred[1]) ** 2).mean())))


def test_head_movement_is_an_affine_one_but_for_a_fraction_of_a_pixel() -> None:
    for name in ("amara", "walter"):
        turns = head_turns(load_rig(face(name).film_rig_path))
        assert turns.left_px < 0.004 * turns.size_px
    still = turns.matrices(POSES[:1])
    assert np.array_equal(still[0], np.eye(3))


def test_every_pose_is_nearest_to_itself_and_none_flickers(acted: Acted) -> None:
    assert [int(nearest_poses(POSES[number : number + 1])[0]) for number in range(len(POSES))] == list(range(len(POSES)))
    chosen = nearest_poses(lips_at_rest(acted.rows))
    stays = np.diff(np.flatnonzero(np.diff(np.concatenate([[-1], chosen, [-1]]))))
    assert len(set(chosen.tolist())) > 2
    assert stays.min() >= 2  # no pose is shown for a single picture between two others


def test_a_stage_and_a_film_s_worker_may_prepare_a_face_at_once(networks: HeadNetworks, tmp_path: Path) -> None:
    rig = AMARA.film_rig_path
    with ThreadPoolExecutor(2) as both:
        one, other = both.map(lambda _: prepare_poses(rig, networks, Shelf(lambda _: tmp_path), fingerprint="random 7"), range(2))
    assert np.array_equal(one.frames.latents, other.frames.latents)
    [folder] = tmp_path.iterdir()
    assert {path.name for path in folder.iterdir()} == {"about.json", *musetalk.piece_names(len(POSES))}


def test_two_films_and_a_talk_prepare_a_face_once_and_another_machine_fetches_it(
    networks: HeadNetworks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []
    encode = musetalk.encode

    def counting(codec: Any, pictures: Any) -> Any:
        runs.append(len(pictures))
        return encode(codec, pictures)

    monkeypatch.setattr(musetalk, "encode", counting)
    here, there, store = tmp_path / "here", tmp_path / "there", tmp_path / "store"
    store.mkdir()

    def shelf_at(folder: Path) -> Shelf:
        def share(made: Path) -> None:
            for file in made.iterdir():
                (store / file.name).write_bytes(file.read_bytes())

        def fetch(path: Path) -> bool:
            if not path.is_file() and (store / path.name).is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes((store / path.name).read_bytes())
            return path.is_file()

        return Shelf(lambda _: folder, fetch, share)

    first = prepare_poses(AMARA.film_rig_path, networks, shelf_at(here), fingerprint="random 7")
    assert sum(runs) == 2 * len(POSES)  # the face whole, and with its lower half hidden
    again = prepare_poses(AMARA.film_rig_path, networks, shelf_at(here), fingerprint="random 7")
    elsewhere = prepare_poses(AMARA.film_rig_path, networks, shelf_at(there), fingerprint="random 7")
    assert sum(runs) == 2 * len(POSES)
    for other in (again, elsewhere):
        assert np.array_equal(first.frames.latents, other.frames.latents)
    assert first.first.frames.frames == 1
    assert np.array_equal(first.first.frames.crops[0], first.frames.crops[0])
