"""A face of the catalogue under a neural mouth, small and with seeded random weights: prepared, spoken, filmed."""

from dataclasses import replace
from itertools import islice

import av
import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from avatar_pipeline.catalogue import face  # noqa: E402
from avatar_pipeline.engines.face_crop import mask_of  # noqa: E402
from avatar_pipeline.engines.face_film import frame_of_loop  # noqa: E402
from avatar_pipeline.engines.musetalk import HeardSpeech, prepare, silent_pictures, to_16_khz  # noqa: E402
from avatar_pipeline.neural import (  # noqa: E402
    SMALL,
    FaceNotFollowed,
    HeadNetworks,
    NeuralCast,
    NeuralFace,
    PreparedAvatar,
    TalkingHead,
    hear,
    make_neural_film,
    neural_pictures,
    prepare_face,
    random_networks,
    rig_face,
)
from avatar_pipeline.voice import Voice  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
FRAMES, SIZE_PX = 20, 256


@pytest.fixture(scope="module")
def networks() -> HeadNetworks:
    return random_networks(SMALL, seed=7)


@pytest.fixture(scope="module")
def amara() -> NeuralFace:
    whole = rig_face(face("amara").rig_path, SIZE_PX)
    return replace(whole, pictures=lambda: islice(whole.pictures(), FRAMES))


@pytest.fixture(scope="module")
def kept_in(tmp_path_factory):
    return tmp_path_factory.mktemp("neural")


@pytest.fixture(scope="module")
def prepared(amara, networks, kept_in) -> PreparedAvatar:
    return prepare_face(amara, networks, kept_in, fingerprint="random 7")


@pytest.fixture(scope="module")
def cast(amara, prepared, networks) -> NeuralCast:
    return NeuralCast(amara, prepared, networks, TalkingHead(networks, buckets=(8,), frames_max=FRAMES))


def test_the_crop_holds_the_face_from_its_brows_to_below_the_chin(prepared, amara):
    assert prepared.boxes.shape == (FRAMES, 4)
    x1, y1, x2, y2 = prepared.boxes.mean(axis=0)
    assert 0.3 < (x2 - x1) / SIZE_PX < 0.7
    assert 0.8 < (y2 - y1) / (x2 - x1) < 1.6
    assert np.abs(np.diff(prepared.boxes, axis=0)).max() <= 3


def test_latents_have_the_hidden_face_first_and_do_not_know_what_was_hidden(prepared, networks):
    side, crops = SMALL.side, prepared.frames.crops
    assert prepared.frames.latents.shape == (FRAMES, 8, side // 8, side // 8)
    other = crops[:1].copy()
    other[:, side // 2 :] = 255 - other[:, side // 2 :]
    from avatar_pipeline.engines.musetalk import _Encoder

    again, changed = _Encoder(networks, "cpu").latents(crops[:1]), _Encoder(networks, "cpu").latents(other)
    assert np.array_equal(again[:, :4], changed[:, :4])
    assert not np.array_equal(again[:, 4:], changed[:, 4:])


def test_preparing_again_gives_the_same_bytes_and_goes_on_where_it_stopped(prepared, amara, networks, kept_in, tmp_path):
    (folder,) = kept_in.iterdir()
    piece = folder / "piece-00001.npz"
    before, untouched = piece.read_bytes(), (folder / "piece-00000.npz").stat().st_mtime_ns
    piece.unlink()
    shown: list[float] = []
    again = prepare(amara.pictures, networks, folder, progress=shown.append)
    assert np.array_equal(again.frames.latents, prepared.frames.latents)
    assert np.load(piece)["latents"].tobytes() in before
    assert (folder / "piece-00000.npz").stat().st_mtime_ns == untouched
    assert shown[-1] == 1.0
    assert not list(folder.glob("*.part*"))


def test_the_mask_shows_the_lower_face_only_and_ends_softly_inside_the_crop(prepared):
    mask, side = prepared.frames.mask, SMALL.side
    assert not mask[: side // 2].any()
    assert not mask[:, [0, -1]].any()
    assert not mask[-1].any()
    assert mask[round(side * 0.75), side // 2] == 255
    assert len(np.unique(mask)) > 20


def test_pictures_without_a_face_are_refused_in_a_sentence(networks, tmp_path):
    wall = np.full((128, 128, 3), 90, np.uint8)
    with pytest.raises(FaceNotFollowed, match="0 of 3 pictures"):
        prepare(lambda: iter([wall] * 3), networks, tmp_path / "wall")


def test_silence_never_reaches_the_network_and_stays_the_prepared_picture(cast, amara):
    frames = 15
    silent = np.ones(frames, np.bool_)
    silent[6:9] = False
    asked: list[int] = []

    class Counting:
        def keep(self, avatar):
            return cast.head.keep(avatar)

        def drop(self, number):
            cast.head.drop(number)

        def submit(self, batch):
            asked.extend(batch.frames.tolist())
            return cast.head.submit(batch)

    heard = HeardSpeech(np.random.default_rng(1).normal(size=(frames, 50, 384)).astype(np.float32), silent)
    shown = list(neural_pictures(replace(cast, head=Counting()), heard))
    assert asked == list(range(4, 11))
    still = list(amara.pictures())[:frames]
    x1, y1, x2, y2 = cast.prepared.boxes[7]
    for index in range(frames):
        changed = (shown[index] != still[index]).any(axis=2)
        assert changed.any() == (index in asked)
        changed[(y1 + y2) // 2 - 2 : y2 + 2, x1 - 2 : x2 + 2] = False
        assert not changed.any()


def test_what_counts_as_silent_follows_the_sound():
    loud = (np.sin(np.arange(24_000) * 0.05) * 9000).astype(np.int16)
    samples = np.concatenate([np.zeros(24_000, np.int16), loud, (loud * 0.01).astype(np.int16)])
    silent = silent_pictures(samples, 24_000, 75)
    assert silent.tolist() == [True] * 23 + [False] * 29 + [True] * 23
    assert silent_pictures(np.zeros(0, np.int16), 24_000, 0).tolist() == []


def test_24_khz_becomes_16_khz_without_mirror_tones():
    moments = np.arange(24_000) / 24_000
    low, high = (np.sin(2 * np.pi * hertz * moments) * 16_000 for hertz in (1000, 11_000))
    kept = to_16_khz(low.astype(np.int16), 24_000)
    assert len(kept) == 16_000
    wanted = np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000) * 16_000 / 32768
    assert np.abs(kept - wanted)[100:-100].max() < 0.005
    assert np.abs(to_16_khz(high.astype(np.int16), 24_000))[100:-100].max() < 0.01


def test_a_loop_goes_there_and_back_without_showing_an_end_twice():
    assert [frame_of_loop(index, 4) for index in range(8)] == [0, 1, 2, 3, 2, 1, 0, 1]
    assert [frame_of_loop(index, 1) for index in range(3)] == [0, 0, 0]


def test_hearing_gives_a_row_a_picture(networks):
    heard = hear(np.zeros(24_000 + 1, np.int16), 24_000, networks)
    assert heard.sound.shape == (26, 50, 384)
    assert heard.is_silent.all()


def test_a_neural_film_has_its_sound_its_mark_and_a_moving_mouth(cast, tmp_path):
    made = make_neural_film("Good morning.", voice=Voice(), cast=cast, out_path=tmp_path / "film.mp4", label=False)
    with av.open(str(made.path)) as film:
        pictures = [frame.to_ndarray(format="bgr24") for frame in film.decode(video=0)]
        assert film.streams.audio
    assert len(pictures) == made.frames
    assert made.duration_s == pytest.approx(made.frames / 25)
    x1, y1, x2, y2 = cast.prepared.boxes[0]
    mouth = [picture[(y1 + y2) // 2 + 8 : y2 - 12, x1 + 20 : x2 - 20].astype(float) for picture in pictures]
    spoken = np.abs(np.diff([part.mean() for part in mouth]))
    assert spoken[10:30].max() > 5 * spoken[:6].max()
    assert cast.head.store.frames_free == FRAMES


def test_the_outline_widens_downward_for_a_jaw_that_drops():
    angle = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    outline = np.stack([0.5 + 0.3 * np.cos(angle), 0.5 + 0.38 * np.sin(angle)], 1).astype(np.float32)
    mask = mask_of(outline, 256)
    assert mask[int(0.88 * 256) + 6, 128] > 200
    assert cv2.countNonZero(mask) > 0.1 * 256 * 256
