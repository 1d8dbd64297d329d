"""Judge whether a picture can become a face that talks, and say in plain words what to change when it cannot.

Every finding is measured on the picture: size, turn, gaps, light, sharpness, and whether lids, skin and lips look like
themselves. A refusal names one thing to do; a warning says what will look worse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.casting import landmarks as at
from avatar_pipeline.casting import skin_samples
from avatar_pipeline.casting.find_face import Box, Face
from avatar_pipeline.casting.fit_head import turn_of
from avatar_pipeline.rig.rig import Bytes, Floats

WIDTH_PX_MIN, WIDTH_PX_GOOD = 84, 180
TURN_MAX, TURN_GOOD = np.radians(16), np.radians(10)
LEAN_MAX = np.radians(25)
OTHER_FACE_SHARE = 0.4  # of the main face's side: smaller ones are passers-by
GAP_MAX, GAP_GOOD = 0.30, 0.05  # of the mouth's width
LID_MIN = 0.13  # opening over width
LIGHT_MIN, LIGHT_GOOD, LIGHT_MAX = 28.0, 60.0, 247.0
UNEVEN = 2.4
SHARP_MIN, SHARP_GOOD = 6.0, 12.0
PRESENCE_MIN = 0.85
COVER_MAX, BEARD_LIGHT = 17.0, -25.0
EYE_CONTRAST_MIN = 0.3
LIPS_LIGHT_MIN = -36.0  # lips were at most 26 darker than skin on the catalogue's faces, masks and microphones 47 and more
SIDES_LIGHT_MAX, SIDES_COLOUR_MAX = 30.0, 24.0  # uneven light, beards and strong colours made at most 14 and 15, a glove 42 and 34


@dataclass(frozen=True)
class Finding:
    """One thing noticed: its code, whether it stops the casting, what to do about it, and the faces (x, y, side) it is about."""

    code: str
    is_refusal: bool
    advice: str
    where: tuple[tuple[float, float, float], ...] = ()


UPSIDE_DOWN: Final = Finding("upside_down", True, "The picture is upside down. Turn it and bring it again.")
NOT_A_FACE: Final = Finding("not_a_face", True, "What was found does not look like a whole human face. Use an uncovered portrait.")


def is_whole_face(face: Face) -> bool:
    """Whether the landmark network, which looks closer than the detector, sees a face there."""
    return face.presence >= PRESENCE_MIN


def judge_boxes(boxes: list[Box]) -> list[Finding]:
    """What the number of faces says."""
    if not boxes:
        return [Finding("no_face", True, "No human face was found. Use a portrait from the front: head and shoulders, eyes to the camera.")]
    large = [box for box in boxes[1:] if box.side > OTHER_FACE_SHARE * boxes[0].side]
    if large:
        advice = f"{len(large) + 1} faces were found. Cut the picture so that only one person is in it."
        return [Finding("several_faces", True, advice, tuple(_where(box) for box in large))]
    return []


def judge_face(picture: Bytes, face: Face) -> list[Finding]:
    """What the face itself says; refusals first. Where there is no whole face, its points mean nothing, and light and blur may be why."""
    points = face.points
    seen = [_light(picture, points), _sharpness(picture, points)]
    if not is_whole_face(face):
        return [replace(NOT_A_FACE, where=(_where(face.box),)), *[finding for finding in seen if finding and finding.is_refusal]]
    checks = [_size(points), _frame(picture, points), _turn(face), *seen]
    if not any(finding.is_refusal for finding in seen if finding):  # in the dark and in a blur everything looks covered
        checks += [_eyes(picture, face), _mouth(points), _cover(picture, points)]
    return sorted([finding for finding in checks if finding], key=lambda finding: not finding.is_refusal)


def _size(points: Floats) -> Finding | None:
    width = float(np.linalg.norm(points[at.CHEEK_L, :2] - points[at.CHEEK_R, :2]))
    if width < WIDTH_PX_MIN:
        return Finding(
            "too_small", True, f"The face is {width:.0f} pixels wide; it needs {WIDTH_PX_MIN}, better {WIDTH_PX_GOOD * 2}. Come closer."
        )
    if width < WIDTH_PX_GOOD:
        return Finding(
            "small", False, f"The face is only {width:.0f} pixels wide and will look soft. {WIDTH_PX_GOOD * 2} and more look sharp."
        )
    return None


def _frame(picture: Bytes, points: Floats) -> Finding | None:
    oval, height = points[list(at.OVAL), :2], float(np.ptp(points[list(at.OVAL), 1]))
    limit = np.array([picture.shape[1], picture.shape[0]])
    if (oval < 1).any() or (oval > limit - 2).any():
        return Finding("cut", True, "The picture cuts off part of the face. Use one with the whole head and some room around it.")
    if float(points[at.CHIN, 1]) + 0.18 * height > picture.shape[0]:
        return Finding("no_neck", True, "The picture ends at the chin. Use one that shows the neck and shoulders.")
    if float(points[at.FOREHEAD, 1]) < 0.16 * height:
        return Finding("hair_cut", False, "The picture cuts off the top of the hair; what is missing is made up.")
    return None


def _turn(face: Face) -> Finding | None:
    pitch, yaw, _ = turn_of(face)
    lean = abs(face.box.lean)
    if abs(yaw) > TURN_MAX or abs(pitch) > TURN_MAX + 0.07:
        return Finding(
            "turned", True, f"The head is turned by {np.degrees(max(abs(yaw), abs(pitch))):.0f} degrees. Look straight into the camera."
        )
    if lean > LEAN_MAX:
        return Finding("leaning", True, f"The head leans by {np.degrees(lean):.0f} degrees. Hold it upright, or turn the picture.")
    if abs(yaw) > TURN_GOOD:
        return Finding("slightly_turned", False, f"The head is turned by {np.degrees(abs(yaw)):.0f} degrees; straight on looks better.")
    return None


def _light(picture: Bytes, points: Floats) -> Finding | None:
    brightness = skin_samples.brightness(picture, points, skin_samples.CHEEKS, 0.05)
    bare = skin_samples.brightness(picture, points, skin_samples.BARE_SKIN, 0.035)
    level = float(max(np.median(brightness), np.median(bare) / 2))  # cheeks under a dark mask are no dim light
    left, right = float(brightness[1::2].mean()), float(brightness[::2].mean())
    if level < LIGHT_MIN:
        return Finding("too_dark", True, "The face is too dark to see. Stand facing a window or a lamp.")
    if level > LIGHT_MAX:
        return Finding("washed_out", False, "The face is so bright that the skin has no colour left. Softer light, no flash, looks better.")
    if max(left, right) > UNEVEN * max(min(left, right), 1.0):
        return Finding("uneven_light", False, "One side of the face is much darker. Light from the front looks better when the head moves.")
    if level < LIGHT_GOOD and float(brightness.std()) < 6:
        return Finding("dim", False, "The light is dim. More light from the front brings out eyes and lips.")
    return None


def _sharpness(picture: Bytes, points: Floats) -> Finding | None:
    """Detail in the eyes' band at a common size: blur and heavy compression leave none."""
    oval = points[list(at.OVAL), :2]
    x0, x1 = (int(v) for v in (max(0, oval[:, 0].min()), oval[:, 0].max()))
    y0, y1 = int(max(0, points[at.FOREHEAD, 1])), int(points[at.CHIN, 1])
    part = cv2.cvtColor(np.ascontiguousarray(picture[y0:y1, x0:x1]), cv2.COLOR_BGR2GRAY)
    if min(part.shape) < 8:
        return None
    sized = cv2.resize(part, (96, 128), interpolation=cv2.INTER_AREA).astype(np.float32)
    detail = float(cv2.Laplacian(sized, cv2.CV_32F).std()) / max(float(sized.std()), 6.0) * 40
    if detail < SHARP_MIN:
        return Finding("blurred", True, "The face is blurred. Hold the camera still, focus on the eyes, wipe the lens.")
    if detail < SHARP_GOOD:
        return Finding("soft", False, "The face is a little soft; a sharper picture gives livelier eyes.")
    return None


def _eyes(picture: Bytes, face: Face) -> Finding | None:
    points = face.points
    contrasts = skin_samples.eye_contrasts(picture, points)
    if max(contrasts) < EYE_CONTRAST_MIN:
        return Finding("eyes_hidden", True, "The eyes cannot be seen. Take off sunglasses, and keep hair and shadow off the eyes.")
    if min(_opening(points, up, low) for up, low in zip(at.UPPER_LIDS, at.LOWER_LIDS, strict=True)) < LID_MIN:
        return Finding("eyes_closed", True, "The eyes are closed or nearly so. Use a picture with both eyes open.")
    if min(contrasts) < EYE_CONTRAST_MIN:
        return Finding("eye_hidden", True, "One eye cannot be seen. Keep hair, hands and shadow off both eyes.")
    return None


def _opening(points: Floats, up: tuple[int, ...], low: tuple[int, ...]) -> float:
    width = float(np.linalg.norm(points[up[-1], :2] - points[up[0], :2]))
    return float(np.linalg.norm(points[list(low[2:-2]), :2] - points[list(up[2:-2]), :2], axis=1).mean()) / max(width, 1e-3)


def _mouth(points: Floats) -> Finding | None:
    upper, lower = points[list(at.UPPER_LIP_INNER), :2], points[list(at.LOWER_LIP_INNER), :2]
    gap = float(np.linalg.norm(lower - upper, axis=1).max()) / float(np.linalg.norm(upper[-1] - upper[0]))
    if gap > GAP_MAX:
        return Finding("mouth_open", True, "The mouth is wide open. Use a picture with the lips together or a small smile.")
    if gap > GAP_GOOD:
        return Finding(
            "lips_parted", False, "The lips are parted. They are closed for you; a picture with closed lips looks more like the person."
        )
    return None


def _cover(picture: Bytes, points: Floats) -> Finding | None:
    """What lies on the mouth or chin has another colour than the skin above, hides the lips' own, or lies on one side alone."""
    skin = np.median(skin_samples.lab(picture, points, skin_samples.BARE_SKIN, 0.035), axis=0)
    low = skin_samples.lab(picture, points, skin_samples.CHIN + skin_samples.AROUND_LIPS, 0.035) - skin
    colour, light = float(np.median(np.linalg.norm(low[:, 1:], axis=1))), float(np.median(low[:, 0]))
    lips_light, lips_red = skin_samples.lip_colour(picture, points)
    light_apart, colour_apart = skin_samples.sides_apart(picture, points)
    hides_lips = lips_light < LIPS_LIGHT_MIN and lips_red < 0
    if hides_lips or light_apart > SIDES_LIGHT_MAX or colour_apart > SIDES_COLOUR_MAX or (colour > COVER_MAX and light > BEARD_LIGHT):
        return Finding("covered", True, "Something covers the mouth or chin. Take off masks and scarves, keep hands and microphones away.")
    if light < BEARD_LIGHT:
        return Finding("beard", False, "Something dark is around the mouth. A beard moves less well than skin; a mask or a hand must go.")
    return None


def _where(box: Box) -> tuple[float, float, float]:
    return box.x, box.y, box.side
