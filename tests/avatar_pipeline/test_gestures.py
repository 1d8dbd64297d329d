"""Gestures: each is seen, comes and goes within its sentence, turns the head no further than a rig bears, and leaves the lips alone."""

from pathlib import Path

import numpy as np
import pytest

from avatar_pipeline.catalogue import face
from avatar_pipeline.foresee import foresee
from avatar_pipeline.motion.gesture import ANGLE_MAX, gesticulate
from avatar_pipeline.scenes.plan import Cast, Clock, fingerprint, plan_takes
from avatar_pipeline.scenes.read_script import read_script
from avatar_pipeline.scenes.script import Script
from avatar_pipeline.scenes.take import PLAIN, Acted, Manner, Pauses, act
from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS
from avatar_pipeline.speak import GESTURES, Gesture
from avatar_pipeline.voice import Voice

TEXT = "The new roast is here, so do come and try a cup."
HEAD = [CHANNEL_INDEX[f"head{way}"] for way in ("Pitch", "Yaw", "Roll")]
LIPS = [index for name, index in CHANNEL_INDEX.items() if name.startswith(("mouth", "jaw", "tongue"))]
SHOWN_BY = {"nod": "headPitch", "shake": "headYaw", "tilt": "headRoll", "lean_in": "headPitch", "brows_up": "browOuterUpLeft",
            "look_aside": "gazeYaw"}  # fmt: skip


def played(manner: Manner = PLAIN, text: str = TEXT) -> Acted:
    acted = act(text, Voice(), seed=4, pauses=Pauses(0.2, 0.3), manner=manner)
    assert acted is not None
    return acted


@pytest.mark.parametrize("gesture", GESTURES)
def test_a_gesture_is_seen_within_its_sentence_and_nothing_else_changes(gesture: Gesture) -> None:
    plain, moved = played(), played(Manner(gesture=gesture))
    assert np.array_equal(plain.samples, moved.samples)
    assert np.array_equal(plain.rows[:, LIPS], moved.rows[:, LIPS])
    np.testing.assert_allclose(plain.rows[[0, -1]], moved.rows[[0, -1]], atol=1e-6)
    channel = CHANNEL_INDEX[SHOWN_BY[gesture]]
    assert np.abs(moved.rows - plain.rows)[:, channel].max() > (0.4 if gesture == "brows_up" else np.deg2rad(1.9))
    assert np.abs(moved.rows[:, HEAD]).max() <= max(ANGLE_MAX, float(np.abs(plain.rows[:, HEAD]).max()))
    assert np.rad2deg(np.abs(np.diff(moved.rows[:, HEAD], axis=0)).max()) < 1.6, "the head jerks"
    assert np.array_equal(moved.rows, played(Manner(gesture=gesture)).rows)


def test_who_nods_or_shakes_the_head_keeps_looking_at_whom_they_speak_to() -> None:
    for gesture in ("nod", "shake", "tilt", "lean_in"):
        moved = played(Manner(gesture=gesture))
        look = moved.rows[:, [CHANNEL_INDEX["gazePitch"], CHANNEL_INDEX["gazeYaw"]]] + 0.8 * moved.rows[:, HEAD[:2]]
        assert np.rad2deg(np.abs(look)).max() < 5.5, gesture


def test_a_short_word_gets_the_whole_gesture_quicker() -> None:
    yaw = played(Manner(gesture="shake"), "No.").rows[:, CHANNEL_INDEX["headYaw"]]
    turns = np.sign(yaw[np.abs(yaw) > np.deg2rad(0.8)])
    assert (turns[1:] != turns[:-1]).sum() >= 2


def test_a_gesture_begins_and_ends_with_the_words_it_is_given() -> None:
    times, rows = np.arange(150) / 25, np.zeros((150, len(CHANNELS)), np.float32)
    for gesture in GESTURES:
        laid = gesticulate(rows, gesture, times, (2.0, 4.5), 1.0)
        assert np.abs(laid[times < 1.7]).max() < 0.01, gesture
        assert np.abs(laid[times > 4.9]).max() < 0.01, gesture


def test_a_gesture_moved_to_the_first_sentence_makes_only_its_two_sentences_anew() -> None:
    def asked(sentence: int | str) -> Script:
        motion = {"kind": "nod", "sentence": sentence}
        scene = {"text": "Good morning! I am Amara. It is good to see you.", "mood": "glad", "gesture": motion}
        return read_script({"format": "tillhand-script/2", "scenes": [scene]}, Path(), {})

    known, script, clock = dict[str, float](), asked("last"), Clock()
    for take in plan_takes(script):
        known[fingerprint(take, script, Cast(face("amara"), Voice(), 7), clock)] = 0.9
        clock = Clock(clock.film_s + 0.9, clock.scene_s + 0.9)
    foreseen = foresee(asked(1), Cast(face("amara"), Voice(), 7), known)
    assert [take.is_kept for take in foreseen] == [False, True, False]
