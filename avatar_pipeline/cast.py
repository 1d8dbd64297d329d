"""Casting: one portrait, photograph or drawing, is looked at, judged, and made into a face that talks.

The result is the same kind of rig the catalogue's faces have, so every player, film and chat can use it. Whose likeness
may be cast is decided by whoever calls this: the theatre draws, it does not ask for consent.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from avatar_pipeline.casting import landmarks as at
from avatar_pipeline.casting.build_rig import build_rig
from avatar_pipeline.casting.errors import PictureUnusable, RigTooLarge
from avatar_pipeline.casting.find_face import Box, Face, FaceFinder
from avatar_pipeline.casting.find_person import find_person
from avatar_pipeline.casting.frame import frame
from avatar_pipeline.casting.judge_portrait import NOT_A_FACE, UPSIDE_DOWN, Finding, is_whole_face, judge_boxes, judge_face
from avatar_pipeline.casting.read_picture import Picture, read_picture
from avatar_pipeline.casting.seen_through import seen_through
from avatar_pipeline.casting.show_found import show_found
from avatar_pipeline.casting.webp import webp_of
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.rig.rig import Bytes, Floats, Rig
from avatar_pipeline.rig.write_rig import write_rig

__all__ = ["Audition", "CastFace", "Finding", "PictureUnusable", "RigTooLarge", "audition", "cast", "cast_face"]

CHAT_PX, CHAT_BYTES_MAX = 512, 120_000
FILM_PX, FILM_BYTES_MAX = 768, 230_000
POSTER_PX = 384
PERSON_SHARE_MIN: Final = 0.9
"""So much of the face must belong to the person, 0.997 and more on portraits and paintings: flat figures are half taken for the wall."""
GAPS: Final = "Talking, this face would show gaps in its skin. Use a picture taken straight from the front."
BOXES_MAX: Final = 12
"""Of so many faces the points are looked at, 7 ms each: of a crowd the largest are enough to say that it is one."""
_QUALITIES: Final = range(90, 38, -3)
Progress = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Audition:
    """What was seen in a picture. `found` is a drawn-over copy (BGR) to show to people; `is_usable` says whether to cast."""

    picture: Picture
    face: Face | None
    findings: tuple[Finding, ...]
    found: Bytes

    @property
    def is_usable(self) -> bool:
        """Whether nothing stands in the way."""
        return self.face is not None and not any(finding.is_refusal for finding in self.findings)


@dataclass(frozen=True)
class CastFace:
    """A finished face in a folder of its own making: `rig_path` for browsers, `film_rig_path` for films, `poster_path` a still."""

    face_id: str
    display_name: str
    rig_path: Path
    film_rig_path: Path
    poster_path: Path


def audition(data: bytes, weights: Path | None = None) -> Audition:
    """Look at a picture file and judge it. Raises PictureUnusable for files that are no such picture, WeightsMissing."""
    picture = read_picture(data)
    finder = FaceFinder(weights)
    boxes, face = main_face(finder, picture.pixels)
    findings = judge_boxes(boxes) + (judge_face(picture.pixels, face) if face is not None else [])
    is_doubtful = face is None or not is_whole_face(face) or any(finding.code == "turned" for finding in findings)
    if is_doubtful and _is_upside_down(finder, picture.pixels, face):
        findings = [UPSIDE_DOWN]
    return Audition(picture, face, tuple(findings), show_found(picture.pixels, boxes, face, findings))


def _is_upside_down(finder: FaceFinder, picture: Bytes, upright: Face | None) -> bool:
    """Whether a picture shows a face when turned over: one where none was seen upright, or one with nothing to refuse."""
    over = np.ascontiguousarray(picture[::-1, ::-1])
    face = main_face(finder, over)[1]
    if face is None or not is_whole_face(face):
        return False
    return upright is None or not is_whole_face(upright) or not any(finding.is_refusal for finding in judge_face(over, face))


def main_face(finder: FaceFinder, picture: Bytes) -> tuple[list[Box], Face | None]:
    """The faces in a picture, the largest first, and the points of the first. What the finer network takes for none is none."""
    found = [(box, finder.face(picture, box)) for box in finder.boxes(picture)[:BOXES_MAX]]
    found = [(box, face) for box, face in found if is_whole_face(face)] or found[:1]
    return [box for box, _ in found], found[0][1] if found else None


def cast(seen: Audition, name: str, out: Path, *, progress: Progress | None = None, weights: Path | None = None) -> CastFace:
    """Make the rigs and the poster of a usable audition and write them into the folder `out`.

    `progress` is called with 0..1. Either all three files appear or none. Raises ValueError for an audition that is not
    usable, PictureUnusable where the face does not stand out from what is behind or its skin would have gaps, RigTooLarge,
    WeightsMissing and OSError.
    """
    if seen.face is None or not seen.is_usable:
        raise ValueError("This picture was refused; its findings say why.")
    tell = progress or (lambda _: None)
    square, matrix = frame(seen.picture.pixels, seen.face, FILM_PX)
    matte = _matte(seen.picture, square, matrix, weights)
    placed = _placed(seen.face, matrix)
    oval = np.rint(placed.points[list(at.OVAL), :2]).astype(np.int32)
    if cv2.mean(matte, cv2.fillConvexPoly(np.zeros(matte.shape, np.uint8), cv2.convexHull(oval), 1))[0] < PERSON_SHARE_MIN:
        raise PictureUnusable(NOT_A_FACE.advice)
    identity = (face_id_of(name), name.strip()[:60])
    film = build_rig(square, placed, matte, identity, lambda done: tell(0.5 * done))
    small, half = CHAT_PX / FILM_PX, (CHAT_PX, CHAT_PX)
    corner = np.array([0.5, 0.5, 0], np.float32)  # pixel centres lie half a pixel in
    face = replace(placed, points=(placed.points + corner) * np.float32(small) - corner)
    sizes = [cv2.resize(picture, half, interpolation=cv2.INTER_AREA) for picture in (square, matte)]
    chat = build_rig(sizes[0], face, sizes[1], identity, lambda done: tell(0.5 + 0.4 * done))
    if seen_through(chat) or seen_through(film):
        raise PictureUnusable(GAPS)
    files = {".rig": _within(chat, CHAT_BYTES_MAX), ".film.rig": _within(film, FILM_BYTES_MAX), ".webp": _poster(film)}
    paths = _write(out, identity[0], files)
    tell(1.0)
    return CastFace(*identity, paths[".rig"], paths[".film.rig"], paths[".webp"])


def cast_face(film_rig: Path) -> CastFace:
    """The face whose film rig lies at that path, as `cast` left it. Raises RigUnreadable when it cannot be read."""
    stem = film_rig.name.removesuffix(".film.rig")
    rig = load_rig(film_rig)
    return CastFace(stem, rig.name, film_rig.with_name(f"{stem}.rig"), film_rig, film_rig.with_name(f"{stem}.webp"))


def face_id_of(name: str) -> str:
    """A file-safe id from a display name: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.strip().lower()).strip("-")[:40] or "face"


def _matte(picture: Picture, square: Bytes, matrix: Floats, weights: Path | None) -> Floats:
    """The person's share in the square: the picture's own cut-out where it has one, else found by the network."""
    if picture.cut_out is None:
        return find_person(square, weights)
    moved = cv2.warpAffine(picture.cut_out, matrix, square.shape[:2], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(np.clip(moved, 0, 1), np.float32)


def _placed(face: Face, matrix: Floats) -> Face:
    """The face's points in the square's pixels; depth takes the same scale."""
    scale = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    xy = face.points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    return replace(face, points=np.column_stack([xy, face.points[:, 2] * scale]).astype(np.float32))


def _within(rig: Rig, bytes_max: int) -> bytes:
    """The rig's file at about the best quality that fits: searched for by halving with little effort, written with much."""
    low, high = 0, len(_QUALITIES) - 1
    while low < high:
        middle = (low + high) // 2
        if len(write_rig(rig, quality=_QUALITIES[middle], effort=2)) <= bytes_max:
            high = middle
        else:
            low = middle + 1
    for quality in _QUALITIES[low:]:
        data = write_rig(rig, quality=quality)
        if len(data) <= bytes_max:
            return data
    raise RigTooLarge("The picture holds too much fine detail to travel as a face. Use one with a calmer background.")


def _poster(rig: Rig) -> bytes:
    frame_ = FaceRenderer(rig).render(np.zeros(57, np.float32))
    small = cv2.resize(frame_, (POSTER_PX, POSTER_PX), interpolation=cv2.INTER_AREA)
    return webp_of(np.asarray(small, np.uint8), 86)


def _write(out: Path, face_id: str, files: dict[str, bytes]) -> dict[str, Path]:
    """Write all files beside their places first, then move them in: a full disk or a kill leaves no half a face."""
    out.mkdir(parents=True, exist_ok=True)
    paths = {ending: out / f"{face_id}{ending}" for ending in files}
    with tempfile.TemporaryDirectory(dir=out, prefix=".casting-") as folder:
        for ending, data in files.items():
            (Path(folder) / f"face{ending}").write_bytes(data)
        for ending, path in paths.items():
            (Path(folder) / f"face{ending}").replace(path)
    return paths
