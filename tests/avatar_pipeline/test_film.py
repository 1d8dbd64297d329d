"""Films, judged by decoding them again: length, codecs, sound where it was put, lips that move only with sound."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_pipeline.catalogue import face
from avatar_pipeline.film import FRAMES_PER_SECOND, LEAD_IN_S, LEAD_OUT_S, SAMPLE_RATE_HZ, Film, FilmImpossible, FilmNotWritten, write_film
from avatar_pipeline.score import CHANNEL_INDEX, MotionScore

SIZE_PX = 256
STILL = MotionScore(np.zeros((2, 57), np.int16))


@dataclass(frozen=True)
class Beep:
    """A sentence made by hand: silence and beeps, the jaw open exactly while it beeps."""

    samples: NDArray[np.int16]
    score: MotionScore
    text: str = "beep"


def beep(beats: list[tuple[float, float]], duration_s: float) -> Beep:
    time = np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    rows = np.arange(round(duration_s * 50)) / 50
    loud, jaw = np.zeros(len(time), bool), np.zeros(len(rows))
    for start, end in beats:
        loud |= (time >= start) & (time < end)
        jaw[(rows >= start) & (rows < end)] = 0.4
    values = np.zeros((len(rows), 57), np.float32)
    values[:, CHANNEL_INDEX["jawOpen"]] = jaw
    return Beep((np.sin(2 * np.pi * 440 * time) * 12000 * loud).astype(np.int16), MotionScore.from_floats(values))


def make(path: Path, sentences: list[Beep], **changes: Any) -> Film:
    arguments: dict[str, Any] = {"face": face("amara"), "out_path": path, "size_px": SIZE_PX, "idle_score": STILL, **changes}
    return write_film(sentences, **arguments)


@dataclass(frozen=True)
class Decoded:
    frames: list[NDArray[np.uint8]]
    frame_times_s: list[float]
    sound: NDArray[np.float32]
    sound_start_s: float
    codecs: tuple[str, str]
    metadata: dict[str, str]


def decode(path: Path) -> Decoded:
    with av.open(str(path)) as container:
        codecs = (container.streams.video[0].codec_context.name, container.streams.audio[0].codec_context.name)
        frames, times, pieces, starts = [], [], [], []
        for packet in container.demux():
            for item in packet.decode():
                if isinstance(item, av.VideoFrame):
                    frames.append(item.to_ndarray(format="bgr24"))
                    times.append(float(item.time))
                elif isinstance(item, av.AudioFrame):
                    pieces.append(item.to_ndarray()[0])
                    starts.append(float(item.time))
        return Decoded(frames, times, np.concatenate(pieces), starts[0], codecs, dict(container.metadata))


def opening(frame: NDArray[np.uint8]) -> int:
    """Pixels of throat or teeth about the mouth."""
    part = frame[round(0.62 * SIZE_PX) : round(0.76 * SIZE_PX), round(0.43 * SIZE_PX) : round(0.57 * SIZE_PX)].astype(int)
    return int(((part.max(2) < 80) | ((part.max(2) - part.min(2) < 60) & (part.min(2) > 90))).sum())


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Film, Decoded]:
    path = tmp_path_factory.mktemp("film") / "story.mp4"
    film = make(path, [beep([(0.2, 0.6)], 1.0), beep([(0.5, 0.9)], 1.3)])
    return film, decode(path)


def test_a_film_is_h264_and_aac_and_as_long_as_its_sound(story: tuple[Film, Decoded]) -> None:
    film, found = story
    spoken_s = LEAD_IN_S + 2.3 + LEAD_OUT_S
    assert found.codecs == ("h264", "aac")
    assert len(found.frames) == film.frames == round(film.duration_s * FRAMES_PER_SECOND)
    assert spoken_s <= film.duration_s < spoken_s + 1 / FRAMES_PER_SECOND
    assert found.frames[0].shape == (SIZE_PX, SIZE_PX, 3)
    assert found.frame_times_s == pytest.approx([i / FRAMES_PER_SECOND for i in range(film.frames)], abs=1e-6)
    assert len(found.sound) / SAMPLE_RATE_HZ + found.sound_start_s == pytest.approx(film.duration_s, abs=0.05)


def _beats(sound: NDArray[np.float32], start_s: float) -> list[tuple[float, float]]:
    """When it beeps, from the decoded sound alone."""
    loud = np.convolve(np.abs(sound), np.ones(120) / 120, "same") > 0.08
    edges = np.flatnonzero(np.diff(loud.astype(int), prepend=0, append=0)) / SAMPLE_RATE_HZ + start_s
    return list(zip(edges[::2], edges[1::2], strict=True))


def test_sound_stands_where_it_was_put(story: tuple[Film, Decoded]) -> None:
    _, found = story
    wanted = [(LEAD_IN_S + 0.2, LEAD_IN_S + 0.6), (LEAD_IN_S + 1.5, LEAD_IN_S + 1.9)]
    heard = _beats(found.sound, found.sound_start_s)
    assert np.array(heard) == pytest.approx(np.array(wanted), abs=0.008), heard


def test_lips_move_with_the_sound_and_not_in_silence(story: tuple[Film, Decoded]) -> None:
    _, found = story
    openings = np.array([opening(frame) for frame in found.frames])
    times = np.array(found.frame_times_s)
    beats = _beats(found.sound, found.sound_start_s)
    inside = np.logical_or.reduce([(times > a + 0.03) & (times < b - 0.03) for a, b in beats])
    outside = np.logical_and.reduce([(times < a - 0.03) | (times > b + 0.03) for a, b in beats])
    assert openings[inside].min() > 5 * max(1, openings[outside].max())


def test_the_film_says_that_it_was_made_by_ai(story: tuple[Film, Decoded], tmp_path: Path) -> None:
    _, found = story
    assert json.loads(found.metadata["AIGC"])["Label"] == "1"
    assert "not real" in found.metadata["comment"]
    make(tmp_path / "bare.mp4", [beep([], 1.0)], label=False)
    bare = decode(tmp_path / "bare.mp4").frames
    corner = np.s_[int(0.88 * SIZE_PX) :, : int(0.2 * SIZE_PX)]
    marked = [np.abs(a[corner].astype(int) - bare[0][corner]).max() > 60 for a in found.frames]
    assert all(marked[: 2 * FRAMES_PER_SECOND]), "the mark stays two seconds"
    assert not any(marked[round(2.5 * FRAMES_PER_SECOND) :])


def test_the_label_leaves_no_stain_where_it_was(tmp_path: Path) -> None:
    """The mark is stronger where the picture is textured; the label is on the wall for two seconds only, the mark as long as the film."""
    labelled, plain = (decode(make(tmp_path / f"{one}.mp4", [beep([], 3.0)], label=one).path).frames[70] for one in (True, False))
    corner = (slice(-round(0.11 * SIZE_PX), None), slice(0, round(0.16 * SIZE_PX)))
    ripples = [float((frame[corner].astype(float) - cv2.GaussianBlur(frame[corner], (0, 0), 4)).std()) for frame in (labelled, plain)]
    assert ripples[0] < 1.3 * ripples[1]


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    class Stopped(Exception):
        """The voice broke off."""

    def breaking() -> Any:
        yield beep([], 0.5)
        raise Stopped

    with pytest.raises(Stopped):
        make(tmp_path / "film.mp4", breaking())
    assert list(tmp_path.iterdir()) == []


def test_an_older_film_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"older")
    with pytest.raises(FilmImpossible, match="nothing that can be said"):
        make(path, [])
    assert path.read_bytes() == b"older"
    make(path, [beep([], 0.2)])
    assert len(decode(path).frames) == round((LEAD_IN_S + 0.2 + LEAD_OUT_S) * FRAMES_PER_SECOND)


@pytest.mark.parametrize("size_px", [0, 100, 513, 5000])
def test_sizes_no_film_can_have_are_refused(tmp_path: Path, size_px: int) -> None:
    with pytest.raises(FilmImpossible, match="multiple of 4"):
        make(tmp_path / "film.mp4", [beep([], 0.2)], size_px=size_px)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FilmNotWritten, match="cannot be written"):
        make(tmp_path / "nowhere" / "film.mp4", [beep([], 0.2)])


def test_the_wall_is_the_same_in_every_picture_before_encoding() -> None:
    from avatar_pipeline.face import FaceRenderer, load_rig
    from avatar_pipeline.speak import idle

    rig = load_rig(face("amara").rig_path)
    renderer = FaceRenderer(rig)
    matte = cv2.dilate((rig.layers["person"].pixels[..., 3] > 0).astype(np.uint8), np.ones((49, 49), np.uint8)) > 0
    score = idle(7)
    pictures = [renderer.render(score.at(second))[~matte] for second in np.linspace(0, score.duration_s, 12)]
    assert all(np.array_equal(picture, pictures[0]) for picture in pictures)
