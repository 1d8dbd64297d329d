"""What stands in the way of casting is found, named, and told with one thing to do about it.

One face of the catalogue is spoiled in as many ways as people spoil portraits; unspoiled faces must pass.
"""

import dataclasses
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes.portraits import photograph, saved
from numpy.typing import NDArray

from avatar_pipeline.cast import Audition, audition
from avatar_pipeline.casting.judge_portrait import judge_face
from avatar_pipeline.catalogue import faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.score import CHANNEL_INDEX

Picture = NDArray[np.uint8]
FACES = ("amara", "tomas", "nadia", "walter")


def _drawn(face_id: str, **moved: float) -> Picture:
    entry = next(entry for entry in faces() if entry.face_id == face_id)
    values = np.zeros(57, np.float32)
    for name, amount in moved.items():
        values[CHANNEL_INDEX[name]] = amount
    return FaceRenderer(load_rig(entry.film_rig_path)).render(values).copy()


@pytest.fixture(scope="module")
def portrait() -> Picture:
    return _drawn("nadia")


@pytest.fixture(scope="module")
def points(portrait: Picture) -> NDArray[np.float32]:
    face = _judged(portrait).face
    assert face is not None
    return face.points


def _judged(picture: Picture) -> Audition:
    return audition(bytes(cv2.imencode(".png", picture)[1]))


def _codes(seen: Audition) -> list[str]:
    return [finding.code for finding in seen.findings if finding.is_refusal]


@pytest.mark.parametrize("face_id", FACES)
def test_a_good_portrait_passes(face_id: str) -> None:
    seen = _judged(_drawn(face_id))
    assert seen.is_usable
    assert not seen.findings


def _turned(picture: Picture, degrees: float) -> Picture:
    side = picture.shape[0]
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(picture, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _far_away(picture: Picture) -> Picture:
    small = cv2.resize(picture, (180, 180), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(small, 250, 250, 250, 250, cv2.BORDER_CONSTANT, value=(180, 180, 180)), np.uint8)


SPOILED: dict[str, Callable[[Picture], Picture]] = {
    "several_faces": lambda p: np.hstack([p, p[:, ::-1]]),
    "too_small": _far_away,
    "leaning": lambda p: _turned(p, 40),
    "too_dark": lambda p: (p * 0.08).astype(np.uint8),
    "blurred": lambda p: np.asarray(cv2.GaussianBlur(p, (0, 0), 10), np.uint8),
    "upside_down": lambda p: np.ascontiguousarray(p[::-1, ::-1]),
    "cut": lambda p: np.ascontiguousarray(p[:, : p.shape[1] // 2 + 10]),
    "no_face": lambda p: np.ascontiguousarray(p[:220, :220]),
}


@pytest.mark.parametrize("code", SPOILED)
def test_a_spoiled_portrait_is_refused_for_what_spoils_it(code: str, portrait: Picture) -> None:
    seen = _judged(SPOILED[code](portrait))
    assert code in _codes(seen)
    assert all(finding.advice.endswith(".") for finding in seen.findings)


def test_a_picture_that_ends_at_the_chin_is_refused(portrait: Picture, points: NDArray[np.float32]) -> None:
    assert "no_neck" in _codes(_judged(portrait[: int(points[152, 1]) + 5]))


def test_sunglasses_are_seen(portrait: Picture, points: NDArray[np.float32]) -> None:
    for iris in (468, 473):
        cv2.ellipse(portrait := portrait.copy(), points[iris, :2].astype(int).tolist(), (62, 46), 0, 0, 360, (20, 18, 16), -1, cv2.LINE_AA)
    assert "eyes_hidden" in _codes(_judged(portrait))


def _laid_over(
    picture: Picture, colour: tuple[int, int, int], share: float, *ovals: tuple[NDArray[np.float32], tuple[int, int], int]
) -> Picture:
    """The picture with ovals (centre, half axes, degrees) of one colour laid over it, as dense as `share`."""
    over = picture.copy()
    for centre, axes, degrees in ovals:
        cv2.ellipse(over, centre.astype(int).tolist(), axes, degrees, 0, 360, colour, -1, cv2.LINE_AA)
    return np.asarray(cv2.addWeighted(over, share, picture, 1 - share, 0), np.uint8)


@pytest.mark.parametrize(("colour", "share"), [((30, 45, 70), 0.8), ((170, 140, 110), 1.0)], ids=["brown and half clear", "mirroring"])
@pytest.mark.parametrize("face_id", FACES)
def test_tinted_and_mirroring_glasses_are_seen(face_id: str, colour: tuple[int, int, int], share: float) -> None:
    picture = _drawn(face_id)
    face = _judged(picture).face
    assert face is not None
    worn = _laid_over(picture, colour, share, *[(face.points[iris, :2], (62, 46), 0) for iris in (468, 473)])
    assert _codes(_judged(worn)) == ["eyes_hidden"]


def test_frames_of_clear_glasses_do_not_hide_the_eyes(portrait: Picture, points: NDArray[np.float32]) -> None:
    for iris in (468, 473):
        cv2.ellipse(portrait := portrait.copy(), points[iris, :2].astype(int).tolist(), (62, 46), 0, 0, 360, (20, 18, 16), 4, cv2.LINE_AA)
    assert _judged(portrait).is_usable


def test_one_hidden_eye_is_seen(portrait: Picture, points: NDArray[np.float32]) -> None:
    assert "eye_hidden" in _codes(_judged(_laid_over(portrait, (25, 30, 40), 1, (points[468, :2], (70, 60), 0))))


def test_what_is_held_before_the_mouth_is_seen(portrait: Picture, points: NDArray[np.float32]) -> None:
    microphone = _laid_over(portrait, (25, 25, 25), 1, (points[17, :2], (44, 44), 0))
    gloved_hand = _laid_over(portrait, (30, 30, 30), 1, (points[291, :2] + 40, (105, 45), -30))
    assert [_codes(_judged(one)) for one in (microphone, gloved_hand)] == [["covered"]] * 2


def test_what_the_finer_network_takes_for_no_face_is_not_counted() -> None:
    """Pressed hard or without colour, the helmet beside her was taken for a second face."""
    for picture in (saved("JPEG", quality=5), cv2.imencode(".png", cv2.imdecode(np.frombuffer(photograph(), np.uint8), 0))[1].tobytes()):
        assert _codes(audition(picture)) == []


def test_a_crowd_is_told_once(portrait: Picture) -> None:
    seen = _judged(np.hstack([portrait, portrait[:, ::-1], portrait]))
    assert [finding.advice for finding in seen.findings if finding.is_refusal] == [
        "3 faces were found. Cut the picture so that only one person is in it."
    ]


@pytest.mark.parametrize("colour", [(214, 190, 140), (240, 240, 240), (20, 20, 20)], ids=["blue", "white", "black"])
def test_a_mask_is_seen(colour: tuple[int, int, int], portrait: Picture, points: NDArray[np.float32]) -> None:
    edge = (234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 4)
    masked = portrait.copy()
    cv2.fillPoly(masked, [points[list(edge), :2].astype(np.int32)], colour, cv2.LINE_AA)
    assert _codes(_judged(masked)) == ["covered"]


def test_open_mouths_and_shut_eyes_are_refused() -> None:
    assert _codes(_judged(_drawn("nadia", jawOpen=0.8))) == ["mouth_open"]
    assert _codes(_judged(_drawn("nadia", eyeBlinkLeft=1, eyeBlinkRight=1))) == ["eyes_closed"]


def test_an_animal_is_no_face() -> None:
    spec = importlib.util.find_spec("skimage")
    assert spec is not None
    cat = cv2.imread(str(Path(next(iter(spec.submodule_search_locations or []))) / "data" / "chelsea.png"))
    assert _codes(_judged(np.asarray(cat, np.uint8))) == ["no_face"]


def test_the_picture_of_what_was_found_marks_the_face(portrait: Picture) -> None:
    seen = _judged(portrait)
    shown = cv2.resize(portrait, seen.found.shape[1::-1], interpolation=cv2.INTER_AREA)
    marked = np.abs(seen.found.astype(int) - shown).max(2) > 40
    assert 0.002 < marked.mean() < 0.06
    assert marked[int(marked.shape[0] * 0.25) : int(marked.shape[0] * 0.8)].any(1).mean() > 0.7


@pytest.mark.parametrize(("degrees", "code"), [((25, 0), "turned"), ((0, 30), "turned"), ((12, 0), "slightly_turned"), ((4, 4), "")])
def test_a_turned_head_is_told_by_how_far(degrees: tuple[float, float], code: str, portrait: Picture) -> None:
    """The same points turned about the middle of the head, to the side and down; this finding looks at nothing else."""
    face = _judged(portrait).face
    assert face is not None
    yaw, pitch = np.radians(degrees)
    aside = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    down = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    middle = face.points.mean(0)
    moved = ((face.points - middle) @ aside.T @ down.T + middle).astype(np.float32)
    found = [one for one in judge_face(portrait, dataclasses.replace(face, points=moved)) if one.code.endswith("turned")]
    assert [one.code for one in found] == ([code] if code else [])
    for one in found:
        told = int(re.findall(r"\d+", one.advice)[0])
        assert (one.is_refusal, told) == (code == "turned", pytest.approx(sum(degrees), abs=6))
