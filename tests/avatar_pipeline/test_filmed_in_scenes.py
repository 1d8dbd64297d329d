"""Somebody from a film in a studio's film: as they were filmed, before the film's own wall, from rest to rest, prepared once."""

from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from avatar_pipeline.catalogue import face  # noqa: E402
from avatar_pipeline.engines import face_loop  # noqa: E402
from avatar_pipeline.engines.face_loop import before_wall, persons_of, walk  # noqa: E402
from avatar_pipeline.filmed_face import FILM_LOOP, LOOP, loop_face  # noqa: E402
from avatar_pipeline.neural import SMALL, Shelf, TalkingHead, random_networks, rig_face  # noqa: E402
from avatar_pipeline.neural_mouth import NeuralMouth  # noqa: E402
from avatar_pipeline.provenance import FilmPapers  # noqa: E402
from avatar_pipeline.scenes.placing import person_box  # noqa: E402
from avatar_pipeline.shoot import Shoot, Shot, TakeStore, read_script, shoot  # noqa: E402
from avatar_pipeline.stages.loop_files import write_loop_film, write_way_there  # noqa: E402
from avatar_pipeline.voice import Voice  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
FRAMES, LOOP_PX, MARK = 10, 256, 0x5EED5EED5EED
_MOUTH_BELOW = 360  # of 540 rows
SCRIPT = {
    "format": "tillhand-script/1", "shape": "1:1", "captions": False,
    "scenes": [{"text": "Hello, Bob. Come in.", "wall": {"top": "#204080", "bottom": "#204080"}}],
}  # fmt: skip


class Filmed:
    """A face with a rig and a loop beside it; who is in the loop is the rig's mirror picture, so that one is told from the other."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.film_rig_path = folder / "film.rig"
        self.film_rig_path.write_bytes(face("amara").film_rig_path.read_bytes())
        self.loop = folder / LOOP
        mirrored = [np.ascontiguousarray(one[:, ::-1]) for one in islice(rig_face(self.film_rig_path, LOOP_PX).pictures(), FRAMES)]
        write_loop_film(mirrored, self.loop)


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    return Filmed(tmp_path_factory.mktemp("faces") / "filmed")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    folder = tmp_path_factory.mktemp("prepared")
    return Shelf(lambda _: folder)


@pytest.fixture(scope="module")
def mouth(shelf: Shelf) -> NeuralMouth:
    networks = random_networks(SMALL, seed=7)
    head = TalkingHead(networks, buckets=(8,))
    head.warm_up()
    return NeuralMouth(networks, head, shelf, fingerprint="random 7")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("film")


def shot(filmed: Filmed, mouth: NeuralMouth, folder: Path) -> Shot:
    how = Shoot(TakeStore(folder / "takes"), FilmPapers(MARK, "Test", "wrk_1"), mouth=mouth)
    return shoot(read_script(SCRIPT, folder, scale=0.5), filmed, Voice(), folder / "film.mp4", how)


def decoded(path: Path) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    with av.open(str(path)) as film:
        return np.stack([one.to_ndarray(format="bgr24") for one in film.decode(video=0)])


@pytest.mark.parametrize("frames", [1, 2, 3, 10, 125])
def test_a_take_walks_through_the_loop_from_rest_to_rest(frames: int) -> None:
    for count in (1, 2, 3, 7, 30, 131, 700):
        for is_down_first in (False, True):
            places = walk(count, frames, is_down_first=is_down_first)
            assert (len(places), places[0], places[-1]) == (count, frames // 2, frames // 2)
            assert np.abs(np.diff(places)).max(initial=0) <= 1
            assert places.min() >= 0
            assert places.max() < frames
            if count > 4 * frames:
                assert (places.min(), places.max()) == (0, frames - 1)  # all of the film is seen
    if frames > 2:
        assert walk(7, frames)[1] > walk(7, frames, is_down_first=True)[1]


def test_a_person_stands_before_another_wall_without_the_old_one(filmed: Filmed, mouth: NeuralMouth, shelf: Shelf) -> None:
    pictures = loop_face(filmed.loop).pictures
    mouth.on(filmed.film_rig_path)
    [kept] = shelf.folder_of(filmed.loop).glob(f"*/{face_loop.MATTES}")
    mattes = np.load(kept)["mattes"]
    assert mattes.shape == (FRAMES, LOOP_PX, LOOP_PX)
    person, picture = persons_of(pictures, mattes, kept.parent)[0], next(pictures())
    assert {path.suffix for path in kept.parent.iterdir()} == {".npz", ".json"}  # the passing file of the persons is nobody's
    wall = np.full((LOOP_PX, LOOP_PX, 3), (200, 30, 20), np.uint8)
    made = before_wall(person, wall)
    inside, outside = mattes[0] == 255, mattes[0] == 0
    assert 0.2 < inside.mean() < 0.8
    assert np.array_equal(made[inside], picture[inside])
    assert np.array_equal(made[outside], wall[outside])
    larger = before_wall(person, np.full((400, 400, 3), 90, np.uint8))
    assert larger.shape == (400, 400, 3)


def test_the_film_shows_who_was_filmed_and_the_films_own_wall(filmed: Filmed, mouth: NeuralMouth, folder: Path) -> None:
    made = decoded(shot(filmed, mouth, folder).path)
    still = made[2].astype(float)  # before the first word nothing is drawn
    script = read_script(SCRIPT, folder, scale=0.5)
    box = person_box(script.look, script.scenes[0].framing, has_card=False)
    rest = list(loop_face(filmed.loop).pictures())[FRAMES // 2]
    large = cv2.resize(rest, (box.width, box.width), interpolation=cv2.INTER_CUBIC).astype(float)
    eyes = slice(round(0.4 * box.width), round(0.5 * box.width)), slice(round(0.38 * box.width), round(0.62 * box.width))
    shown = still[box.y :, box.x : box.x + box.width][eyes]
    as_filmed, mirrored = (float(np.abs(shown - one[eyes]).mean()) for one in (large, large[:, ::-1]))
    assert 2 * as_filmed < mirrored
    assert as_filmed < 5  # the encoder and the mark
    side = len(still)
    corner = still[round(0.3 * side) : round(0.4 * side), : round(0.05 * side)].mean(axis=(0, 1))
    assert corner[0] > 1.5 * corner[1] > 2 * corner[2], corner  # the wall's blue
    speaking = np.abs(made[len(made) // 3].astype(float) - still)
    assert speaking[side // 2 :].max() > 40  # the networks' mouth


def test_sentences_follow_one_another_without_a_jump(filmed: Filmed, mouth: NeuralMouth, folder: Path) -> None:
    film = shot(filmed, mouth, folder)
    made = decoded(film.path).astype(float)[:, :_MOUTH_BELOW]  # what a network draws that has learned nothing jumps all the time
    seam = round(film.takes[1].start_s * 25)
    steps = np.abs(np.diff(made, axis=0)).mean(axis=(1, 2, 3))
    assert steps[seam - 1] < 1.0, steps[seam - 3 : seam + 3]


def test_what_was_made_is_kept_until_the_film_is_another(filmed: Filmed, mouth: NeuralMouth, folder: Path, tmp_path: Path) -> None:
    worn = mouth.on(filmed.film_rig_path)
    again = shot(filmed, mouth, folder)
    assert mouth.on(filmed.film_rig_path) is worn  # nothing of the face is read again for the next film
    assert all(take.was_kept for take in again.takes)
    other = Filmed(tmp_path / "other")
    write_loop_film([np.full((LOOP_PX, LOOP_PX, 3), shade, np.uint8) for shade in range(10)], other.loop)
    assert mouth.name_on(other.film_rig_path) != mouth.name_on(filmed.film_rig_path)
    other.loop.unlink()
    assert mouth.name_on(other.film_rig_path) == "musetalk, in poses, random 7"  # as it was before there were films


def test_a_film_shows_a_face_as_large_as_it_was_filmed(filmed: Filmed, mouth: NeuralMouth, folder: Path, tmp_path: Path) -> None:
    """The way there at the size of the film beside the loop of the chats: eyes and hair are sharper, and the walk is the same."""
    large = Filmed(tmp_path / "large")
    whole_px = 2 * LOOP_PX
    pictures = islice(rig_face(large.film_rig_path, whole_px).pictures(), FRAMES)
    write_way_there((np.ascontiguousarray(one[:, ::-1]) for one in pictures), large.loop.with_name(FILM_LOOP))
    face_of_film = loop_face(large.loop.with_name(FILM_LOOP))
    there, back = list(face_of_film.pictures()), list(face_of_film.loop())
    assert (len(there), there[0].shape, len(back)) == (FRAMES, (whole_px, whole_px, 3), 2 * FRAMES - 2)
    assert np.array_equal(back[FRAMES], there[-2])
    before, after = shot(filmed, mouth, folder), shot(large, mouth, tmp_path)
    assert not any(take.was_kept for take in after.takes)
    script = read_script(SCRIPT, folder, scale=0.5)
    box = person_box(script.look, script.scenes[0].framing, has_card=False)
    stills = [decoded(one.path)[2] for one in (before, after)]
    truth = cv2.resize(there[FRAMES // 2], (box.width, box.width), interpolation=cv2.INTER_AREA).astype(float)
    eyes = slice(round(0.4 * box.width), round(0.5 * box.width)), slice(round(0.38 * box.width), round(0.62 * box.width))
    small_off, large_off = (float(np.abs(one[box.y :, box.x : box.x + box.width][eyes] - truth[eyes]).mean()) for one in stills)
    assert large_off < 0.8 * small_off, (small_off, large_off)
