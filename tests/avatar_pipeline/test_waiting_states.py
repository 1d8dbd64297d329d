"""Between sentences: at ease, listening, thinking. The lips stay shut in all of them, the eyes and the head say which it is."""

import numpy as np
import pytest

from avatar_pipeline.catalogue import face, faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.motion import eyes
from avatar_pipeline.motion.head import ANGLE_MAX
from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS, RATE_HZ, MotionScore
from avatar_pipeline.speak import STATES, State, idle, loop_of

SEEDS = range(12)
MOUTH = [name for name in CHANNELS if name.startswith(("mouth", "jaw", "tongue"))]


def looks(score: MotionScore) -> np.ndarray:
    """Where they look, (frames, 2) pitch and yaw in radians, the head's turn taken off: zero is at the shopper."""
    gaze = np.stack([score.channel("gazePitch"), score.channel("gazeYaw")], axis=1)
    head = np.stack([score.channel("headPitch"), score.channel("headYaw")], axis=1)
    return np.asarray(gaze + 0.8 * head)


def blinks(score: MotionScore) -> int:
    shut = score.channel("eyeBlinkLeft") > 0.9
    return int((shut[1:] & ~shut[:-1]).sum())


@pytest.mark.parametrize("state", STATES)
def test_the_mouth_never_moves_and_the_loop_closes(state: State) -> None:
    for seed in SEEDS:
        loop = loop_of(state, seed)
        np.testing.assert_array_equal(loop.values[0], loop.values[-1])
        for name in MOUTH:
            assert np.ptp(loop.channel(name)) == 0.0, (seed, name)
        assert not loop.values[:, [CHANNEL_INDEX["jawOpen"], CHANNEL_INDEX["mouthClose"]]].any()
        angles = loop.to_floats()[:, [CHANNEL_INDEX[f"head{way}"] for way in ("Pitch", "Yaw", "Roll")]]
        assert np.abs(angles).max() <= ANGLE_MAX + 1e-3
        assert np.abs(np.diff(angles, axis=0)).max() < np.deg2rad(0.25), "the head jumps, perhaps where the loop begins again"
        still = [CHANNEL_INDEX[name] for name in CHANNELS if name.startswith(("brow", "cheek", "eyeSquint", "eyeWide"))]
        assert np.abs(np.diff(loop.to_floats()[:, still], axis=0)).max() < 0.09


def test_the_same_state_and_seed_give_the_same_loop_and_others_another() -> None:
    assert loop_of("idle", 3) == idle(3)
    made = {(state, seed): loop_of(state, seed) for state in STATES for seed in SEEDS}
    assert all(loop_of(state, seed) == loop for (state, seed), loop in made.items())
    assert len(set(made.values())) == len(made)


def test_who_listens_looks_at_the_shopper_raises_the_brows_and_nods() -> None:
    for seed in SEEDS:
        listening, at_ease = loop_of("listening", seed), loop_of("idle", seed)
        assert np.abs(looks(listening)).max() < np.deg2rad(0.5)
        assert listening.channel("browInnerUp").min() > at_ease.channel("browInnerUp").max() + 0.1
        pitch = listening.channel("headPitch")
        down = (pitch[1:-1] > pitch[:-2]) & (pitch[1:-1] >= pitch[2:]) & (pitch[1:-1] - np.median(pitch) > np.deg2rad(0.6))
        assert 2 <= down.sum() <= 10, f"{down.sum()} nods in twelve seconds"


def test_who_thinks_looks_up_and_aside_at_once_and_comes_back() -> None:
    for seed in SEEDS:
        thinking = loop_of("thinking", seed)
        look = looks(thinking)
        aside = np.abs(look[:, 1]) > np.deg2rad(8)
        assert aside[round(0.4 * RATE_HZ)], "an answer often begins within two seconds: the first look away cannot wait"
        assert 0.35 < aside.mean() < 0.85
        assert (look[aside, 0] < 0).all(), "up, not down: who looks down has given up"
        assert (aside[1:] & ~aside[:-1]).sum() >= 2
        assert (np.abs(looks(thinking)[-RATE_HZ // 2 :]) < np.deg2rad(1.5)).all()
        assert np.abs(thinking.channel("headRoll")).max() > np.deg2rad(0.8)


@pytest.mark.parametrize("state", STATES)
def test_they_blink_ten_to_twenty_times_a_minute(state: State) -> None:
    counts = [blinks(loop_of(state, seed, 60.0)) for seed in SEEDS]
    assert min(counts) >= 10
    assert max(counts) <= 20
    starts = np.flatnonzero(np.diff((loop_of(state, 1, 60.0).channel("eyeBlinkLeft") > 0.5).astype(int)) == 1) / RATE_HZ
    assert np.diff(starts).min() >= eyes.BLINK_GAP_MIN_S / 2


@pytest.mark.parametrize("seconds", [0.0, 3.9, 61.0])
def test_a_loop_of_no_sensible_length_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="loop between sentences"):
        loop_of("thinking", 1, seconds)


def test_the_wall_stands_still_and_every_face_shows_its_states() -> None:
    """The top corners, where no person of the catalogue is, never change; the eyes do."""
    for one in faces():
        renderer = FaceRenderer(load_rig(face(one.face_id).rig_path))
        seen = {state: [renderer.render(loop_of(state, 2).at(at)).copy() for at in (0.0, 0.9, 4.1, 7.7)] for state in STATES}
        every = [picture for pictures in seen.values() for picture in pictures]
        corners = np.s_[4:40, [*range(4, 24), *range(488, 508)]]
        assert all(np.array_equal(picture[corners], every[0][corners]) for picture in every), one.face_id
        brows_and_eyes = np.s_[150:300, 150:362]
        apart = np.abs(seen["thinking"][1][brows_and_eyes].astype(int) - seen["listening"][1][brows_and_eyes]).mean()
        assert apart > 1.5, f"{one.face_id}: thinking looks like listening ({apart:.2f})"
