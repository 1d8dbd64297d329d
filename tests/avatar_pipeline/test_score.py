"""The interchange format: what goes out comes back, and what is not ours is refused."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from avatar_pipeline.errors import ScoreDamaged, ScoreVersionUnknown
from avatar_pipeline.score import CHANNEL_INDEX, CHANNELS, COEFFICIENTS, MotionScore

TABLES = arrays(np.int16, some.tuples(some.integers(1, 40), some.just(len(CHANNELS))))


def test_channels_are_apples_52_and_five_angles() -> None:
    assert len(COEFFICIENTS) == 52
    assert len(set(CHANNELS)) == 57
    assert (CHANNELS[0], CHANNELS[17], CHANNELS[51], CHANNELS[52], CHANNELS[56]) == (
        "eyeBlinkLeft", "jawOpen", "tongueOut", "headPitch", "gazeYaw",
    )  # fmt: skip


@given(TABLES)
def test_json_round_trip_is_exact(table: np.ndarray) -> None:
    score = MotionScore(table)
    wire = json.loads(json.dumps(score.to_json()))
    assert MotionScore.from_json(wire) == score
    assert set(wire["channels"]) == {CHANNELS[i] for i in range(57) if table[:, i].any()}


def test_the_data_is_little_endian_frame_major() -> None:
    table = np.zeros((2, 57), np.int16)
    table[:, 17] = (1, 2)
    table[:, 52] = (3, -4)
    wire = MotionScore(table).to_json()
    assert wire["channels"] == ["jawOpen", "headPitch"]
    assert wire["data"] == "AQADAAIA/P8="


@pytest.mark.parametrize("change", [{"format": "tillhand-score/2"}, {"format": None}, {"rate_hz": 60}])
def test_another_version_is_refused(change: dict[str, object]) -> None:
    wire = MotionScore(np.ones((3, 57), np.int16)).to_json() | change
    with pytest.raises(ScoreVersionUnknown):
        MotionScore.from_json(wire)


@pytest.mark.parametrize("nothing", [None, [], "tillhand-score/1", 7])
def test_what_is_no_score_is_refused(nothing: object) -> None:
    with pytest.raises(ScoreVersionUnknown):
        MotionScore.from_json(nothing)


@pytest.mark.parametrize(
    "change",
    [
        {"frames": 4}, {"frames": 0}, {"frames": -1}, {"frames": True}, {"frames": 10**9}, {"frames": "3"},
        {"channels": ["jawOpen"]}, {"channels": ["jawOpen", "jawOpen"]}, {"channels": ["jawMelted"]}, {"channels": [["jawOpen"]]},
        {"channels": None}, {"data": "AAAA"}, {"data": "not base64!"}, {"data": None}, {"data": ["AAAA"]},
    ],
)  # fmt: skip
def test_a_score_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    wire = MotionScore(np.ones((3, 57), np.int16)).to_json() | change
    with pytest.raises(ScoreDamaged):
        MotionScore.from_json(wire)


@pytest.mark.parametrize("shape", [(0, 57), (3, 56), (57,)])
def test_a_table_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ScoreDamaged):
        MotionScore(np.zeros(shape, np.int16))


def test_players_see_straight_lines_between_rows_and_held_ends() -> None:
    table = np.zeros((3, 57), np.int16)
    table[:, CHANNEL_INDEX["jawOpen"]] = (0, 32767, 0)
    table[:, CHANNEL_INDEX["headYaw"]] = (100, 300, -500)
    score = MotionScore(table)
    jaw, yaw = CHANNEL_INDEX["jawOpen"], CHANNEL_INDEX["headYaw"]
    assert score.at(0.01)[jaw] == pytest.approx(0.5)
    assert score.at(0.02)[jaw] == pytest.approx(1.0)
    assert score.at(0.035)[yaw] == pytest.approx(-0.03)
    assert score.at(-1.0)[yaw] == pytest.approx(0.01)
    assert score.at(99.0)[yaw] == pytest.approx(-0.05)


def test_floats_are_limited_and_survive_rounding() -> None:
    floats = np.zeros((2, 57), np.float32)
    floats[0, 17], floats[1, 17], floats[0, 53], floats[1, 53] = 1.7, -0.3, 0.05, 9.0
    back = MotionScore.from_floats(floats).to_floats()
    assert back[0, 17] == 1.0
    assert back[1, 17] == 0.0
    assert back[0, 53] == pytest.approx(0.05, abs=1e-4)
    assert back[1, 53] == pytest.approx(3.2767)


def test_a_score_cannot_be_changed_behind_its_readers_back() -> None:
    score = MotionScore(np.zeros((2, 57), np.int16))
    with pytest.raises(ValueError, match="read-only"):
        score.values[0, 0] = 1
