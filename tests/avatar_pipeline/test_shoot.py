"""Films in scenes, judged by decoding them: what is made again after a change, what stays the same byte, sound and pictures in step."""

import dataclasses
import json
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from avatar_pipeline.catalogue import face
from avatar_pipeline.face import load_rig
from avatar_pipeline.motion.mood import MOODS
from avatar_pipeline.provenance import verify_media
from avatar_pipeline.scenes.painter import ScenePainter
from avatar_pipeline.scenes.plan import Clock, plan_takes
from avatar_pipeline.scenes.take import act
from avatar_pipeline.score import CHANNEL_INDEX
from avatar_pipeline.shoot import (
    CouponCard,
    FilmPapers,
    Look,
    Motion,
    Music,
    NameStrap,
    PictureUnreadable,
    ProductCard,
    Scene,
    Script,
    ScriptUnreadable,
    Shoot,
    ShootCancelled,
    Shot,
    TakeStore,
    shoot,
    untouched,
    write_poster,
)
from avatar_pipeline.voice import Voice

AMARA, VOICE, PAPERS = face("amara"), Voice(), FilmPapers(film_id=0x7F3029)
SMALL = Look("16:9", 0.2)
SCRIPT = Script(
    "Spring",
    (
        Scene("Hello there. New beans.", strap=NameStrap("Amara", "Coffee counter"), framing="left"),
        Scene("Try it.", card=ProductCard("House blend", "$14.50")),
        Scene("Ten percent off.", card=CouponCard("KESTREL-7", "10 % off", link="https://kestrel.example/7")),
    ),
    SMALL,
    Music(),
)


@dataclasses.dataclass(frozen=True)
class Made:
    """A finished film, and how to make versions of it with the same kept takes."""

    shot: Shot
    store: TakeStore
    folder: Path

    def again(self, script: Script, name: str) -> Shot:
        return shoot(script, AMARA, VOICE, self.folder / f"{name}.mp4", Shoot(self.store, PAPERS))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("shoot")
    store = TakeStore(folder / "takes")
    return Made(shoot(SCRIPT, AMARA, VOICE, folder / "first.mp4", Shoot(store, PAPERS)), store, folder)


def pictures(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="bgr24") for frame in film.decode(video=0)]


def sound(path: Path) -> NDArray[np.float32]:
    with av.open(str(path)) as film:
        return np.concatenate([frame.to_ndarray() for frame in film.decode(audio=0)], axis=1)


def with_text(number: int, text: str) -> Script:
    scenes = [dataclasses.replace(scene, text=text) if place == number else scene for place, scene in enumerate(SCRIPT.scenes)]
    return dataclasses.replace(SCRIPT, scenes=tuple(scenes))


def test_pictures_and_sound_are_as_long_as_the_takes_say(made: Made) -> None:
    shot = made.shot
    assert [take.text for take in shot.takes] == ["Hello there.", "New beans.", "Try it.", "Ten percent off."]
    assert [take.scene_number for take in shot.takes] == [0, 0, 1, 2]
    frames = pictures(shot.path)
    assert len(frames) == round(shot.duration_s * 25) == round(sum(take.duration_s for take in shot.takes) * 25)
    assert frames[0].shape == (shot.size[1], shot.size[0], 3) == (216, 384, 3)
    assert abs(sound(shot.path).shape[1] / 48_000 - shot.duration_s) < 0.05
    starts = [take.start_s for take in shot.takes]
    assert starts == sorted(starts)
    with av.open(str(shot.path)) as film:
        assert json.loads(film.metadata["AIGC"])["Label"] == "1"


def test_the_poster_is_the_films_own_picture_before_the_first_word_and_says_that_ai_made_it(made: Made, tmp_path: Path) -> None:
    poster = made.shot.path.with_suffix(".jpg")
    with Image.open(poster) as opened:
        assert (opened.format, opened.size) == ("JPEG", made.shot.size)
        shown, label = np.asarray(opened.convert("RGB"))[..., ::-1].astype(int), unescape(opened.info["xmp"].decode())
    off = [float(np.abs(shown - picture).mean()) for picture in pictures(made.shot.path)[:50]]
    assert (int(np.argmin(off)), off[10] < 2.0) == (10, True)
    assert 'TC260:AIGC="{"Label": "1", "ContentProducer": "Tillhand"' in label
    kept = poster.read_bytes()
    poster.unlink()
    assert write_poster(made.shot.path).read_bytes() == kept  # a film from before posters is given the same one
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(made.shot.path.read_bytes()[:900])
    with pytest.raises(PictureUnreadable, match="no picture that could be shown"):
        write_poster(broken)
    assert [path.name for path in tmp_path.iterdir()] == ["broken.mp4"]


def test_every_word_is_heard_where_its_caption_stands(made: Made) -> None:
    """The bed is low and the voice loud: the sound under a caption is louder than the sound where nothing is said."""
    heard = np.abs(sound(made.shot.path)).mean(0)
    spoken = np.zeros(len(heard), bool)
    for caption in made.shot.captions:
        spoken[round(caption.start_s * 48_000) : round((caption.end_s - 0.35) * 48_000)] = True
    assert heard[spoken].mean() > 3 * heard[~spoken].mean()
    assert heard[: 48_000 // 3].mean() < heard[spoken].mean() / 3  # she is there before she speaks
    lines = made.shot.path.with_suffix(".vtt").read_text().splitlines()
    assert lines[0] == "WEBVTT"
    assert [line for line in lines if line and "-->" not in line][1:] == [caption.text for caption in made.shot.captions]
    assert all(before.end_s <= after.start_s for before, after in pairwise(made.shot.captions))
    assert made.shot.path.with_suffix(".srt").read_text().startswith("1\n00:00:00,")


def test_a_changed_sentence_changes_its_own_pictures_and_no_other(made: Made) -> None:
    changed = made.again(with_text(1, "Do try it today."), "changed")
    assert [take.was_kept for take in changed.takes] == [True, True, False, True]
    assert [pair[1].text for pair in untouched(made.shot, changed)] == ["Hello there.", "New beans.", "Ten percent off."]
    before, after = pictures(made.shot.path), pictures(changed.path)
    for old, new in untouched(made.shot, changed):
        first, second, count = round(old.start_s * 25), round(new.start_s * 25), round(old.duration_s * 25)
        assert all(np.array_equal(before[first + n], after[second + n]) for n in range(count))
    touched = round(changed.takes[2].start_s * 25)
    assert not np.array_equal(before[touched + 12], after[touched + 12])


def test_a_scenes_mood_is_seen_in_its_own_pictures_and_heard_nowhere(made: Made) -> None:
    scenes = tuple(dataclasses.replace(scene, mood="excited") if place == 0 else scene for place, scene in enumerate(SCRIPT.scenes))
    moved = made.again(dataclasses.replace(SCRIPT, scenes=scenes), "excited")
    assert [take.was_kept for take in moved.takes] == [False, False, True, True]
    assert [pair[1].text for pair in untouched(made.shot, moved)] == ["Try it.", "Ten percent off."]
    before, after = pictures(made.shot.path), pictures(moved.path)
    own = round(moved.takes[2].start_s * 25)
    assert len(before) == len(after)
    assert all(np.array_equal(old, new) for old, new in zip(before[own:], after[own:], strict=True))
    assert not np.array_equal(before[own // 2], after[own // 2])
    assert np.array_equal(sound(made.shot.path), sound(moved.path))
    back = made.again(SCRIPT, "back")
    assert [take.sha256 for take in back.takes] == [take.sha256 for take in made.shot.takes]
    assert all(take.was_kept for take in back.takes)


def test_a_gesture_makes_its_own_sentence_again_and_no_other(made: Made) -> None:
    scenes = tuple(
        dataclasses.replace(scene, motion=Motion("nod", 2)) if place == 0 else scene for place, scene in enumerate(SCRIPT.scenes)
    )
    nodded = made.again(dataclasses.replace(SCRIPT, scenes=scenes), "nodded")
    assert [take.was_kept for take in nodded.takes] == [True, False, True, True]
    assert [pair[1].text for pair in untouched(made.shot, nodded)] == ["Hello there.", "Try it.", "Ten percent off."]
    before, after = pictures(made.shot.path), pictures(nodded.path)
    assert len(before) == len(after)
    changed = [number for number, (old, new) in enumerate(zip(before, after, strict=True)) if not np.array_equal(old, new)]
    own = nodded.takes[1]
    first, last = round(own.start_s * 25), round((own.start_s + own.duration_s) * 25)
    assert len(changed) > (last - first) / 3
    assert first <= min(changed) <= max(changed) < last
    assert np.array_equal(sound(made.shot.path), sound(nodded.path))
    back = made.again(SCRIPT, "without")
    assert [take.sha256 for take in back.takes] == [take.sha256 for take in made.shot.takes]


def test_sorrow_lasts_over_the_pause_between_two_sentences_and_remakes_whom_it_joins(made: Made) -> None:
    scene = Scene("We are sold out. I am sorry about it. Come again.", framing="left")
    first, second, third = plan_takes(Script("", (scene,), SMALL))
    assert [take.manner.held for take in (first, second, third)] == [(False, True), (True, False), (False, False)]
    rows = [act(take.text, VOICE, seed=1, pauses=take.pauses, manner=take.manner) for take in (first, second, third)]
    smile, frown = CHANNEL_INDEX["mouthSmileLeft"], CHANNEL_INDEX["mouthFrownLeft"]
    faces = [one.rows for one in rows if one is not None]
    seam = np.concatenate([faces[0][-6:], faces[1][:6]])  # rounded lips within the words give way
    assert seam[:, frown].min() > 0.9 * MOODS["sorry"].frown, "they smile between two sad sentences"
    assert seam[:, smile].max() < 0.02
    assert np.abs(np.diff(seam[:, [smile, frown]], axis=0)).max() < 0.02
    for edge in (faces[0][0], faces[1][-1], faces[2][0], faces[2][-1]):
        assert edge[frown] < 0.02
        assert edge[smile] > 0.1
    joined = made.again(dataclasses.replace(SCRIPT, scenes=(dataclasses.replace(scene, text="We are sold out. I am sorry. Come."),)), "sad")
    alone = made.again(
        dataclasses.replace(SCRIPT, scenes=(dataclasses.replace(scene, text="We are sold out. All is fine. Come."),)), "sad2"
    )
    assert [take.was_kept for take in alone.takes[:1]] == [False], "its face is another once nothing sad follows"
    assert len(joined.takes) == len(alone.takes) == 3


@pytest.mark.parametrize(
    ("what", "made_again"),
    [
        ({"framing": "right"}, [1]), ({"card": ProductCard("House blend", "$15.00")}, [1]), ({"card": None}, [1]),
        ({"strap": NameStrap("Amara", "")}, [1]), ({"mood": "glad"}, [1]), ({"mood": "neutral"}, [1]),
    ],
)  # fmt: skip
def test_what_lies_over_a_scene_belongs_to_its_takes_alone(made: Made, what: dict[str, Any], made_again: list[int]) -> None:
    scenes = [dataclasses.replace(scene, **what) if place == 1 else scene for place, scene in enumerate(SCRIPT.scenes)]
    shot = made.again(dataclasses.replace(SCRIPT, scenes=tuple(scenes)), "card")
    assert {take.scene_number for take in shot.takes if not take.was_kept} == set(made_again)


def test_made_from_nothing_it_is_the_same_film(made: Made, tmp_path: Path) -> None:
    fresh = shoot(SCRIPT, AMARA, VOICE, tmp_path / "fresh.mp4", Shoot(TakeStore(tmp_path / "takes"), PAPERS))
    assert [take.sha256 for take in fresh.takes] == [take.sha256 for take in made.shot.takes]
    assert not any(take.was_kept for take in fresh.takes)


def test_a_stopped_film_goes_on_where_it_was(tmp_path: Path) -> None:
    store = TakeStore(tmp_path / "takes")
    told: list[float] = []
    with pytest.raises(ShootCancelled):
        shoot(SCRIPT, AMARA, VOICE, tmp_path / "film.mp4", Shoot(store, PAPERS, told.append, lambda: len(told) > 4))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [""]  # no film, no part of one
    assert not list((tmp_path / "takes").glob("*.part"))
    finished = len(list((tmp_path / "takes").glob("*.npz")))
    assert 1 <= finished < 4
    shot = shoot(SCRIPT, AMARA, VOICE, tmp_path / "film.mp4", Shoot(store, PAPERS, told.append))
    assert sum(take.was_kept for take in shot.takes) == finished
    assert told[-1] == 1.0


def test_takes_meet_without_a_jump() -> None:
    """Where one take of a scene ends and the next begins, she moves less than in half of all her other pictures."""
    scene = Scene("Hello there. New beans.", framing="left")
    script = Script("", (scene,), Look("16:9", 0.2, False))
    painter = ScenePainter(load_rig(AMARA.film_rig_path), script.look, scene)
    frames: list[NDArray[np.int_]] = []
    seams: list[int] = []
    for take in plan_takes(script):
        acted = act(take.text, VOICE, seed=1, pauses=take.pauses)
        assert acted is not None
        seams.append(len(frames))
        frames += [frame[:, :, 1].astype(int) for frame in painter.paint(take, acted, Clock(9.0, 9.0))]
    steps = [float(np.abs(after - before).mean()) for before, after in pairwise(frames)]
    assert steps[seams[1] - 1] < np.median(steps)


def test_another_work_shares_no_take(made: Made, tmp_path: Path) -> None:
    other = Shoot(made.store, FilmPapers(film_id=8))
    shot = shoot(dataclasses.replace(SCRIPT, scenes=SCRIPT.scenes[2:]), AMARA, VOICE, tmp_path / "other.mp4", other)
    assert not any(take.was_kept for take in shot.takes)
    with av.open(str(shot.path)) as film:
        assert json.loads(film.metadata["AIGC"])["ReservedCode1"] == "film-000000000008"


def test_a_telephone_reads_the_coupon_from_the_finished_film_and_anybody_its_mark(tmp_path: Path) -> None:
    script = Script(
        "Coupon", (Scene("Here.", card=CouponCard("K-7", "10 % off", "Once", "https://kestrel.example/c/K-7")),), Look("1:1", 1.0, False)
    )
    shot = shoot(script, AMARA, VOICE, tmp_path / "film.mp4", Shoot(TakeStore(tmp_path / "takes"), PAPERS))
    frames = pictures(shot.path)
    found = [code.text for code in zxingcpp.read_barcodes(cv2.cvtColor(frames[len(frames) // 2], cv2.COLOR_BGR2GRAY))]
    assert found == ["https://kestrel.example/c/K-7"]
    assert verify_media(shot.path).film_id == PAPERS.film_id


@pytest.mark.parametrize("text", ["", "...", "\N{FACE WITH TEARS OF JOY}", " \n "])
def test_nothing_to_say_is_refused_in_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScriptUnreadable, match="nothing that can be said"):
        shoot(Script("", (Scene(text),), SMALL), AMARA, VOICE, tmp_path / "film.mp4", Shoot(TakeStore(tmp_path / "takes"), PAPERS))
    assert list(tmp_path.iterdir()) == []
